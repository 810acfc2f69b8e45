// Supervised cross-entropy on per-token log-probs, and the one-position shift between logits and labels. ALGORITHM §0 and §2;
// golden file `token_logps`.
import { tf } from '../tf';
import { maskedSum } from './sequence';

/** Labels that are not to be learned (prompt, padding). */
export const IGNORED_LABEL = -100;

/**
 * Targets for logits of the same positions: target[b, t] = labels[b, t+1], the last column ignored.
 * Returns target ids (−1 where ignored) and a 0/1 mask, both row-major [B, T].
 */
export function shiftLabels(
  labels: ArrayLike<number>,
  batchSize: number,
  ignoredLabel = IGNORED_LABEL,
): { targets: Int32Array; mask: Float32Array } {
  const length = labels.length / batchSize;
  const targets = new Int32Array(labels.length).fill(-1);
  const mask = new Float32Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    if ((i + 1) % length === 0 || labels[i + 1] === ignoredLabel) continue;
    targets[i] = labels[i + 1]!;
    mask[i] = 1;
  }
  return { targets, mask };
}

/**
 * Token-mean cross-entropy −Σ log p / n over the valid tokens of the batch; 0 without any. `count` replaces n when a batch is
 * one part of an update.
 */
export function supervisedLoss(logps: tf.Tensor2D, mask: tf.Tensor2D, count?: number): tf.Scalar {
  const total: tf.Scalar = tf.sum(maskedSum(logps, mask));
  const tokens = count ?? tf.sum(mask);
  return tf.neg(tf.div(total, tf.maximum(tokens, 1)));
}
