// Identity preference optimisation: the log-ratio margin is pulled to 1/(2β) instead of to infinity. On sums (the paper,
// eric-mitchell) or on token means (TRL ≥ 0.8). ALGORITHM §8; golden file `preference_losses`.
import { tf } from '../tf';
import { averageLogRatios, type PairLogps, type PreferenceLoss, preferenceLoss, sequenceLogRatios } from './sequence';

/** (z − 1/(2β))². */
export const ipoLosses = (margins: tf.Tensor1D, beta: number): tf.Tensor1D =>
  tf.square(tf.sub(margins, 1 / (2 * beta)));

/** IPO; `average` divides each side's log-ratio by its length in the loss. Rewards are β·S either way. */
export function ipoLoss(pairs: PairLogps, options: { beta: number; average: boolean }): PreferenceLoss {
  const { chosen, rejected } = sequenceLogRatios(pairs);
  const compared = options.average ? averageLogRatios(pairs) : { chosen, rejected };
  const losses = ipoLosses(tf.sub(compared.chosen, compared.rejected), options.beta);
  return preferenceLoss(losses, tf.mul(chosen, options.beta), tf.mul(rejected, options.beta));
}
