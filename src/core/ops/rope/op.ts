// Rotary position embedding, rotate-half form: pairs (i, i + D/2), angle position · θ^(−2i/D) (Llama).
import { cos, power, sin } from '../../math';
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './pair';
import './webgpu';

export const ROPE = 'AlloRope';
export const ROPE_PAIR = 'AlloRopePair';

/** Cosines then sines of every position: [P, D], first half cos, second half sin. `scaled` changes the frequencies. Caller disposes. */
export function ropeTable(
  positions: number,
  headWidth: number,
  theta: number,
  scaled: (frequency: number) => number = (frequency) => frequency,
): tf.Tensor2D {
  const half = headWidth / 2;
  const values = new Float32Array(positions * headWidth);
  for (let i = 0; i < half; i++) {
    const frequency = scaled(power(theta, (-2 * i) / headWidth));
    for (let p = 0; p < positions; p++) {
      values[p * headWidth + i] = cos(p * frequency);
      values[p * headWidth + half + i] = sin(p * frequency);
    }
  }
  return tf.tensor2d(values, [positions, headWidth]);
}

function assertRotates(x: tf.Tensor2D, positions: tf.Tensor1D, table: tf.Tensor2D): void {
  assertShape('rope', 'positions', positions.shape, [x.shape[0]]);
  if (x.shape[1] % table.shape[1] !== 0) {
    throw new Error(`rope: width ${x.shape[1]} is no multiple of the head width ${table.shape[1]}`);
  }
}

/** x [N, H·D], positions int32 [N], table [P, D] → [N, H·D]; `inverse` rotates back (the gradient). */
export function rope(x: tf.Tensor2D, positions: tf.Tensor1D, table: tf.Tensor2D, inverse = false): tf.Tensor2D {
  assertRotates(x, positions, table);
  return runKernel(ROPE, { x, positions, table }, { inverse }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: ROPE,
  inputsToSave: ['positions', 'table'],
  gradFunc: (dy, saved, attrs) => {
    const [positions, table] = saved as [tf.Tensor1D, tf.Tensor2D];
    const { inverse } = attrs as unknown as { inverse: boolean };
    return { x: () => rope(dy as tf.Tensor2D, positions, table, !inverse) };
  },
});

/** `rope` of queries [N, H·D] and keys [N, Hkv·D] together. */
export function ropePair(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  positions: tf.Tensor1D,
  table: tf.Tensor2D,
  inverse = false,
): [tf.Tensor2D, tf.Tensor2D] {
  assertRotates(q, positions, table);
  assertRotates(k, positions, table);
  return runKernel(ROPE_PAIR, { q, k, positions, table }, { inverse }) as [tf.Tensor2D, tf.Tensor2D];
}

tf.registerGradient({
  kernelName: ROPE_PAIR,
  inputsToSave: ['positions', 'table'],
  gradFunc: (dys, saved, attrs) => {
    const [positions, table] = saved as [tf.Tensor1D, tf.Tensor2D];
    const [dq, dk] = dys as unknown as [tf.Tensor2D, tf.Tensor2D];
    const { inverse } = attrs as unknown as { inverse: boolean };
    const [q, k] = ropePair(dq, dk, positions, table, !inverse);
    return { q: () => q, k: () => k };
  },
});
