// RoPE in WGSL: a thread turns one pair, or as many neighbouring ones as a vector holds.
import { registerGpuKernel, vectorFor } from '../gpu';

registerGpuKernel<'x' | 'positions' | 'table'>('AlloRope', ({ x, positions, table }, gpu, attributes) => {
  const [rows, width] = x.shape as [number, number];
  const headWidth = table.shape[1]!;
  const vector = vectorFor(headWidth / 2);
  const half = headWidth / 2 / vector;
  return gpu.run({
    name: 'rope',
    constants: { half, pairs: width / 2 / vector, inverse: attributes.inverse! },
    inputs: { x, positions, table },
    vectors: { x: vector, table: vector },
    outputShape: x.shape,
    outputVector: vector,
    threads: (rows * width) / 2 / vector,
    code: () => `
      let i = index % half;
      let angle = positions[index / pairs] * 2 * half + i;
      let c = table[angle];
      let s = table[angle + half] * select(1.0, -1.0, inverse);
      let at = (index / half) * 2 * half + i;
      let first = x[at];
      let second = x[at + half];
      result[at] = first * c - second * s;
      result[at + half] = second * c + first * s;`,
  });
});
