// RoPE as loops: cpu and wasm.
import { registerHostKernel } from '../host';

registerHostKernel({
  name: 'AlloRope',
  outputs: ({ x }) => [x!],
  run({ x, positions, table }, [y], { inverse }, shapes) {
    const [rows, width] = shapes.x as [number, number];
    const headWidth = shapes.table![1]!;
    const half = headWidth / 2;
    const sign = inverse ? -1 : 1;
    for (let n = 0; n < rows; n++) {
      const angles = positions![n]! * headWidth;
      for (let head = n * width; head < (n + 1) * width; head += headWidth) {
        for (let i = 0; i < half; i++) {
          const c = table![angles + i]!;
          const s = sign * table![angles + half + i]!;
          const first = x![head + i]!;
          const second = x![head + half + i]!;
          y![head + i] = first * c - second * s;
          y![head + half + i] = second * c + first * s;
        }
      }
    }
  },
  simd(heap, { x, positions, table }, [y], { inverse }, shapes) {
    const [rows, width] = shapes.x as [number, number];
    const half = shapes.table![1]! / 2;
    heap.run('rope', [x!, positions!, table!, y!, width, half, inverse ? -1 : 1], rows, { nanoseconds: width / 4 });
  },
});
