// Heads taken apart and put together again (turned back: the gradient) in WGSL: a thread moves one number of a head's query, key and value.
import type { tf } from '../../tf';
import { registerGpuKernel } from '../gpu';

/**
 * WGSL: the head's place of thread `index`, and of its number i the partner it turns with and the factors of both: (x, y) → c · x + s · y. A number
 * that does not turn has itself as partner and the factor 0. Turning back changes the sign of the sines.
 */
const turn = (sign: 1 | -1): string => `
  let i = index % headWidth;
  let head = index / headWidth;
  let isTurned = i < 2 * half;
  let isFirst = i < half;
  let partner = select(i, select(i - half, i + half, isFirst), isTurned);
  let angle = positions[head / heads] * 2 * half + select(0, select(i - half, i, isFirst), isTurned);
  let c = select(1.0, table[angle], isTurned);
  let sine = select(table[angle + half], -table[angle + half], isFirst);
  let s = select(0.0, ${sign}.0 * sine, isTurned);`;

const constantsOf = (rows: tf.TensorInfo, table: tf.TensorInfo, heads: number): Record<string, number> => ({
  heads,
  headWidth: rows.shape[1]! / heads,
  half: table.shape[1]! / 2,
});

registerGpuKernel<'qkv' | 'positions' | 'table'>(
  'AlloSplitHeads',
  ({ qkv, positions, table }, gpu, { heads: count }) => {
    const heads = count as number;
    const shape = [qkv.shape[0]!, qkv.shape[1]! / 3];
    return gpu.runMany({
      name: 'splitHeads',
      constants: constantsOf({ ...qkv, shape }, table, heads),
      inputs: { qkv, positions, table },
      outputs: { queries: { shape }, keys: { shape }, values: { shape } },
      threads: shape[0]! * shape[1]!,
      code: () => `
      ${turn(1)}
      let at = 3 * head * headWidth;
      queries[index] = c * qkv[at + i] + s * qkv[at + partner];
      keys[index] = c * qkv[at + headWidth + i] + s * qkv[at + headWidth + partner];
      values[index] = qkv[at + 2 * headWidth + i];`,
    });
  },
);

registerGpuKernel<'q' | 'k' | 'v' | 'positions' | 'table'>(
  'AlloJoinHeads',
  ({ q, k, v, positions, table }, gpu, { heads: count }) => {
    const heads = count as number;
    const [rows, width] = q.shape as [number, number];
    return gpu.run({
      name: 'joinHeads',
      constants: constantsOf(q, table, heads),
      inputs: { q, k, v, positions, table },
      outputShape: [rows, 3 * width],
      threads: rows * width,
      code: () => `
      ${turn(-1)}
      let at = head * headWidth;
      let to = 3 * at + i;
      result[to] = c * q[at + i] + s * q[at + partner];
      result[to + headWidth] = c * k[at + i] + s * k[at + partner];
      result[to + 2 * headWidth] = v[at + i];`,
    });
  },
);
