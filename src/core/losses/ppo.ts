// Proximal policy optimisation with a critic, and its unclipped actor-critic form. Rewards, advantages and whitening belong to
// the rollout (plain arrays, once); only the two losses carry gradient. ALGORITHM §8 (TRL 0.8.2); golden file `ppo`.
// Without a critic: values 0, gamma = lambda = 1 (advantage = score to go) and valueCoefficient 0. The adaptive KL controller is
// left out.
import { tf } from '../tf';
import { zeroOutside } from './sequence';

/** Rollout arrays, row-major [B, T]; `scores` [B]. */
export interface Rollout {
  oldLogps: ArrayLike<number>;
  refLogps: ArrayLike<number>;
  values: ArrayLike<number>;
  scores: ArrayLike<number>;
  /** 1 on response tokens. */
  mask: ArrayLike<number>;
}

export interface RolloutOptions {
  klCoefficient: number;
  gamma: number;
  lambda: number;
}

/** Row-major [B, T]. Positions outside the mask carry no meaning and are not counted by the losses. */
export interface Advantages {
  tokenRewards: Float32Array;
  returns: Float32Array;
  whitenedAdvantages: Float32Array;
}

/** Token rewards −kl·(l_old − r) plus the score at the last valid token, GAE(γ, λ), returns = A + V, whitened A. */
export function rolloutAdvantages(rollout: Rollout, options: RolloutOptions): Advantages {
  const { mask, scores } = rollout;
  const length = mask.length / scores.length;
  const rewards = tokenRewards(rollout, options.klCoefficient, length);
  const advantages = new Float64Array(mask.length);
  for (let start = 0; start < mask.length; start += length) {
    let running = 0;
    for (let t = length - 1; t >= 0; t--) {
      const valueAt = (u: number) => (u < length && mask[start + u] ? rollout.values[start + u]! : 0);
      const reward = mask[start + t] ? rewards[start + t]! : 0;
      running = reward + options.gamma * valueAt(t + 1) - valueAt(t) + options.gamma * options.lambda * running;
      advantages[start + t] = running;
    }
  }
  const returns = Float32Array.from(advantages, (a, i) => a + (mask[i] ? rollout.values[i]! : 0));
  return { tokenRewards: Float32Array.from(rewards), returns, whitenedAdvantages: whiten(advantages, mask) };
}

function tokenRewards(rollout: Rollout, klCoefficient: number, length: number): Float64Array {
  const { oldLogps, refLogps, mask, scores } = rollout;
  const rewards = Float64Array.from(oldLogps, (logp, i) => -klCoefficient * (logp - refLogps[i]!));
  for (let row = 0; row < scores.length; row++) {
    let last = length - 1;
    while (last >= 0 && !mask[row * length + last]) last--;
    if (last >= 0) rewards[row * length + last]! += scores[row]!;
  }
  return rewards;
}

/** (A − mean) / √(var + 1e-8) with mean and unbiased variance over the valid tokens; applied to every position. */
function whiten(values: Float64Array, mask: ArrayLike<number>): Float32Array {
  const valid = values.filter((_, i) => mask[i]);
  const mean = valid.reduce((sum, value) => sum + value, 0) / Math.max(1, valid.length);
  const squares = valid.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const variance = squares / Math.max(1, valid.length - 1);
  return Float32Array.from(values, (value) => (value - mean) / Math.sqrt(variance + 1e-8));
}

export interface PpoInput {
  newLogps: tf.Tensor2D; // [B, T]
  newValues: tf.Tensor2D; // [B, T]
  oldLogps: tf.Tensor2D; // [B, T]
  oldValues: tf.Tensor2D; // [B, T]
  advantages: tf.Tensor2D; // [B, T], whitened
  returns: tf.Tensor2D; // [B, T]
  mask: tf.Tensor2D; // [B, T]
}

export interface PpoOptions {
  /** `a2c`: no ratio, no clipping. */
  algorithm: 'ppo' | 'a2c';
  clipRange: number;
  valueClipRange: number;
  valueCoefficient: number;
}

export interface PpoLoss {
  /** policyLoss + valueCoefficient · valueLoss. */
  loss: tf.Scalar;
  policyLoss: tf.Scalar;
  valueLoss: tf.Scalar;
}

/** Means over the valid tokens of the clipped policy objective and of half the (clipped) squared value error. */
export function ppoLoss(input: PpoInput, options: PpoOptions): PpoLoss {
  const tokens = tf.maximum(tf.sum(input.mask), 1);
  const policyLoss: tf.Scalar = tf.div(tf.sum(policyLosses(input, options)), tokens);
  const valueLoss: tf.Scalar = tf.div(tf.sum(valueLosses(input, options)), tf.mul(tokens, 2));
  return { loss: tf.add(policyLoss, tf.mul(valueLoss, options.valueCoefficient)), policyLoss, valueLoss };
}

// Both mask their inputs first: garbage outside the response must not overflow in exp or square.

function policyLosses({ newLogps, oldLogps, advantages, mask }: PpoInput, options: PpoOptions): tf.Tensor {
  const counted = zeroOutside(advantages, mask); // [B, T]
  if (options.algorithm === 'a2c') return tf.neg(tf.mul(counted, zeroOutside(newLogps, mask)));
  const ratio = tf.exp(zeroOutside(tf.sub(newLogps, oldLogps), mask)); // [B, T]
  const clipped = tf.clipByValue(ratio, 1 - options.clipRange, 1 + options.clipRange);
  return tf.neg(tf.minimum(tf.mul(counted, ratio), tf.mul(counted, clipped)));
}

function valueLosses({ newValues, oldValues, returns, mask }: PpoInput, options: PpoOptions): tf.Tensor {
  const target = zeroOutside(returns, mask); // [B, T]
  const value = zeroOutside(newValues, mask); // [B, T]
  const plain = tf.square(tf.sub(value, target));
  if (options.algorithm === 'a2c') return plain;
  const before = zeroOutside(oldValues, mask); // [B, T]
  const step = tf.clipByValue(tf.sub(value, before), -options.valueClipRange, options.valueClipRange);
  return tf.maximum(plain, tf.square(tf.sub(tf.add(before, step), target)));
}
