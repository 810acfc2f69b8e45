// Causal self-attention over packed sequences, with grouped key/value heads: token n attends to tokens starts[n]…n, so there
// is no padding and no mask. Scores are never materialised: the gradient computes them again.
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const ATTENTION = 'AlloAttention';
export const ATTENTION_GRAD = 'AlloAttentionGrad';

/**
 * q [N, H·D], k and v [N, Hkv·D], starts int32 [N] (row of the first token of the same sequence, ≤ n) → [N, H·D].
 * Query head h reads key/value head floor(h · Hkv / H). Scale 1/sqrt(D).
 */
export function attention(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  starts: tf.Tensor1D,
  heads: number,
  kvHeads: number,
): tf.Tensor2D {
  const rows = q.shape[0];
  const headWidth = q.shape[1] / heads;
  assertShape('attention', 'k', k.shape, [rows, kvHeads * headWidth]);
  assertShape('attention', 'v', v.shape, [rows, kvHeads * headWidth]);
  assertShape('attention', 'starts', starts.shape, [rows]);
  return runKernel(ATTENTION, { q, k, v, starts }, { heads, kvHeads }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: ATTENTION,
  inputsToSave: ['q', 'k', 'v', 'starts'],
  gradFunc: (dy, saved, attrs) => {
    const [q, k, v, starts] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
    const sizes = attrs as unknown as { heads: number; kvHeads: number };
    const [dq, dk, dv] = runKernel(
      ATTENTION_GRAD,
      { q, k, v, starts, dy: dy as tf.Tensor2D },
      { ...sizes },
    ) as tf.Tensor[];
    return { q: () => dq!, k: () => dk!, v: () => dv! };
  },
});
