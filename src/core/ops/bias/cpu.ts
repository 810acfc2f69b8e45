// Bias and its gradient (column sums) as loops: cpu and wasm.
import { registerHostKernel } from '../host';

registerHostKernel({
  name: 'AlloAddBias',
  outputs: ({ x }) => [x!],
  run({ x, bias }, [y]) {
    const width = bias!.length;
    for (let at = 0; at < y!.length; at += width) {
      for (let c = 0; c < width; c++) y![at + c] = x![at + c]! + bias![c]!;
    }
  },
  simd(heap, { x, bias }, [y], _, shapes) {
    const [rows, width] = shapes.x as [number, number];
    heap.run('addBias', [x!, bias!, y!, width], rows, { nanoseconds: width / 8 });
  },
});

registerHostKernel({
  name: 'AlloColumnSum',
  outputs: ({ x }) => [[x![1]!]],
  run({ x }, [sums]) {
    const width = sums!.length;
    const total = new Float64Array(width);
    for (let at = 0; at < x!.length; at += width) {
      for (let c = 0; c < width; c++) total[c] = total[c]! + x![at + c]!;
    }
    sums!.set(total);
  },
  zeroed: true,
  simd(heap, { x }, [sums], _, shapes) {
    const [rows, width] = shapes.x as [number, number];
    heap.run('columnSum', [x!, sums!, width], rows);
  },
});
