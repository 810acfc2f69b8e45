// What a curve draws: smoothing that skips holes, and few enough points to stay quick. No React.

/** Points a chart draws per series at most. */
export const MAX_POINTS = 600;

/**
 * Exponential moving average, bias-corrected, of the first `count` values. A value that is not finite is skipped and leaves
 * NaN at its own place only. `memory` in [0, 1): 0 keeps the values as they are.
 */
export function smooth(values: ArrayLike<number>, count: number, memory: number): Float64Array {
  const out = new Float64Array(count);
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      out[i] = Number.NaN;
      continue;
    }
    sum = memory * sum + (1 - memory) * value;
    weight = memory * weight + (1 - memory);
    out[i] = sum / weight;
  }
  return out;
}

/** The highest of any number of values, at least `least`: as arguments of one call a hundred thousand are too many. */
export const highest = (values: readonly number[], least: number): number =>
  values.reduce((most, value) => Math.max(most, value), least);

/** The lowest, at most `most`. */
export const lowest = (values: readonly number[], most: number): number =>
  values.reduce((least, value) => Math.min(least, value), most);

/** Values that an average over a series of this length looks back over: about a twentieth of it, two to 25. */
export const windowFor = (count: number): number => Math.min(25, Math.max(2, Math.round(count / 20)));

/**
 * Indices of at most `limit` values that keep the curve's shape: first, last, and each bucket's lowest and highest, in order.
 * Values that are not finite never win a bucket.
 */
export function keepMinMax(values: ArrayLike<number>, count: number, limit = MAX_POINTS): number[] {
  if (count <= limit) return Array.from({ length: count }, (_, i) => i);
  const buckets = Math.floor((limit - 2) / 2);
  const kept = [0];
  for (let b = 0; b < buckets; b++) {
    const from = 1 + Math.floor((b * (count - 2)) / buckets);
    const to = 1 + Math.floor(((b + 1) * (count - 2)) / buckets);
    let low = from;
    let high = from;
    for (let i = from; i < to; i++) {
      if (!(values[i]! >= values[low]!)) low = Number.isFinite(values[i]!) ? i : low;
      if (!(values[i]! <= values[high]!)) high = Number.isFinite(values[i]!) ? i : high;
    }
    if (low === high) kept.push(low);
    else kept.push(Math.min(low, high), Math.max(low, high));
  }
  kept.push(count - 1);
  return kept;
}

/** Lowest and highest finite value of the chosen indices; null when there is none. */
export function rangeOf(values: ArrayLike<number>, indices: readonly number[]): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const i of indices) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : null;
}

/** About `wanted` round ticks that span [low, high] (1, 2 or 5 × a power of ten apart). */
export function roundTicks(low: number, high: number, wanted = 3): number[] {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((one) => one >= rough) ?? 10 * power;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Writes ticks with as many decimals as their distance needs, with a real minus sign. */
export function tickWriter(ticks: readonly number[]): (value: number) => string {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  const decimals = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  return (value) =>
    value
      .toFixed(decimals)
      .replace(/^-(?=.*[1-9])/, '−')
      .replace(/^-/, '');
}

/** First index from which the ascending `values` are at least `wanted`; `count` when none is. */
export function lowerBound(values: ArrayLike<number>, count: number, wanted: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Indices of the highest and of the lowest finite value of each of `buckets` neighbouring stretches of [from, to); stretches with
 * none have no entry. Every spike is at its own place in one of the two.
 */
export function envelopeOf(
  values: ArrayLike<number>,
  from: number,
  to: number,
  buckets: number,
): { upper: number[]; lower: number[] } {
  const upper: number[] = [];
  const lower: number[] = [];
  for (let b = 0; b < buckets; b++) {
    const start = from + Math.floor((b * (to - from)) / buckets);
    const end = from + Math.floor(((b + 1) * (to - from)) / buckets);
    let high = -1;
    let low = -1;
    for (let i = start; i < end; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      if (high < 0 || value > values[high]!) high = i;
      if (low < 0 || value < values[low]!) low = i;
    }
    if (high < 0) continue;
    upper.push(high);
    lower.push(low);
  }
  return { upper, lower };
}

/** Memory of an average that looks back over about `window` values: 1 − 1 / window; 0 for a window of 1. */
export const memoryOf = (window: number): number => 1 - 1 / Math.max(1, window);
