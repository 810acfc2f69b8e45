// SimPO: mean log-probs as rewards and a target margin, without a reference model. ALGORITHM §8; golden file `preference_losses`.
import { tf } from '../tf';
import { sigmoidLosses } from './dpo';
import { maskedMean, type PairLogps, type PreferenceLoss, preferenceLoss } from './sequence';

export type PolicyPairLogps = Omit<PairLogps, 'refChosenLogps' | 'refRejectedLogps'>;

/** −log σ(β(a_w − a_l) − γ) with a the mean policy log-prob and γ = gammaBetaRatio·β. */
export function simpoLoss(pairs: PolicyPairLogps, options: { beta: number; gammaBetaRatio: number }): PreferenceLoss {
  const chosen = maskedMean(pairs.policyChosenLogps, pairs.chosenMask); // [B]
  const rejected = maskedMean(pairs.policyRejectedLogps, pairs.rejectedMask); // [B]
  const margins: tf.Tensor1D = tf.mul(tf.sub(tf.sub(chosen, rejected), options.gammaBetaRatio), options.beta); // [B]
  return preferenceLoss(sigmoidLosses(margins), tf.mul(chosen, options.beta), tf.mul(rejected, options.beta));
}
