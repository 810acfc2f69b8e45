// How well scores find the wrong tokens: ROC curve and the area under it, precision and recall, and the worst misses. Plain arrays;
// sorts numbers only, so that a hundred thousand tokens stay cheap.

/** One point for every different score, from the highest score down; the first point is (0, 0). */
export interface RocCurve {
  /** Share of the negatives at or above the threshold. */
  falsePositiveRate: Float64Array;
  /** Share of the positives at or above it. */
  truePositiveRate: Float64Array;
  /** The score from which on a token counts as found; Infinity at the first point. */
  thresholds: Float64Array;
  auroc: number;
}

interface Sorted {
  /** Ascending. */
  positives: Float64Array;
  negatives: Float64Array;
}

/** Null when a class is empty. Throws RangeError for a score that is NaN or lists of different lengths. */
function sortByClass(scores: ArrayLike<number>, positives: ArrayLike<number | boolean>): Sorted | null {
  if (scores.length !== positives.length) throw new RangeError('auroc needs one label a score.');
  const inOrder = new Float64Array(scores.length);
  let [low, high] = [0, scores.length];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (Number.isNaN(score)) throw new RangeError('auroc got a score that is not a number.');
    // + 0: a score of −0 is tied with 0.
    if (positives[i]) inOrder[low++] = score + 0;
    else inOrder[--high] = score + 0;
  }
  if (low === 0 || low === scores.length) return null;
  return { positives: inOrder.subarray(0, low).sort(), negatives: inOrder.subarray(low).sort() };
}

/** Visits every different score from the highest down with the numbers of positives and negatives at or above it. */
function walkDown(
  { positives, negatives }: Sorted,
  visit: (score: number, hits: number, alarms: number) => void,
): void {
  let p = positives.length;
  let n = negatives.length;
  while (p > 0 || n > 0) {
    const score = Math.max(p > 0 ? positives[p - 1]! : -Infinity, n > 0 ? negatives[n - 1]! : -Infinity);
    while (p > 0 && positives[p - 1] === score) p--;
    while (n > 0 && negatives[n - 1] === score) n--;
    visit(score, positives.length - p, negatives.length - n);
  }
}

/** Null when one of the two classes is empty. Throws RangeError for a score that is NaN or lists of different lengths. */
export function rocCurve(scores: ArrayLike<number>, positives: ArrayLike<number | boolean>): RocCurve | null {
  const sorted = sortByClass(scores, positives);
  if (!sorted) return null;
  const { positives: all, negatives: others } = sorted;
  const most = scores.length + 1;
  const alarmShares = new Float64Array(most);
  const hitShares = new Float64Array(most);
  const thresholds = new Float64Array(most).fill(Infinity, 0, 1);
  let count = 1;
  let twice = 0;
  let [hitsBefore, alarmsBefore] = [0, 0];
  walkDown(sorted, (score, hits, alarms) => {
    alarmShares[count] = alarms / others.length;
    hitShares[count] = hits / all.length;
    thresholds[count++] = score;
    twice += (alarms - alarmsBefore) * (hits + hitsBefore);
    hitsBefore = hits;
    alarmsBefore = alarms;
  });
  return {
    falsePositiveRate: alarmShares.slice(0, count),
    truePositiveRate: hitShares.slice(0, count),
    thresholds: thresholds.slice(0, count),
    // Ties count half: twice the area in pairs is a whole number.
    auroc: twice / 2 / (all.length * others.length),
  };
}

/**
 * Area under the ROC curve: the probability that a positive scores above a negative, ties counting half (rank statistic).
 * Null when one of the two classes is empty. Throws RangeError for a score that is NaN or lists of different lengths.
 */
export const auroc = (scores: ArrayLike<number>, positives: ArrayLike<number | boolean>): number | null =>
  rocCurve(scores, positives)?.auroc ?? null;

/** At most about `most` of the curve's points, evenly spaced along its way, both ends included. */
export function thinRoc(curve: RocCurve, most: number): number[] {
  const { falsePositiveRate: x, truePositiveRate: y } = curve;
  const kept: number[] = [];
  let next = 0;
  for (let i = 0; i < x.length; i++) {
    // x + y rises from 0 to 2.
    const way = (x[i]! + y[i]!) / 2;
    if (way < next && i < x.length - 1) continue;
    kept.push(i);
    next = way + 1 / (most - 1);
  }
  return kept;
}

export interface WorstTokens {
  /** Positives with the lowest scores, worst first; ties in the order of the list. */
  missed: number[];
  /** Negatives with the highest scores, worst first. */
  falseAlarms: number[];
}

/** The `count` worst mistakes of a score on each side, as indices. */
export function worstMisses(
  scores: ArrayLike<number>,
  positives: ArrayLike<number | boolean>,
  count: number,
): WorstTokens {
  const missed: number[] = [];
  const falseAlarms: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const list = positives[i] ? missed : falseAlarms;
    const sign = positives[i] ? -1 : 1;
    const badness = sign * scores[i]!;
    // Most are not among the worst.
    if (list.length === count && (count === 0 || badness <= sign * scores[list[count - 1]!]!)) continue;
    let at = list.length;
    while (at > 0 && sign * scores[list[at - 1]!]! < badness) at--;
    list.splice(at, 0, i);
    if (list.length > count) list.pop();
  }
  return { missed, falseAlarms };
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
