// From the reward model's token probabilities p_t to the weights of the forgetting loss, and how well 1 − p_t finds the wrong
// tokens. Plain arrays; the reward model itself is elsewhere. ALGORITHM §4 and §5; golden files `token_reward`, `fg_npo`.

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
  return Float32Array.from(probabilities, (p, t) => (valid[t] ? weightOf(p) : 0));
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

/**
 * Area under the ROC curve: the probability that a positive scores above a negative, ties counting half (rank statistic).
 * Null when one of the two classes is empty. Throws RangeError for a score that is NaN or lists of different lengths.
 */
export function auroc(scores: ArrayLike<number>, positives: ArrayLike<number | boolean>): number | null {
  if (scores.length !== positives.length) throw new RangeError('auroc needs one label a score.');
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positiveCount = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    const score = scores[order[start]!]!;
    if (Number.isNaN(score)) throw new RangeError('auroc got a score that is not a number.');
    let end = start;
    let positivesHere = 0;
    for (; end < order.length && scores[order[end]!] === score; end++) if (positives[order[end]!]) positivesHere++;
    positiveCount += positivesHere;
    rankSum += (positivesHere * (start + 1 + end)) / 2; // mid-rank of the tied group, ranks from 1
    start = end;
  }
  const negativeCount = order.length - positiveCount;
  if (positiveCount === 0 || negativeCount === 0) return null;
  return (rankSum - (positiveCount * (positiveCount + 1)) / 2) / (positiveCount * negativeCount);
}

/**
 * Precision and recall of "p_t < tau" as a detector of wrong tokens; null where nothing was flagged, or nothing is wrong.
 */
export function precisionRecall(
  probabilities: ArrayLike<number>,
  wrong: ArrayLike<number | boolean>,
  tau: number,
): { precision: number | null; recall: number | null } {
  let flagged = 0;
  let hits = 0;
  let positives = 0;
  for (let t = 0; t < probabilities.length; t++) {
    const isFlagged = probabilities[t]! < tau;
    if (isFlagged) flagged++;
    if (wrong[t]) positives++;
    if (isFlagged && wrong[t]) hits++;
  }
  return { precision: flagged ? hits / flagged : null, recall: positives ? hits / positives : null };
}
