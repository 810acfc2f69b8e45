// Kahneman–Tversky optimisation: unpaired good and bad responses against an estimate z0 of the KL to the reference, and TRL
// 0.8.2's legacy paired form. ALGORITHM §8; golden file `preference_losses`.
import { tf } from '../tf';
import { detach, type PairLogps, type PreferenceLoss, preferenceLoss, sequenceLogRatios } from './sequence';

export interface KtoLoss extends PreferenceLoss {
  /** First the desirable, then the undesirable examples. */
  losses: tf.Tensor1D; // [Bw + Bl]
  z0: tf.Scalar;
}

const FLOAT32_MAX = 3.4028234e38;
/** max(0, x) that lets the gradient through at exactly 0, as torch's clamp does: policy = reference starts there. */
const clampAtZero = (x: tf.Scalar): tf.Scalar => tf.clipByValue(x, 0, FLOAT32_MAX);

/**
 * Good: λ_D(1 − σ(β(S − z0))); bad: λ_U(1 − σ(β(z0 − S))). The chosen fields hold the good responses, the rejected ones the
 * bad; their batch sizes may differ. `mismatchedLogRatios` [n] are Σ_t (log π_θ − log π_ref) of responses put under other
 * prompts of the batch; z0 = max(0, mean) is constant in the gradient. With one example a batch z0 would equal the reward
 * itself: do not train so.
 */
export function ktoLoss(
  responses: PairLogps,
  mismatchedLogRatios: tf.Tensor1D,
  options: { beta: number; desirableWeight?: number; undesirableWeight?: number },
): KtoLoss {
  const { beta, desirableWeight = 1, undesirableWeight = 1 } = options;
  const { chosen, rejected } = sequenceLogRatios(responses);
  const z0 = detach(clampAtZero(tf.mean(mismatchedLogRatios)));
  const good = tf.sub(1, tf.sigmoid(tf.mul(tf.sub(chosen, z0), beta))); // [Bw]
  const bad = tf.sub(1, tf.sigmoid(tf.mul(tf.sub(z0, rejected), beta))); // [Bl]
  const losses = tf.concat1d([tf.mul(good, desirableWeight), tf.mul(bad, undesirableWeight)]);
  return { ...preferenceLoss(losses, tf.mul(chosen, beta), tf.mul(rejected, beta)), z0 };
}

/**
 * TRL 0.8.2 `kto_pair`: each half against the clamped mean log-ratio of the other half. There the means carry gradient;
 * `detachKl` makes them constant. `losses` has 2B entries, chosen first.
 */
export function ktoPairLoss(pairs: PairLogps, options: { beta: number; detachKl: boolean }): PreferenceLoss {
  const { chosen, rejected } = sequenceLogRatios(pairs);
  const klOf = (logRatios: tf.Tensor1D) => {
    const kl = clampAtZero(tf.mean(logRatios));
    return options.detachKl ? detach(kl) : kl;
  };
  const good = tf.sub(1, tf.sigmoid(tf.mul(tf.sub(chosen, klOf(rejected)), options.beta))); // [B]
  const bad = tf.sub(1, tf.sigmoid(tf.mul(tf.sub(klOf(chosen), rejected), options.beta))); // [B]
  const losses = tf.concat1d([good as tf.Tensor1D, bad as tf.Tensor1D]);
  return preferenceLoss(losses, tf.mul(chosen, options.beta), tf.mul(rejected, options.beta));
}
