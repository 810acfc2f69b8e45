// Numbers out of measurements: median, spread, fitted exponents, agreement of losses. Pure; what is measured stands elsewhere.

/** Middle value, or the mean of the two in the middle. Throws RangeError without values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Largest minus smallest value. */
export const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

/**
 * The exponent p of y ≈ c · xᵖ: slope of the least-squares line through (log x, log y). Throws RangeError unless there are two
 * different x and everything is positive.
 */
export function fitExponent(points: readonly (readonly [x: number, y: number])[]): number {
  if (points.some(([x, y]) => !(x > 0 && y > 0))) throw new RangeError('an exponent needs positive numbers');
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (side: 0 | 1) => logs.reduce((sum, point) => sum + point[side], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const across = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (!(across > 0)) throw new RangeError('an exponent needs two different x');
  return logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / across;
}

/** Largest |a − b| / |b| over the places that both have; Infinity when a number is not finite or nothing is shared. */
export function worstRelative(values: readonly number[], reference: readonly number[]): number {
  const shared = Math.min(values.length, reference.length);
  if (shared === 0) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < shared; i++) {
    const difference = Math.abs(values[i]! - reference[i]!) / Math.abs(reference[i]!);
    if (!Number.isFinite(difference)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, difference);
  }
  return worst;
}
