// What all losses share: sums over the valid tokens of a sequence, a stable log-sigmoid, values kept out of the gradient.
import { tf } from '../tf';

/** Per-token log-probs of a batch of preference pairs; values outside the masks may be anything but NaN. */
export interface PairLogps {
  policyChosenLogps: tf.Tensor2D; // [B, T]
  policyRejectedLogps: tf.Tensor2D; // [B, T]
  refChosenLogps: tf.Tensor2D; // [B, T]
  refRejectedLogps: tf.Tensor2D; // [B, T]
  /** 1 on response tokens (EOS included), 0 on prompt and padding. */
  chosenMask: tf.Tensor2D; // [B, T]
  rejectedMask: tf.Tensor2D; // [B, T]
}

/** What every preference loss returns. Rewards are the implicit rewards in the loss's own scale, for metrics. */
export interface PreferenceLoss {
  /** Mean of `losses`. */
  loss: tf.Scalar;
  losses: tf.Tensor1D; // [B]
  chosenRewards: tf.Tensor1D; // [B]
  rejectedRewards: tf.Tensor1D; // [B]
}

/** The values where mask > 0, else 0: a selection, not a product, so that what lies outside cannot leak. */
export function zeroOutside(values: tf.Tensor, mask: tf.Tensor): tf.Tensor2D {
  return tf.where(tf.greater(mask, 0), values, tf.zerosLike(values)) as tf.Tensor2D; // [B, T]
}

/** Sum over the tokens where mask > 0. */
export function maskedSum(values: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(zeroOutside(values, mask), 1); // [B]
}

/** Number of valid tokens per sequence. */
export function validCounts(mask: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(mask, 1); // [B]
}

/** Mean over the valid tokens; 0 for a sequence without any. */
export function maskedMean(values: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor1D {
  return tf.div(maskedSum(values, mask), tf.maximum(validCounts(mask), 1)); // [B]
}

/** S = Σ_t (log π_θ − log π_ref) of both responses of each pair. */
export function sequenceLogRatios(pairs: PairLogps): { chosen: tf.Tensor1D; rejected: tf.Tensor1D } {
  return {
    chosen: maskedSum(tf.sub(pairs.policyChosenLogps, pairs.refChosenLogps), pairs.chosenMask), // [B]
    rejected: maskedSum(tf.sub(pairs.policyRejectedLogps, pairs.refRejectedLogps), pairs.rejectedMask), // [B]
  };
}

/** S/n: the mean token log-ratio of both responses of each pair. */
export function averageLogRatios(pairs: PairLogps): { chosen: tf.Tensor1D; rejected: tf.Tensor1D } {
  return {
    chosen: maskedMean(tf.sub(pairs.policyChosenLogps, pairs.refChosenLogps), pairs.chosenMask), // [B]
    rejected: maskedMean(tf.sub(pairs.policyRejectedLogps, pairs.refRejectedLogps), pairs.rejectedMask), // [B]
  };
}

/** Packs per-example losses and rewards; `loss` is their mean. */
export function preferenceLoss(
  losses: tf.Tensor1D,
  chosenRewards: tf.Tensor1D,
  rejectedRewards: tf.Tensor1D,
): PreferenceLoss {
  return { loss: tf.mean(losses), losses, chosenRewards, rejectedRewards };
}

/**
 * log σ(x) = min(x, 0) − log(1 + e^−|x|), stable for any x, with the gradient σ(−x). Composing the stock operations would give
 * gradient 0 at x = 0, which is exactly where every run starts (policy = reference).
 */
const logSigmoidOp = tf.customGrad((input, saveInput) => {
  const x = input as tf.Tensor;
  (saveInput as unknown as tf.GradSaveFunc)([x]);
  const value = tf.sub(tf.minimum(x, 0), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));
  return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, tf.sigmoid(tf.neg(saved[0]!))) };
});
export const logSigmoid = <T extends tf.Tensor>(x: T): T => logSigmoidOp(x) as T;

const detachOp = tf.customGrad((input) => ({
  value: (input as tf.Tensor).clone(),
  gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
}));
/** The same value, constant in the gradient. */
export const detach = <T extends tf.Tensor>(x: T): T => detachOp(x) as T;
