// GELU (tanh form) and its gradient as loops: cpu and wasm.
import { exp } from '../../math';
import { registerHostKernel, sizeOf } from '../host';

const SCALE = 0.7978845608028654; // sqrt(2/π)
const CUBIC = 0.044715;
const tanh = (x: number): number => 1 - 2 / (exp(2 * x) + 1);

registerHostKernel({
  name: 'AlloGelu',
  outputs: ({ x }) => [x!],
  run({ x }, [y]) {
    for (let i = 0; i < y!.length; i++) {
      const value = x![i]!;
      y![i] = 0.5 * value * (1 + tanh(SCALE * (value + CUBIC * value * value * value)));
    }
  },
  simd(heap, { x }, [y], _, shapes) {
    heap.run('gelu', [x!, y!], sizeOf(shapes.x!), { nanoseconds: 2 });
  },
});

registerHostKernel({
  name: 'AlloGeluGrad',
  outputs: ({ x }) => [x!],
  run({ x, dy }, [dx]) {
    for (let i = 0; i < dx!.length; i++) {
      const value = x![i]!;
      const t = tanh(SCALE * (value + CUBIC * value * value * value));
      const slope = SCALE * (1 + 3 * CUBIC * value * value);
      dx![i] = dy![i]! * (0.5 * (1 + t) + 0.5 * value * (1 - t * t) * slope);
    }
  },
  simd(heap, { x, dy }, [dx], _, shapes) {
    heap.run('geluGrad', [x!, dy!, dx!], sizeOf(shapes.x!), { nanoseconds: 3 });
  },
});
