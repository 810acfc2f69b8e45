// LayerNorm and its gradient as loops: cpu and wasm.
import { type HostArray, registerHostKernel } from '../host';

function rowStatistics(x: HostArray, at: number, width: number, epsilon: number): [mean: number, scale: number] {
  let sum = 0;
  for (let c = 0; c < width; c++) sum += x[at + c]!;
  const mean = sum / width;
  let squares = 0;
  for (let c = 0; c < width; c++) squares += (x[at + c]! - mean) * (x[at + c]! - mean);
  return [mean, 1 / Math.sqrt(squares / width + epsilon)];
}

registerHostKernel({
  name: 'AlloLayerNorm',
  outputs: ({ x }) => [x!],
  run({ x, weight, bias }, [y], { epsilon }, shapes) {
    const [rows, width] = shapes.x as [number, number];
    for (let n = 0; n < rows; n++) {
      const at = n * width;
      const [mean, scale] = rowStatistics(x!, at, width, epsilon as number);
      for (let c = 0; c < width; c++) y![at + c] = (x![at + c]! - mean) * scale * weight![c]! + bias![c]!;
    }
  },
  simd(heap, { x, weight, bias }, [y], { epsilon }, shapes) {
    const [rows, width] = shapes.x as [number, number];
    heap.run('layerNorm', [x!, weight!, bias!, y!, width, epsilon as number], rows, { nanoseconds: width / 3 });
  },
});

registerHostKernel({
  name: 'AlloLayerNormGrad',
  outputs: ({ x, weight }) => [x!, weight!, weight!],
  run({ x, weight, dy }, [dx, dweight, dbias], { epsilon }, shapes) {
    const [rows, width] = shapes.x as [number, number];
    const sumWeight = new Float64Array(width);
    const sumBias = new Float64Array(width);
    for (let n = 0; n < rows; n++) {
      const at = n * width;
      const [mean, scale] = rowStatistics(x!, at, width, epsilon as number);
      let sum = 0;
      let dot = 0;
      for (let c = 0; c < width; c++) {
        const g = dy![at + c]! * weight![c]!;
        sum += g;
        dot += g * (x![at + c]! - mean) * scale;
      }
      for (let c = 0; c < width; c++) {
        const normal = (x![at + c]! - mean) * scale;
        const g = dy![at + c]!;
        dx![at + c] = scale * (g * weight![c]! - sum / width - (normal * dot) / width);
        sumWeight[c] = sumWeight[c]! + g * normal;
        sumBias[c] = sumBias[c]! + g;
      }
    }
    dweight!.set(sumWeight);
    dbias!.set(sumBias);
  },
  zeroed: true,
  simd(heap, { x, weight, dy }, [dx, dweight, dbias], { epsilon }, shapes) {
    const [rows, width] = shapes.x as [number, number];
    const values = [x!, weight!, dy!, dx!, dweight!, dbias!, width, epsilon as number];
    heap.run('layerNormGrad', values, rows);
  },
});
