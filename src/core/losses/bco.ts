// Binary classifier optimisation (TRL's bco_pair): both responses against a running mean reward. ALGORITHM §8; golden file
// `preference_losses`.
import { tf } from '../tf';
import { detach, logSigmoid, type PairLogps, type PreferenceLoss, preferenceLoss, sequenceLogRatios } from './sequence';

/** The running mean reward over the batches seen so far; starts as { delta: 0, batches: 0 }. */
export interface BcoState {
  delta: number | tf.Scalar;
  batches: number;
}

export interface BcoLoss extends PreferenceLoss {
  /** The running mean with this batch in it, constant in the gradient: the next state is { delta, batches: batches + 1 }. */
  delta: tf.Scalar;
}

/** −log σ(βS_w − δ) − log σ(−(βS_l − δ)), δ updated with this batch's mean reward first. */
export function bcoLoss(pairs: PairLogps, options: { beta: number }, state: BcoState): BcoLoss {
  const { chosen, rejected } = sequenceLogRatios(pairs);
  const chosenRewards: tf.Tensor1D = tf.mul(chosen, options.beta); // [B]
  const rejectedRewards: tf.Tensor1D = tf.mul(rejected, options.beta); // [B]
  const batchMean = tf.mean(tf.concat1d([detach(chosenRewards), detach(rejectedRewards)]));
  const delta: tf.Scalar = tf.div(tf.add(tf.mul(state.delta, state.batches), batchMean), state.batches + 1);
  const losses: tf.Tensor1D = tf.neg(
    tf.add(logSigmoid(tf.sub(chosenRewards, delta)), logSigmoid(tf.sub(delta, rejectedRewards))),
  );
  return { ...preferenceLoss(losses, chosenRewards, rejectedRewards), delta };
}
