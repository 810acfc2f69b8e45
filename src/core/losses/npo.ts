// Negative preference optimisation per sequence: push down the rejected response only. The token-weighted form of ALLO's
// forgetting stage is in fineGrainedNpo.ts. ALGORITHM §8; golden file `preference_losses`.
import { tf } from '../tf';
import { logSigmoid, type PairLogps, type PreferenceLoss, preferenceLoss, sequenceLogRatios } from './sequence';

/** (2/β)·−log σ(−β S_l). The chosen side enters the reported reward only, with no gradient. */
export function npoLoss(pairs: PairLogps, options: { beta: number }): PreferenceLoss {
  const { chosen, rejected } = sequenceLogRatios(pairs);
  const logits: tf.Tensor1D = tf.mul(rejected, -options.beta); // [B]
  const losses: tf.Tensor1D = tf.mul(logSigmoid(logits), -2 / options.beta);
  return preferenceLoss(losses, tf.mul(chosen, options.beta), tf.mul(rejected, options.beta));
}
