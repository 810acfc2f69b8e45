// From the reward model's token probabilities p_t to the weights of the forgetting loss. Plain arrays; the reward model itself is
// elsewhere, and how well the weights find the wrong tokens in roc.ts. ALGORITHM §4 and §5; golden files `token_reward`, `fg_npo`.

export type WeightingName = 'threshold' | 'soft' | 'rlmec' | 'raw' | 'uniform';

export interface WeightingOptions {
  weighting: WeightingName;
  /** Tokens below this probability count as unaligned. */
  tau?: number;
  /** Upper bound of the `rlmec` weight. */
  clip?: number;
}

/**
 * One weight a token; tokens outside `valid` (prompt, padding) get 0. `threshold` 1[p < tau] (default), `soft` 1 − p,
 * `rlmec` min(max(tau − p, 0), clip), `raw` p as the released script stores it, `uniform` 1.
 */
export function tokenWeights(
  probabilities: ArrayLike<number>,
  valid: ArrayLike<number>,
  { weighting, tau = 0.5, clip = 0.1 }: WeightingOptions,
): Float32Array {
  const weightOf = {
    threshold: (p: number) => (p < tau ? 1 : 0),
    soft: (p: number) => 1 - p,
    rlmec: (p: number) => Math.min(Math.max(tau - p, 0), clip),
    raw: (p: number) => p,
    uniform: () => 1,
  }[weighting];
  const weights = new Float32Array(probabilities.length);
  for (let t = 0; t < weights.length; t++) if (valid[t]) weights[t] = weightOf(probabilities[t]!);
  return weights;
}

/**
 * The normaliser D of the forgetting loss: the number of valid tokens for `soft` and `uniform`, otherwise the number of non-zero
 * weights. Add the D of all micro-batches of one update. ALGORITHM §5.
 */
export function weightDenominator(
  weights: ArrayLike<number>,
  valid: ArrayLike<number>,
  weighting: WeightingName,
): number {
  const counted = weighting === 'soft' || weighting === 'uniform' ? valid : weights;
  let count = 0;
  for (let t = 0; t < counted.length; t++) if (counted[t]) count++;
  return count;
}

/** RLMEC's own token reward: clip(p − tau, 0, tau) in correct responses, clip(p − tau, −clip, 0) in wrong ones. */
export function rlmecReward(probability: number, isCorrect: boolean, tau = 0.5, clip = 0.1): number {
  const centred = probability - tau;
  return isCorrect ? Math.min(Math.max(centred, 0), tau) : Math.min(Math.max(centred, -clip), 0);
}
