// The released script's mask rule, exactly as coded: thresholds from a pool of per-tensor prefixes rounded to bfloat16, compared
// inclusively with unrounded values. An option for comparison only: it misses the requested share whenever values tie, change is
// concentrated, or parameters did not move. ALGORITHM §3 (Ref); golden file `topk_mask`, `expected.reference`.
//
// Rounding keeps the order, so a tensor's "largest values, rounded" are the top of its histogram over bfloat16 patterns: nothing is
// sorted, and the histograms serve every percentage.
import { fromBfloat16Bits } from '../halfFloats';
import { countOnes } from './countBits';
import { bitsOf, MAGNITUDE, magnitudeBits, NOT_FINITE, NonFiniteDeltaError, type TensorDelta } from './deltas';

const NO_THRESHOLD = 1e8;
/** Patterns of |x| in bfloat16: the sign bit left out. */
const BINS = 1 << 15;

export interface ReferenceMaskRule {
  /** Whole percentages, as the script takes them. */
  lower: number;
  upper: number;
  /** +1: most changed first; −1: least changed first (the script's `is_neg`). */
  sign: 1 | -1;
}

export interface ReferenceMask {
  masks: Uint8Array[];
  selected: number;
  /** 100 · selected / total. */
  ratioPercent: number;
  thresholdLower: number;
  thresholdUpper: number;
}

/** A request the released script fails on. */
export class ReferenceMaskError extends Error {
  override readonly name = 'ReferenceMaskError';
}

/** How often each bfloat16 pattern occurs among the rounded |changes| of one tensor: patterns `first` … `first + counts.length − 1`. */
export interface RoundedHistogram {
  name: string;
  size: number;
  first: number;
  counts: Uint32Array | Float64Array;
}

/** What the reference rule needs of a source, whatever the percentages. */
export interface ReferenceIndex {
  deltas: readonly TensorDelta[];
  total: number;
  histograms: readonly RoundedHistogram[];
}

/** Built in one pass. Throws NonFiniteDeltaError for NaN or infinite changes. */
export function referenceIndex(deltas: readonly TensorDelta[]): ReferenceIndex {
  const total = deltas.reduce((sum, { values }) => sum + values.length, 0);
  return { deltas, total, histograms: deltas.map(roundedHistogram) };
}

function roundedHistogram({ name, values }: TensorDelta): RoundedHistogram {
  const bits = bitsOf(values);
  const all = new Uint32Array(BINS);
  let first = BINS;
  let last = -1;
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i]! & MAGNITUDE;
    if (magnitude >= NOT_FINITE) throw new NonFiniteDeltaError(name, i);
    // To nearest even, as halfFloats.ts rounds.
    const pattern = (magnitude + 0x7fff + ((magnitude >>> 16) & 1)) >>> 16;
    if (pattern < first) first = pattern;
    if (pattern > last) last = pattern;
    all[pattern]!++;
  }
  return { name, size: values.length, first, counts: all.slice(first, last + 1) };
}

/**
 * mask = v < t(lower) and v ≥ t(upper) with v = sign·|change|, t(p) the floor(N·p/100)-th largest of the pool, t(0) = 1e8.
 * Throws ReferenceMaskError where the script fails: fractional percentages, upper > 50 % (the per-tensor prefix is longer than
 * the tensor), a rank of 0 or beyond the pool; NonFiniteDeltaError for NaN or infinite changes.
 */
export const selectNeuronsReference = (deltas: readonly TensorDelta[], rule: ReferenceMaskRule): ReferenceMask =>
  selectReferenceFromIndex(referenceIndex(deltas), rule);

/** selectNeuronsReference of a source whose index is at hand. Throws ReferenceMaskError alike. */
export function selectReferenceFromIndex(index: ReferenceIndex, rule: ReferenceMaskRule): ReferenceMask {
  const thresholds = referenceThresholds(index, rule);
  const interval = referenceInterval(rule.sign, thresholds);
  const masks = index.deltas.map(({ values }) => maskBetween(values, interval));
  const selected = masks.reduce((sum, mask) => sum + countOnes(mask), 0);
  const { lower: thresholdLower, upper: thresholdUpper } = thresholds;
  return { masks, selected, ratioPercent: (100 * selected) / index.total, thresholdLower, thresholdUpper };
}

/** t(lower) and t(upper), with the sign of v. */
export interface ReferenceThresholds {
  lower: number;
  upper: number;
}

/** Where the script cuts. Throws ReferenceMaskError where it fails. */
export function referenceThresholds(
  { histograms, total }: Pick<ReferenceIndex, 'histograms' | 'total'>,
  rule: ReferenceMaskRule,
): ReferenceThresholds {
  if (![rule.lower, rule.upper].every((percent) => Number.isInteger(percent) && percent >= 0)) {
    throw new ReferenceMaskError(`The reference rule takes whole percentages, got ${rule.lower} and ${rule.upper}.`);
  }
  const pool = thresholdPool(histograms, rule);
  return {
    lower: poolThreshold(pool, total, rule.lower, rule.sign),
    upper: poolThreshold(pool, total, rule.upper, rule.sign),
  };
}

/**
 * upper ≤ sign·|x| < lower as from ≤ magnitude bits < end. All thresholds are float32 numbers, whose patterns order like their
 * magnitudes.
 */
export function referenceInterval(sign: 1 | -1, { lower, upper }: ReferenceThresholds): { from: number; end: number } {
  // sign 1: upper ≤ |x| < lower. sign −1: −lower < |x| ≤ −upper; "no threshold", 1e8, is above all that is negative.
  if (sign === 1) return { from: magnitudeBits(upper), end: magnitudeBits(lower) };
  return { from: lower > 0 ? 0 : magnitudeBits(lower) + 1, end: upper > 0 ? 0 : magnitudeBits(upper) + 1 };
}

function maskBetween(values: Float32Array, { from, end }: { from: number; end: number }): Uint8Array {
  const bits = bitsOf(values);
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const key = bits[i]! & MAGNITUDE;
    // No branch: from − 1 < key < end by the signs of the differences.
    mask[i] = ((from - 1 - key) & (key - end)) >>> 31;
  }
  return mask;
}

/** How many of a tensor's values the script puts into its pool. */
export const prefixLength = (size: number, upper: number): number => Math.floor((size * upper * 2) / 100);

/** Each tensor's floor(n·upper·2/100) largest values in bfloat16, counted per pattern of their magnitude. */
function thresholdPool(histograms: readonly RoundedHistogram[], { upper, sign }: ReferenceMaskRule): Float64Array {
  const pool = new Float64Array(BINS);
  for (const { name, size, first, counts } of histograms) {
    let left = prefixLength(size, upper);
    if (left > size) {
      throw new ReferenceMaskError(
        `The reference rule fails above 50 %: "${name}" would need its ${left} largest of ${size} values.`,
      );
    }
    for (let step = 0; step < counts.length && left > 0; step++) {
      const bin = sign === 1 ? counts.length - 1 - step : step;
      const taken = Math.min(left, counts[bin]!);
      pool[first + bin]! += taken;
      left -= taken;
    }
  }
  return pool;
}

function poolThreshold(pool: Float64Array, total: number, percent: number, sign: 1 | -1): number {
  if (percent === 0) return NO_THRESHOLD;
  const rank = Math.floor((total * percent) / 100);
  let before = 0;
  for (let step = 0; step < BINS && rank > 0; step++) {
    const pattern = sign === 1 ? BINS - 1 - step : step;
    before += pool[pattern]!;
    if (before >= rank) return sign * fromBfloat16Bits(pattern);
  }
  const size = pool.reduce((sum, count) => sum + count, 0);
  throw new ReferenceMaskError(`The reference rule needs rank ${rank} of a pool of ${size} values.`);
}
