// ALLO's improving loss: DPO where all chosen tokens but only the kept rejected tokens count. Which rejected tokens are kept is
// decided outside the gradient: here on the device, in tokens/keep.ts on plain arrays. ALGORITHM §6; golden file `fg_dpo`.
import { tf } from '../tf';
import { hingeLosses, sigmoidLosses } from './dpo';
import { ipoLosses } from './ipo';
import { maskedSum, type PairLogps, type PreferenceLoss, preferenceLoss, sequenceLogRatios } from './sequence';

export interface FineGrainedDpoOptions {
  beta: number;
  loss?: 'sigmoid' | 'hinge' | 'ipo';
  labelSmoothing?: number;
}

export interface FineGrainedDpoLoss extends PreferenceLoss {
  /** Σ d_t over the chosen tokens. */
  chosenLogRatios: tf.Tensor1D; // [B]
  /** Σ d_t over the kept rejected tokens; `rejectedRewards` still count all of them. */
  keptRejectedLogRatios: tf.Tensor1D; // [B]
}

/** Loss of z = Σ_{chosen} d_t − Σ_{kept rejected} d_t; `keep` is 0/1 per rejected token. */
export function fineGrainedDpoLoss(
  pairs: PairLogps,
  keep: tf.Tensor2D,
  options: FineGrainedDpoOptions,
): FineGrainedDpoLoss {
  const { beta, loss: form = 'sigmoid' } = options;
  const { chosen, rejected } = sequenceLogRatios(pairs);
  const keptMask: tf.Tensor2D = tf.mul(keep, pairs.rejectedMask); // [B, T]
  const kept = maskedSum(tf.sub(pairs.policyRejectedLogps, pairs.refRejectedLogps), keptMask); // [B]
  const margins: tf.Tensor1D = tf.sub(chosen, kept); // [B]
  const losses =
    form === 'ipo'
      ? ipoLosses(margins, beta)
      : form === 'hinge'
        ? hingeLosses(tf.mul(margins, beta))
        : sigmoidLosses(tf.mul(margins, beta), options.labelSmoothing);
  return {
    ...preferenceLoss(losses, tf.mul(chosen, beta), tf.mul(rejected, beta)),
    chosenLogRatios: chosen,
    keptRejectedLogRatios: kept,
  };
}

/**
 * The default rule of `keepRejectedTokens` on the device, so that a step need not wait for its own log-probs: the tokens with the
 * lowest log-ratios of each row, ties to the lower index. logRatios and mask [B, T], counts (K of each row) [B, 1] → 0/1 [B, T].
 * Passes no gradient.
 */
export function keepLowestRatios(logRatios: tf.Tensor2D, mask: tf.Tensor2D, counts: tf.Tensor2D): tf.Tensor2D {
  const [batchSize, length] = logRatios.shape;
  // The log-ratios come in by closure, not as an input: so the tape sees no path from them to the selection.
  const select = tf.customGrad((input) => {
    const valid = input as tf.Tensor2D;
    const ranked = tf.where(tf.greater(valid, 0), logRatios, tf.fill([batchSize, length], 1e9));
    const mine = tf.reshape(ranked, [batchSize, length, 1]);
    const theirs = tf.reshape(ranked, [batchSize, 1, length]);
    const earlier = tf.tensor2d(
      Float32Array.from({ length: length * length }, (_, at) => (at % length < Math.floor(at / length) ? 1 : 0)),
      [length, length],
    );
    const lower = tf.cast(tf.less(theirs, mine), 'float32');
    const tied = tf.mul(tf.cast(tf.equal(theirs, mine), 'float32'), earlier);
    const rank = tf.sum(tf.add(lower, tied), 2); // [B, T]
    const value = tf.mul(tf.cast(tf.less(rank, counts), 'float32'), valid);
    return { value, gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
  });
  return select(mask) as tf.Tensor2D;
}
