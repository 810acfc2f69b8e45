// Direct preference optimisation and its near relatives: DPO, conservative DPO (label smoothing), hinge (SLiC), R-DPO (length
// penalty), LN-DPO (length-normalised). ALGORITHM §8; golden file `preference_losses`.
import { tf } from '../tf';
import {
  averageLogRatios,
  logSigmoid,
  type PairLogps,
  type PreferenceLoss,
  preferenceLoss,
  sequenceLogRatios,
  validCounts,
} from './sequence';

/** −(1 − e)·log σ(z) − e·log σ(−z): the probability e that a label is flipped. */
export function sigmoidLosses(logits: tf.Tensor1D, labelSmoothing = 0): tf.Tensor1D {
  const losses: tf.Tensor1D = tf.neg(logSigmoid(logits));
  if (labelSmoothing === 0) return losses;
  const flipped = tf.neg(logSigmoid(tf.neg(logits)));
  return tf.add(tf.mul(losses, 1 - labelSmoothing), tf.mul(flipped, labelSmoothing));
}

/** max(0, 1 − z). */
export const hingeLosses = (logits: tf.Tensor1D): tf.Tensor1D => tf.relu(tf.sub(1, logits));

/** −log σ(β(S_w − S_l)); with `labelSmoothing` conservative DPO. */
export function dpoLoss(pairs: PairLogps, options: { beta: number; labelSmoothing?: number }): PreferenceLoss {
  const { chosen, rejected } = sequenceLogRatios(pairs);
  const margins: tf.Tensor1D = tf.mul(tf.sub(chosen, rejected), options.beta); // [B]
  const losses = sigmoidLosses(margins, options.labelSmoothing);
  return preferenceLoss(losses, tf.mul(chosen, options.beta), tf.mul(rejected, options.beta));
}

/** SLiC's hinge on the implicit reward margin: max(0, 1 − β(S_w − S_l)). */
export function hingeLoss(pairs: PairLogps, options: { beta: number }): PreferenceLoss {
  const { chosen, rejected } = sequenceLogRatios(pairs);
  const margins: tf.Tensor1D = tf.mul(tf.sub(chosen, rejected), options.beta); // [B]
  return preferenceLoss(hingeLosses(margins), tf.mul(chosen, options.beta), tf.mul(rejected, options.beta));
}

/** R-DPO: −log σ(β(S_w − S_l) + α(n_w − n_l)), n the response lengths in tokens. */
export function rDpoLoss(pairs: PairLogps, options: { beta: number; alpha: number }): PreferenceLoss {
  const { chosen, rejected } = sequenceLogRatios(pairs);
  const extraLength = tf.sub(validCounts(pairs.chosenMask), validCounts(pairs.rejectedMask)); // [B]
  const margins = tf.mul(tf.sub(chosen, rejected), options.beta); // [B]
  const losses = sigmoidLosses(tf.add(margins, tf.mul(extraLength, options.alpha)));
  return preferenceLoss(losses, tf.mul(chosen, options.beta), tf.mul(rejected, options.beta));
}

/** LN-DPO: −log σ(β(S_w/n_w − S_l/n_l)). Rewards are β·S as in DPO, for comparison across losses. */
export function lnDpoLoss(pairs: PairLogps, options: { beta: number }): PreferenceLoss {
  const { chosen, rejected } = sequenceLogRatios(pairs);
  const averages = averageLogRatios(pairs);
  const margins: tf.Tensor1D = tf.mul(tf.sub(averages.chosen, averages.rejected), options.beta); // [B]
  return preferenceLoss(sigmoidLosses(margins), tf.mul(chosen, options.beta), tf.mul(rejected, options.beta));
}
