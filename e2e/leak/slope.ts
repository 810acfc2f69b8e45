// How fast a quantity grows, out of samples of it: the median of the slopes of all pairs (Theil–Sen), which single bad samples do not move, with the
// interval that Kendall's rank statistic gives it (Sen 1968). Pure.

/** `at` in any unit of time; slopes are per that unit. */
export interface Point {
  at: number;
  value: number;
}

/** Per unit of time. */
export interface Slope {
  perUnit: number;
  /** Ends of the interval. */
  low: number;
  high: number;
}

/** Two-sided 95 %. */
const Z = 1.96;
/** Fewer samples say nothing about an interval. */
export const FEWEST = 8;

/** The value below which `share` of the sorted values lie; between two of them in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const place = Math.min(sorted.length - 1, Math.max(0, share * (sorted.length - 1)));
  const below = Math.floor(place);
  const from = sorted[below]!;
  const to = sorted[Math.min(sorted.length - 1, below + 1)]!;
  return from + (place - below) * (to - from);
}

/** Sums t (t − 1) (2 t + 5) over groups of equal values: what ties take from the variance of Kendall's statistic. */
function tiesOf(points: readonly Point[]): number {
  const counts = new Map<number, number>();
  for (const { value } of points) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].reduce((sum, t) => sum + t * (t - 1) * (2 * t + 5), 0);
}

/** Throws RangeError below `FEWEST` points at different times. */
export function slopeOf(points: readonly Point[]): Slope {
  const slopes: number[] = [];
  for (let i = 0; i < points.length; i++)
    for (let j = i + 1; j < points.length; j++) {
      const [a, b] = [points[i]!, points[j]!];
      if (a.at !== b.at) slopes.push((b.value - a.value) / (b.at - a.at));
    }
  const n = points.length;
  if (n < FEWEST || slopes.length === 0) throw new RangeError(`a slope needs at least ${FEWEST} samples, not ${n}`);
  const sorted = Float64Array.from(slopes).sort();
  // Where nothing varies there is nothing to doubt.
  const deviation = Math.sqrt(Math.max(0, n * (n - 1) * (2 * n + 5) - tiesOf(points)) / 18);
  const reach = (Z * deviation) / sorted.length / 2;
  return {
    perUnit: quantile(sorted, 0.5),
    low: quantile(sorted, 0.5 - reach),
    high: quantile(sorted, 0.5 + reach),
  };
}
