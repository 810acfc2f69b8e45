// How often which value occurs in a tensor of any size: one count for each of the 65 536 bfloat16 steps, so that domains, percentiles,
// bars and counts outside a domain cost the same for ten thousand and for fifty million entries. Pure; may be filled in a worker.

const BINS = 1 << 16;

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** Bits of a float32 as a key that grows with the value. −0 counts as 0. */
const ordered = (bits: number): number =>
  (bits & 0x80000000 ? (bits === 0x80000000 ? bits : ~bits) : bits ^ 0x80000000) >>> 0;

/** The step of a finite value. */
export function binOf(value: number): number {
  scratch[0] = value;
  return ordered(scratchBits[0]!) >>> 16;
}

function valueOfKey(key: number): number {
  scratchBits[0] = key & 0x80000000 ? key ^ 0x80000000 : ~key;
  return scratch[0]!;
}

/** The smallest float32 of a step. */
export const lowestOf = (bin: number): number => valueOfKey((bin << 16) >>> 0);

/** The largest float32 of a step. */
export const highestOf = (bin: number): number => valueOfKey(((bin << 16) | 0xffff) >>> 0);

/** Can be sent between threads as it is. */
export interface ValueHistogram {
  counts: Uint32Array;
  finite: number;
  nonFinite: number;
  /** Exact extremes of the finite values; Infinity and −Infinity when there are none. */
  min: number;
  max: number;
}

export const emptyHistogram = (): ValueHistogram => ({
  counts: new Uint32Array(BINS),
  finite: 0,
  nonFinite: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
});

/** Adds values to a histogram, in place; call it for each part of a large tensor. */
export function addValues(histogram: ValueHistogram, values: Float32Array | Uint8Array): void {
  const { counts } = histogram;
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  let { min, max, nonFinite } = histogram;
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i]! & 0x7f800000) === 0x7f800000) {
      nonFinite++;
      continue;
    }
    const bin = ordered(bits[i]!) >>> 16;
    counts[bin] = counts[bin]! + 1;
    const value = floats[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  histogram.finite += bits.length - (nonFinite - histogram.nonFinite);
  Object.assign(histogram, { min, max, nonFinite });
}

/** The histogram of a whole array. */
export function histogramOf(values: Float32Array | Uint8Array): ValueHistogram {
  const histogram = emptyHistogram();
  addValues(histogram, values);
  return histogram;
}

/** Several tensors as one: the same domain for all. */
export function mergeHistograms(parts: readonly ValueHistogram[]): ValueHistogram {
  const all = emptyHistogram();
  for (const part of parts) {
    for (let bin = 0; bin < BINS; bin++) all.counts[bin] = all.counts[bin]! + part.counts[bin]!;
    all.finite += part.finite;
    all.nonFinite += part.nonFinite;
    all.min = Math.min(all.min, part.min);
    all.max = Math.max(all.max, part.max);
  }
  return all;
}

const clamp = (value: number, histogram: ValueHistogram): number =>
  Math.min(histogram.max, Math.max(histogram.min, value));

/**
 * The largest edge that at least `100 − percent` % of the values reach: the lower end of a clip, rounded outwards to a bfloat16 step.
 * `from` leaves out smaller values (logarithms: the positive ones only).
 */
export function lowerPercentile(histogram: ValueHistogram, percent: number, from = Number.NEGATIVE_INFINITY): number {
  const first = from === Number.NEGATIVE_INFINITY ? 0 : binOf(from);
  const wanted = (countFrom(histogram, first) * percent) / 100;
  let passed = 0;
  for (let bin = first; bin < BINS; bin++) {
    passed += histogram.counts[bin]!;
    if (passed > wanted) return Math.max(clamp(lowestOf(bin), histogram), from);
  }
  return histogram.max;
}

/** The smallest edge that at least `percent` % of the values do not exceed, rounded outwards to a bfloat16 step. */
export function upperPercentile(histogram: ValueHistogram, percent: number, from = Number.NEGATIVE_INFINITY): number {
  const first = from === Number.NEGATIVE_INFINITY ? 0 : binOf(from);
  const wanted = (countFrom(histogram, first) * percent) / 100;
  let passed = 0;
  for (let bin = first; bin < BINS; bin++) {
    passed += histogram.counts[bin]!;
    if (passed >= wanted && passed > 0) return clamp(highestOf(bin), histogram);
  }
  return histogram.max;
}

function countFrom({ counts }: ValueHistogram, first: number): number {
  let sum = 0;
  for (let bin = first; bin < BINS; bin++) sum += counts[bin]!;
  return sum;
}

/** The smallest value above 0, to a bfloat16 step; null when there is none. Denormals below 1e-40 count as 0. */
export function smallestPositive(histogram: ValueHistogram): number | null {
  for (let bin = binOf(0) + 1; bin < BINS; bin++) {
    if (histogram.counts[bin]! > 0) return Math.max(lowestOf(bin), histogram.min);
  }
  return null;
}

/** A lower handle on the edge of a step, so that the counts below it are exact. */
export const snapLow = (value: number, histogram: ValueHistogram): number => clamp(lowestOf(binOf(value)), histogram);

/** An upper handle on the edge of a step, so that the counts above it are exact. */
export const snapHigh = (value: number, histogram: ValueHistogram): number => clamp(highestOf(binOf(value)), histogram);

/** A reach about 0 on the edge of a step: −reach and reach are both edges. */
export const snapReach = (reach: number): number => highestOf(binOf(Math.abs(reach)));

export interface OutsideCounts {
  below: number;
  above: number;
  nonFinite: number;
}

/** How many values lie below `low`, above `high`, and are not finite. Exact when the ends were snapped. */
export function countOutside(histogram: ValueHistogram, low: number, high: number): OutsideCounts {
  const { counts, nonFinite } = histogram;
  let below = 0;
  let above = 0;
  if (histogram.finite > 0) {
    const first = low <= histogram.min ? 0 : binOf(low);
    for (let bin = 0; bin < first; bin++) below += counts[bin]!;
    const last = high >= histogram.max ? BINS : binOf(high);
    for (let bin = last + 1; bin < BINS; bin++) above += counts[bin]!;
  }
  return { below, above, nonFinite };
}

/** Counts in `bars` equal parts of [0, 1], each step put where `place` says its middle stands; what falls outside is left out. */
export function barsOf(histogram: ValueHistogram, bars: number, place: (value: number) => number): Float64Array {
  const heights = new Float64Array(bars);
  for (let bin = 0; bin < BINS; bin++) {
    const count = histogram.counts[bin]!;
    if (count === 0) continue;
    const position = place(clamp((lowestOf(bin) + highestOf(bin)) / 2, histogram));
    if (!(position >= 0 && position <= 1)) continue;
    const bar = Math.min(bars - 1, Math.floor(position * bars));
    heights[bar] = heights[bar]! + count;
  }
  return heights;
}
