// Packing and unpacking as loops: cpu and wasm.
import { registerHostKernel, sizeOf } from '../host';

registerHostKernel({
  name: 'AlloPack',
  outputs: (shapes) => [[Object.values(shapes).reduce((sum, shape) => sum + sizeOf(shape), 0)]],
  run(inputs, [flat]) {
    let at = 0;
    for (const x of Object.values(inputs)) {
      flat!.set(x, at);
      at += x.length;
    }
  },
  simd(heap, inputs, [flat], _, shapes) {
    let at = flat!;
    for (const [name, from] of Object.entries(inputs)) {
      const count = sizeOf(shapes[name]!);
      heap.ints(at, count).set(heap.ints(from, count));
      at += 4 * count;
    }
  },
});

registerHostKernel({
  name: 'AlloUnpack',
  outputs: ({ flat: _, ...like }) => Object.values(like),
  run({ flat }, outputs) {
    let at = 0;
    for (const y of outputs) {
      y.set(flat!.subarray(at, at + y.length));
      at += y.length;
    }
  },
});
