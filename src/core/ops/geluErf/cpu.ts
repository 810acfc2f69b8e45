// GELU (exact form) and its gradient as loops: cpu and wasm.
import { erfc, exp } from '../../math';
import { registerHostKernel, sizeOf } from '../host';

const ROOT_HALF = Math.SQRT1_2;
const DENSITY = 0.3989422804014327; // 1/√(2π)

registerHostKernel({
  name: 'AlloGeluErf',
  outputs: ({ x }) => [x!],
  run({ x }, [y]) {
    for (let i = 0; i < y!.length; i++) y![i] = 0.5 * x![i]! * erfc(-x![i]! * ROOT_HALF);
  },
  simd(heap, { x }, [y], _, shapes) {
    heap.run('geluErf', [x!, y!], sizeOf(shapes.x!), { nanoseconds: 2 });
  },
});

registerHostKernel({
  name: 'AlloGeluErfGrad',
  outputs: ({ x }) => [x!],
  run({ x, dy }, [dx]) {
    for (let i = 0; i < dx!.length; i++) {
      const value = x![i]!;
      const share = 0.5 * erfc(-value * ROOT_HALF);
      dx![i] = dy![i]! * (share + value * DENSITY * exp(-0.5 * value * value));
    }
  },
  simd(heap, { x, dy }, [dx], _, shapes) {
    heap.run('geluErfGrad', [x!, dy!, dx!], sizeOf(shapes.x!), { nanoseconds: 3 });
  },
});
