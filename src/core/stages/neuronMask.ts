// Neuron masks: which scalar parameters may move, chosen by the size of their change |θ′ − θ| during warm-up. The exact global
// rule (default) and random masks; the released script's approximate rule is in neuronMaskReference.ts. Plain typed arrays, no
// tensors. ALGORITHM §3; golden file `topk_mask`.
import type { Rng } from '../rng';

/** The change of one parameter tensor, row-major. Only magnitudes matter. */
export interface TensorDelta {
  name: string;
  values: Float32Array;
}

export interface MaskRule {
  /** Percent of all parameters skipped at the front of the ranking. */
  lower: number;
  /** Percent at which the selection ends: the mask holds ranks [k(lower), k(upper)). */
  upper: number;
  /** Rank by largest change first, or by smallest. */
  order: 'most' | 'least';
}

export interface NeuronMask {
  /** 0 or 1 per entry, one array per tensor in the given order. */
  masks: Uint8Array[];
  selected: number;
  total: number;
  kLower: number;
  kUpper: number;
  /** |change| of the last selected entry; null when nothing is selected. */
  threshold: number | null;
  /** How many entries of the model have exactly that |change|. */
  tiesAtThreshold: number;
}

/** A change is NaN or infinite: training diverged, so no ranking exists. */
export class NonFiniteDeltaError extends Error {
  override readonly name = 'NonFiniteDeltaError';
  constructor(
    readonly tensor: string,
    readonly index: number,
  ) {
    super(`The change of "${tensor}" at index ${index} is not a finite number.`);
  }
}

/** floor(total · percent / 100), immune to rounding just below a whole number (0.29 % of 100 000 is 290). */
export function countAtPercent(total: number, percent: number): number {
  const exact = (total * percent) / 100;
  const nearest = Math.round(exact);
  return Math.abs(exact - nearest) <= 4 * Number.EPSILON * Math.abs(nearest) ? nearest : Math.floor(exact);
}

/** θ′ − θ in float32, for tensors of the same names. Throws RangeError for different lengths. */
export function weightDeltas(
  tensors: readonly { name: string; reference: Float32Array; trained: Float32Array }[],
): TensorDelta[] {
  return tensors.map(({ name, reference, trained }) => {
    if (reference.length !== trained.length) throw new RangeError(`"${name}" has two different sizes.`);
    return { name, values: trained.map((value, i) => value - reference[i]!) };
  });
}

// Keys: the 31 magnitude bits of a float32 order like |x|; "least" counts them down, so that larger keys always come first.
const MAGNITUDE = 0x7fffffff;
const NOT_FINITE = 0x7f800000;
const HIGH_BINS = 1 << 16;
const LOW_BITS = 15;

const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

/** The end of "the first k in rank": everything above `key`, and the first `ties` entries equal to it. */
interface RankEnd {
  key: number;
  ties: number;
}

/**
 * The exact rule: all tensors together ranked by |change|, ties by earlier tensor then lower flat index; exactly
 * k(upper) − k(lower) entries with k(p) = floor(N·p/100). Linear time (two radix passes), no sort.
 * Throws RangeError unless 0 ≤ lower ≤ upper ≤ 100, NonFiniteDeltaError for NaN or infinite changes.
 */
export function selectNeurons(deltas: readonly TensorDelta[], rule: MaskRule): NeuronMask {
  if (!(rule.lower >= 0 && rule.lower <= rule.upper && rule.upper <= 100)) {
    throw new RangeError(`A mask band needs 0 ≤ lower ≤ upper ≤ 100, got ${rule.lower}…${rule.upper} %.`);
  }
  const flip = rule.order === 'least' ? MAGNITUDE : 0;
  const total = deltas.reduce((sum, { values }) => sum + values.length, 0);
  const kLower = countAtPercent(total, rule.lower);
  const kUpper = countAtPercent(total, rule.upper);
  const high = highHistogram(deltas, flip);
  const lowerEnd = rankEnd(deltas, flip, high, kLower);
  const upperEnd = rankEnd(deltas, flip, high, kUpper);
  const { masks, tiesAtThreshold } = fillBand(deltas, flip, lowerEnd, upperEnd);
  const selected = kUpper - kLower;
  return {
    masks,
    selected,
    total,
    kLower,
    kUpper,
    threshold: selected > 0 ? magnitudeOf(upperEnd.key ^ flip) : null,
    tiesAtThreshold: selected > 0 ? tiesAtThreshold : 0,
  };
}

const magnitudeOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;

function highHistogram(deltas: readonly TensorDelta[], flip: number): Uint32Array {
  const counts = new Uint32Array(HIGH_BINS);
  for (const { name, values } of deltas) {
    const bits = bitsOf(values);
    for (let i = 0; i < bits.length; i++) {
      const magnitude = bits[i]! & MAGNITUDE;
      if (magnitude >= NOT_FINITE) throw new NonFiniteDeltaError(name, i);
      counts[(magnitude ^ flip) >>> LOW_BITS]!++;
    }
  }
  return counts;
}

function rankEnd(deltas: readonly TensorDelta[], flip: number, high: Uint32Array, k: number): RankEnd {
  if (k === 0) return { key: MAGNITUDE + 1, ties: 0 };
  const [bin, above] = binHolding(high, k);
  const low = new Uint32Array(1 << LOW_BITS);
  const lowMask = low.length - 1;
  for (const { values } of deltas) {
    const bits = bitsOf(values);
    for (let i = 0; i < bits.length; i++) {
      const key = (bits[i]! & MAGNITUDE) ^ flip;
      if (key >>> LOW_BITS === bin) low[key & lowMask]!++;
    }
  }
  const [lowBin, aboveInBin] = binHolding(low, k - above);
  return { key: (bin << LOW_BITS) | lowBin, ties: k - above - aboveInBin };
}

/** The bin of the k-th largest key and how many keys lie in higher bins. */
function binHolding(counts: Uint32Array, k: number): [bin: number, above: number] {
  let above = 0;
  for (let bin = counts.length - 1; bin >= 0; bin--) {
    if (above + counts[bin]! >= k) return [bin, above];
    above += counts[bin]!;
  }
  throw new RangeError(`rank ${k} is beyond the ${above} entries`);
}

function fillBand(deltas: readonly TensorDelta[], flip: number, lower: RankEnd, upper: RankEnd) {
  let lowerTies = 0;
  let upperTies = 0;
  const masks = deltas.map(({ values }) => {
    const bits = bitsOf(values);
    const mask = new Uint8Array(values.length);
    for (let i = 0; i < bits.length; i++) {
      const key = (bits[i]! & MAGNITUDE) ^ flip;
      if (key < upper.key) continue;
      if (key === upper.key && upperTies++ >= upper.ties) continue;
      if (key > lower.key || (key === lower.key && lowerTies++ < lower.ties)) continue;
      mask[i] = 1;
    }
    return mask;
  });
  return { masks, tiesAtThreshold: upperTies };
}

/**
 * `count` entries drawn uniformly without replacement over all tensors (selection sampling, one draw an entry): the control
 * for a mask of equal size. Throws RangeError when `count` exceeds the number of entries.
 */
export function randomNeurons(sizes: readonly number[], count: number, rng: Rng): Uint8Array[] {
  let remaining = sizes.reduce((sum, size) => sum + size, 0);
  let needed = count;
  if (!(Number.isInteger(count) && count >= 0 && count <= remaining)) {
    throw new RangeError(`Cannot draw ${count} of ${remaining} entries.`);
  }
  return sizes.map((size) => {
    const mask = new Uint8Array(size);
    for (let i = 0; i < size; i++) {
      if (rng.next() * remaining < needed) {
        mask[i] = 1;
        needed--;
      }
      remaining--;
    }
    return mask;
  });
}
