// RMSNorm and its gradient as loops: cpu and wasm.
import { registerHostKernel } from '../host';

registerHostKernel({
  name: 'AlloRmsNorm',
  outputs: ({ x }) => [x!],
  run({ x, weight }, [y], { epsilon }, shapes) {
    const [rows, width] = shapes.x as [number, number];
    for (let n = 0; n < rows; n++) {
      const at = n * width;
      let sum = 0;
      for (let c = 0; c < width; c++) sum += x![at + c]! * x![at + c]!;
      const scale = 1 / Math.sqrt(sum / width + (epsilon as number));
      for (let c = 0; c < width; c++) y![at + c] = x![at + c]! * scale * weight![c]!;
    }
  },
  simd(heap, { x, weight }, [y], { epsilon }, shapes) {
    const [rows, width] = shapes.x as [number, number];
    heap.run('rmsNorm', [x!, weight!, y!, width, epsilon as number], rows, { nanoseconds: width / 4 });
  },
});

registerHostKernel({
  name: 'AlloRmsNormGrad',
  outputs: ({ x, weight }) => [x!, weight!],
  run({ x, weight, dy }, [dx, dweight], { epsilon }, shapes) {
    const [rows, width] = shapes.x as [number, number];
    const sumWeight = new Float64Array(width);
    for (let n = 0; n < rows; n++) {
      const at = n * width;
      let sum = 0;
      let dot = 0;
      for (let c = 0; c < width; c++) {
        const value = x![at + c]!;
        sum += value * value;
        dot += dy![at + c]! * weight![c]! * value;
      }
      const scale = 1 / Math.sqrt(sum / width + (epsilon as number));
      const pull = (dot * scale * scale * scale) / width;
      for (let c = 0; c < width; c++) {
        const value = x![at + c]!;
        const g = dy![at + c]!;
        dx![at + c] = g * weight![c]! * scale - value * pull;
        sumWeight[c] = sumWeight[c]! + g * value * scale;
      }
    }
    dweight!.set(sumWeight);
  },
  zeroed: true,
  simd(heap, { x, weight, dy }, [dx, dweight], { epsilon }, shapes) {
    const [rows, width] = shapes.x as [number, number];
    heap.run('rmsNormGrad', [x!, weight!, dy!, dx!, dweight!, width, epsilon as number], rows);
  },
});
