// What is worth keeping of a source of changes between two questions about its ranking: a histogram over the upper 16 of the 31
// magnitude bits, and the histograms over the lower 15 of the bins last asked for. Any exact rank is then one pass over the values at
// most. The only implementation of ranks: masks, thresholds, curves and cell ranks all ask here.
import { bitsOf, MAGNITUDE, magnitudeBits, NOT_FINITE, NonFiniteDeltaError, type TensorDelta } from './deltas';

export const LOW_BITS = 15;
export const HIGH_BINS = 1 << 16;
export const LOW_BINS = 1 << LOW_BITS;
/** How many lower histograms stay (128 KiB each): both ends of a band, and those of the band before. */
const KEPT = 6;

/** Largest change first, or smallest. */
export type RankOrder = 'most' | 'least';

/** The end of "the first k in rank": everything before `bits` in the order, and the first `taken` of the entries equal to it. */
export interface RankEnd {
  /** Magnitude bits of the k-th entry; −1 when k is 0. */
  bits: number;
  /** How many entries have exactly that magnitude, and how many of them are among the first k. */
  ties: number;
  taken: number;
}

export interface MagnitudeIndex {
  readonly deltas: readonly TensorDelta[];
  /** Number of entries over all tensors. */
  readonly total: number;
  /** Entries per bin of the upper 16 magnitude bits, smallest magnitudes first. */
  readonly counts: Uint32Array;
  /** Σ Δ² per bin, in float64. */
  squares(): Float64Array;
  /** Entries per pattern of the lower 15 bits within one bin. */
  within(bin: number): Uint32Array;
  /**
   * Makes ready what `end` needs for several ranks, in one pass over the values: gives the size of each tensor when it is done. Without it `end`
   * makes the same, a pass a rank. Throws RangeError as `end`.
   */
  readying(order: RankOrder, ranks: readonly number[]): Generator<number>;
  /** Where the first k in rank end. Throws RangeError unless 0 ≤ k ≤ total. */
  end(order: RankOrder, k: number): RankEnd;
  /** How many entries are larger than a magnitude (taken in float32), and how many equal to it. */
  around(magnitude: number): { larger: number; equal: number };
}

/** Built in one pass. Throws NonFiniteDeltaError for NaN or infinite changes. */
export function magnitudeIndex(deltas: readonly TensorDelta[]): MagnitudeIndex {
  const growing = growingIndex();
  for (const delta of deltas) growing.add(delta);
  return growing.done();
}

/** The same, a tensor at a time. `add` throws NonFiniteDeltaError; after `done` nothing may be added. */
export function growingIndex(): { add(delta: TensorDelta): void; done(): MagnitudeIndex } {
  const counts = new Uint32Array(HIGH_BINS);
  const deltas: TensorDelta[] = [];
  return {
    add(delta) {
      countHigh(delta, counts);
      deltas.push(delta);
    },
    done: () => indexOf(deltas, counts),
  };
}

function indexOf(deltas: readonly TensorDelta[], counts: Uint32Array): MagnitudeIndex {
  const total = deltas.reduce((sum, { values }) => sum + values.length, 0);
  const kept = new Map<number, Uint32Array>();
  let sums: Float64Array | null = null;
  const keep = (bin: number, low: Uint32Array): Uint32Array => {
    kept.delete(bin);
    kept.set(bin, low);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    return low;
  };
  const within = (bin: number): Uint32Array => keep(bin, kept.get(bin) ?? lowHistogram(deltas, bin));
  const binOf = (order: RankOrder, k: number): [bin: number, before: number] => {
    if (!(Number.isInteger(k) && k >= 0 && k <= total)) throw new RangeError(`There is no rank ${k} of ${total}.`);
    return binHolding(counts, order, k);
  };
  return {
    deltas,
    total,
    counts,
    squares: () => {
      sums ??= highSquares(deltas);
      return sums;
    },
    within,
    *readying(order, ranks) {
      const bins = new Set(ranks.filter((k) => k !== 0).map((k) => binOf(order, k)[0]));
      const missing = [...bins].filter((bin) => !kept.has(bin)).slice(0, KEPT);
      if (missing.length === 0) return;
      const lows = lowCounter(missing);
      for (const { values } of deltas) {
        lows.add(values);
        yield values.length;
      }
      missing.forEach((bin, i) => {
        keep(bin, lows.counts[i]!);
      });
    },
    end(order, k) {
      if (k === 0) return { bits: -1, ties: 0, taken: 0 };
      const [bin, before] = binOf(order, k);
      const low = within(bin);
      const [lowBin, beforeInBin] = binHolding(low, order, k - before);
      return { bits: (bin << LOW_BITS) | lowBin, ties: low[lowBin]!, taken: k - before - beforeInBin };
    },
    around(magnitude) {
      const bits = magnitudeBits(magnitude);
      const bin = bits >>> LOW_BITS;
      const low = within(bin);
      const at = bits & (LOW_BINS - 1);
      let larger = 0;
      for (let i = bin + 1; i < HIGH_BINS; i++) larger += counts[i]!;
      for (let i = at + 1; i < LOW_BINS; i++) larger += low[i]!;
      return { larger, equal: low[at]! };
    },
  };
}

function countHigh({ name, values }: TensorDelta, counts: Uint32Array): void {
  const bits = bitsOf(values);
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i]! & MAGNITUDE;
    if (magnitude >= NOT_FINITE) throw new NonFiniteDeltaError(name, i);
    counts[magnitude >>> LOW_BITS]!++;
  }
}

function lowHistogram(deltas: readonly TensorDelta[], bin: number): Uint32Array {
  const low = lowCounter([bin]);
  for (const { values } of deltas) low.add(values);
  return low.counts[0]!;
}

/** The lower histograms of several bins. */
function lowCounter(bins: readonly number[]): { counts: readonly Uint32Array[]; add(values: Float32Array): void } {
  const all = new Uint32Array(bins.length * LOW_BINS);
  /** Per bin where its histogram ends; 0 for those that are not counted. */
  const ends = new Int32Array(HIGH_BINS);
  bins.forEach((bin, i) => {
    ends[bin] = (i + 1) * LOW_BINS;
  });
  return {
    counts: bins.map((_, i) => all.subarray(i * LOW_BINS, (i + 1) * LOW_BINS)),
    add(values) {
      const bits = bitsOf(values);
      for (let i = 0; i < bits.length; i++) {
        const magnitude = bits[i]! & MAGNITUDE;
        const end = ends[magnitude >>> LOW_BITS]!;
        if (end !== 0) all[end - LOW_BINS + (magnitude & (LOW_BINS - 1))]!++;
      }
    },
  };
}

function highSquares(deltas: readonly TensorDelta[]): Float64Array {
  const sums = new Float64Array(HIGH_BINS);
  for (const { values } of deltas) {
    const bits = bitsOf(values);
    for (let i = 0; i < bits.length; i++) {
      const value = values[i]!;
      sums[(bits[i]! & MAGNITUDE) >>> LOW_BITS]! += value * value;
    }
  }
  return sums;
}

/** The bin of the k-th entry in the order (k ≥ 1) and how many entries lie in the bins before it. */
export function binHolding(counts: ArrayLike<number>, order: RankOrder, k: number): [bin: number, before: number] {
  const last = counts.length - 1;
  let before = 0;
  for (let i = 0; i <= last; i++) {
    const bin = order === 'most' ? last - i : i;
    if (before + counts[bin]! >= k) return [bin, before];
    before += counts[bin]!;
  }
  throw new RangeError(`rank ${k} is beyond the ${before} entries`);
}
