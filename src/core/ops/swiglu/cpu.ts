// SwiGLU and its gradient as loops: cpu and wasm.
import { exp } from '../../math';
import { registerHostKernel, sizeOf } from '../host';

registerHostKernel({
  name: 'AlloSwiglu',
  outputs: ({ gate }) => [gate!],
  run({ gate, up }, [y]) {
    for (let i = 0; i < y!.length; i++) y![i] = (gate![i]! / (1 + exp(-gate![i]!))) * up![i]!;
  },
  simd(heap, { gate, up }, [y], _, shapes) {
    heap.run('swiglu', [gate!, up!, y!], sizeOf(shapes.gate!), { nanoseconds: 2 });
  },
});

registerHostKernel({
  name: 'AlloSwigluGrad',
  outputs: ({ gate }) => [gate!, gate!],
  run({ gate, up, dy }, [dgate, dup]) {
    for (let i = 0; i < dgate!.length; i++) {
      const x = gate![i]!;
      const s = 1 / (1 + exp(-x));
      dgate![i] = dy![i]! * up![i]! * s * (1 + x * (1 - s));
      dup![i] = dy![i]! * x * s;
    }
  },
  simd(heap, { gate, up, dy }, [dgate, dup], _, shapes) {
    heap.run('swigluGrad', [gate!, up!, dy!, dgate!, dup!], sizeOf(shapes.gate!), { nanoseconds: 3 });
  },
});
