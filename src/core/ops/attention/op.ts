// Causal self-attention over packed sequences, with grouped key/value heads: token n attends to tokens starts[n]…n, so there
// is no padding and no mask. Scores are never materialised: the gradient computes them again.
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './packed';
import './webgpu';

export const ATTENTION = 'AlloAttention';
export const ATTENTION_GRAD = 'AlloAttentionGrad';
export const PACKED_ATTENTION = 'AlloPackedAttention';
export const PACKED_ATTENTION_GRAD = 'AlloPackedAttentionGrad';

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

/** As `attention`, with queries, keys and values side by side in each row: qkv [N, (H + 2 · Hkv) · D] → [N, H·D]. */
export function packedAttention(qkv: tf.Tensor2D, starts: tf.Tensor1D, heads: number, kvHeads: number): tf.Tensor2D {
  const [rows, width] = qkv.shape;
  assertShape('packedAttention', 'starts', starts.shape, [rows]);
  if (width % (heads + 2 * kvHeads) !== 0) {
    throw new Error(`packedAttention: width ${width} is no multiple of ${heads} + 2 · ${kvHeads} heads`);
  }
  return runKernel(PACKED_ATTENTION, { qkv, starts }, { heads, kvHeads }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: PACKED_ATTENTION,
  inputsToSave: ['qkv', 'starts'],
  gradFunc: (dy, saved, attrs) => {
    const [qkv, starts] = saved as [tf.Tensor2D, tf.Tensor1D];
    const sizes = attrs as unknown as { heads: number; kvHeads: number };
    return {
      qkv: () => runKernel(PACKED_ATTENTION_GRAD, { qkv, starts, dy: dy as tf.Tensor2D }, { ...sizes }) as tf.Tensor,
    };
  },
});
