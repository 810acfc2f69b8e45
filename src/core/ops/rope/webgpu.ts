// RoPE in WGSL, of one tensor or of queries and keys together: a thread turns one pair, or as many neighbouring ones as a
// vector holds.
import type { tf } from '../../tf';
import { type Gpu, registerGpuKernel, vectorFor } from '../gpu';
import type { Attributes } from '../host';

function rotate(
  gpu: Gpu,
  tensors: readonly tf.TensorInfo[],
  positions: tf.TensorInfo,
  table: tf.TensorInfo,
  attributes: Attributes,
): tf.TensorInfo[] {
  const headWidth = table.shape[1]!;
  const vector = vectorFor(headWidth / 2);
  const names = tensors.map((_, i) => `x${i}`);
  const pairsOf = (x: tf.TensorInfo): number => x.shape[1]! / 2 / vector;
  const counts = tensors.map((x) => x.shape[0]! * pairsOf(x));
  return gpu.runMany({
    name: 'rope',
    constants: {
      half: headWidth / 2 / vector,
      inverse: attributes.inverse!,
      ...Object.fromEntries(tensors.map((x, i) => [`pairs${i}`, pairsOf(x)])),
    },
    inputs: { ...Object.fromEntries(names.map((name, i) => [name, tensors[i]!])), positions, table },
    vectors: { ...Object.fromEntries(names.map((name) => [name, vector])), table: vector },
    outputs: Object.fromEntries(names.map((_, i) => [`y${i}`, { shape: tensors[i]!.shape, vector }])),
    integers: Object.fromEntries(counts.map((count, i) => [`count${i}`, count])),
    threads: counts.reduce((a, b) => a + b, 0),
    code: () => `
      var pair = index;
      ${names
        .map(
          (x, i) => `
      if (pair < uniforms.count${i}) {
        let i = pair % half;
        let angle = positions[pair / pairs${i}] * 2 * half + i;
        let c = table[angle];
        let s = table[angle + half] * select(1.0, -1.0, inverse);
        let at = (pair / half) * 2 * half + i;
        let first = ${x}[at];
        let second = ${x}[at + half];
        y${i}[at] = first * c - second * s;
        y${i}[at + half] = second * c + first * s;
        return;
      }
      pair -= uniforms.count${i};`,
        )
        .join('')}`,
  });
}

registerGpuKernel<'x' | 'positions' | 'table'>(
  'AlloRope',
  ({ x, positions, table }, gpu, attributes) => rotate(gpu, [x], positions, table, attributes)[0]!,
);

registerGpuKernel<'q' | 'k' | 'positions' | 'table'>('AlloRopePair', ({ q, k, positions, table }, gpu, attributes) =>
  rotate(gpu, [q, k], positions, table, attributes),
);
