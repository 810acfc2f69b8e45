// How concentrated the change is: the Lorenz curve of the squared update (what share of Σ Δ² lies in the top k % of the weights) and
// its Gini coefficient, read from the index's bins.
import { magnitudeOf } from './deltas';
import { LOW_BITS, type MagnitudeIndex } from './magnitudeIndex';
import { countAtPercent } from './neuronMask';

export interface Concentration {
  /** Σ Δ² over all weights. */
  sumOfSquares: number;
  /** Share of the weights, most changed first, and share of Σ Δ² in them: at most 200 points from (0, 0) to (1, 1). */
  weightShare: Float64Array;
  updateShare: Float64Array;
  /** The curve at the percentage asked for, exactly; it is one of the points. */
  at: { percent: number; weights: number; weightShare: number; updateShare: number };
  /** 0: every weight changed by the same amount. Towards 1: one weight has it all. */
  gini: number;
}

/** What the curve asks of a ranking. */
export interface RankedSquares extends Pick<MagnitudeIndex, 'total' | 'squares' | 'end'> {
  readonly counts: Uint32Array | Float64Array;
  within(bin: number): Uint32Array | Float64Array;
}

/** The curve advances by at least this share on either axis from point to point. */
const STEP = 1 / 98;

/**
 * Every point of the curve is exact: it lies on a border between two bins, or at the percentage asked for. The Gini coefficient takes
 * the changes of one bin (which differ by less than 1/256) as equal, which makes it at most 0.002 too small. Null when nothing changed.
 * Throws RangeError unless 0 ≤ percent ≤ 100.
 */
export function concentration(index: RankedSquares, percent: number): Concentration | null {
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(`A percentage is between 0 and 100, not ${percent}.`);
  const squares = index.squares();
  const sumOfSquares = squares.reduce((sum, part) => sum + part, 0);
  if (!(sumOfSquares > 0)) return null;
  const weights = countAtPercent(index.total, percent);
  const asked = {
    x: weights / index.total,
    y: weights === index.total ? 1 : Math.min(1, squaresInTop(index, weights) / sumOfSquares),
  };
  const points = [{ x: 0, y: 0 }];
  let [count, sum, area] = [0, 0, 0];
  let [x, y] = [0, 0];
  for (let bin = index.counts.length - 1; bin >= 0; bin--) {
    if (index.counts[bin] === 0) continue;
    count += index.counts[bin]!;
    sum += squares[bin]!;
    const next =
      count === weights
        ? asked
        : { x: count / index.total, y: count === index.total ? 1 : Math.min(1, sum / sumOfSquares) };
    area += ((next.x - x) * (next.y + y)) / 2;
    if (asked.x > x && asked.x < next.x) points.push(asked);
    const last = points.at(-1)!;
    if (next.x - last.x >= STEP || next.y - last.y >= STEP || next === asked) points.push(next);
    ({ x, y } = next);
  }
  if (points.at(-1)!.x < 1) points.push({ x: 1, y: 1 });
  return {
    sumOfSquares,
    weightShare: Float64Array.from(points, (point) => point.x),
    updateShare: Float64Array.from(points, (point) => point.y),
    at: { percent, weights, weightShare: asked.x, updateShare: asked.y },
    gini: 2 * area - 1,
  };
}

/** Σ Δ² of the first k in rank: whole bins, then one bin pattern by pattern. */
function squaresInTop(index: RankedSquares, k: number): number {
  if (k === 0) return 0;
  const { bits, taken } = index.end('most', k);
  const squares = index.squares();
  const bin = bits >>> LOW_BITS;
  let sum = 0;
  for (let i = squares.length - 1; i > bin; i--) sum += squares[i]!;
  const low = index.within(bin);
  const at = bits - (bin << LOW_BITS);
  for (let i = low.length - 1; i > at; i--) if (low[i]! > 0) sum += low[i]! * magnitudeOf((bin << LOW_BITS) | i) ** 2;
  return sum + taken * magnitudeOf(bits) ** 2;
}
