// ALLO's forgetting loss: NPO per token, weighted by the token rewards. ALGORITHM §5; golden file `fg_npo`.
// The weights and the normaliser come from tokens/rewards.ts.
import { tf } from '../tf';
import { logSigmoid, zeroOutside } from './sequence';

export interface FineGrainedNpoInput {
  policyLogps: tf.Tensor2D; // [B, T]
  refLogps: tf.Tensor2D; // [B, T]
  /** Token weights ≥ 0, 0 outside the response. */
  weights: tf.Tensor2D; // [B, T]
  /** D: over the whole accumulation window, so that the result does not depend on the micro-batches. */
  denominator: number;
}

export interface FineGrainedNpoLoss {
  loss: tf.Scalar;
  /** w_t·−log σ(−β d_t), before division by D. */
  tokenLosses: tf.Tensor2D; // [B, T]
}

/**
 * Σ_t w_t·−log σ(−β d_t) / D with d_t = log π_θ − log π_ref. Loss and gradient are 0 when D is 0 (nothing selected).
 * `npoScale` multiplies by the 2/β of the NPO paper.
 */
export function fineGrainedNpoLoss(
  input: FineGrainedNpoInput,
  options: { beta: number; npoScale?: boolean },
): FineGrainedNpoLoss {
  const { weights, denominator } = input;
  const logRatios = tf.sub(input.policyLogps, input.refLogps); // [B, T]
  const counted = zeroOutside(logRatios, weights); // [B, T]
  const scale = options.npoScale ? 2 / options.beta : 1;
  const tokenLosses: tf.Tensor2D = tf.mul(tf.mul(logSigmoid(tf.mul(counted, -options.beta)), weights), -scale);
  return { loss: tf.mul(tf.sum(tokenLosses), denominator > 0 ? 1 / denominator : 0), tokenLosses };
}
