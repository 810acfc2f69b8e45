// Neuron masks: which scalar parameters may move, chosen by the size of their change |θ′ − θ| during warm-up. The exact global
// rule (default) and random masks; the released script's approximate rule is in neuronMaskReference.ts. Plain typed arrays, no
// tensors. ALGORITHM §3; golden file `topk_mask`.
import type { Rng } from '../rng';
import { bitsOf, MAGNITUDE, magnitudeOf, type TensorDelta } from './deltas';
import { type MagnitudeIndex, magnitudeIndex, type RankEnd, type RankOrder } from './magnitudeIndex';

export interface MaskRule {
  /** Percent of all parameters skipped at the front of the ranking. */
  lower: number;
  /** Percent at which the selection ends: the mask holds ranks [k(lower), k(upper)). */
  upper: number;
  /** Rank by largest change first, or by smallest. */
  order: RankOrder;
}

/** One end of a band: the |change| there, and what became of the entries that have exactly it. */
export interface BandEdge {
  threshold: number;
  /** How many entries have exactly that |change|, and how many of them the mask holds. */
  ties: number;
  taken: number;
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
  /** Where the skipped entries end (null when none is skipped) and where the selected ones do (null when none is selected). */
  edges: { lower: BandEdge | null; upper: BandEdge | null };
}

/** floor(total · percent / 100), immune to rounding just below a whole number (0.29 % of 100 000 is 290). */
export function countAtPercent(total: number, percent: number): number {
  const exact = (total * percent) / 100;
  const nearest = Math.round(exact);
  return Math.abs(exact - nearest) <= 4 * Number.EPSILON * Math.abs(nearest) ? nearest : Math.floor(exact);
}

/** k(lower) and k(upper) of a band. Throws RangeError unless 0 ≤ lower ≤ upper ≤ 100. */
export function bandCounts(total: number, lower: number, upper: number): { kLower: number; kUpper: number } {
  if (!(lower >= 0 && lower <= upper && upper <= 100)) {
    throw new RangeError(`A mask band needs 0 ≤ lower ≤ upper ≤ 100, got ${lower}…${upper} %.`);
  }
  return { kLower: countAtPercent(total, lower), kUpper: countAtPercent(total, upper) };
}

/**
 * The exact rule: all tensors together ranked by |change|, ties by earlier tensor then lower flat index; exactly
 * k(upper) − k(lower) entries with k(p) = floor(N·p/100). Linear time (two radix passes), no sort.
 * Throws RangeError unless 0 ≤ lower ≤ upper ≤ 100, NonFiniteDeltaError for NaN or infinite changes.
 */
export const selectNeurons = (deltas: readonly TensorDelta[], rule: MaskRule): NeuronMask =>
  selectFromIndex(magnitudeIndex(deltas), rule);

/** selectNeurons of a source whose index is at hand: what a slider calls. Throws RangeError for an impossible band. */
export const selectFromIndex = (index: MagnitudeIndex, rule: MaskRule): NeuronMask =>
  atOnce(stepwiseFromIndex(index, rule));

/** A selection whose masks are made a tensor at a time, as they are asked for: in order, and once. */
export interface StepwiseMask extends Omit<NeuronMask, 'masks'> {
  masks: Iterable<Uint8Array>;
}

const atOnce = (stepwise: StepwiseMask): NeuronMask => ({ ...stepwise, masks: [...stepwise.masks] });

/** As selectFromIndex. */
export function stepwiseFromIndex(index: MagnitudeIndex, { lower, upper, order }: MaskRule): StepwiseMask {
  const { kLower, kUpper } = bandCounts(index.total, lower, upper);
  const from = index.end(order, kLower);
  const to = index.end(order, kUpper);
  const selected = kUpper - kLower;
  const edges = bandEdges(from, to, selected);
  return {
    masks: selected > 0 ? fillBand(index.deltas, order, from, to) : emptyMasks(index.deltas),
    selected,
    total: index.total,
    kLower,
    kUpper,
    threshold: edges.upper?.threshold ?? null,
    tiesAtThreshold: edges.upper?.ties ?? 0,
    edges,
  };
}

/** What the ends of a band of `selected` entries say about it. */
export function bandEdges(from: RankEnd, to: RankEnd, selected: number): NeuronMask['edges'] {
  const isOneTie = from.bits === to.bits;
  const taken = isOneTie ? selected : to.taken;
  return {
    lower:
      from.bits < 0
        ? null
        : {
            threshold: magnitudeOf(from.bits),
            ties: from.ties,
            taken: isOneTie ? selected : selected > 0 ? from.ties - from.taken : 0,
          },
    upper: selected > 0 ? { threshold: magnitudeOf(to.bits), ties: to.ties, taken } : null,
  };
}

function* emptyMasks(deltas: readonly TensorDelta[]): Generator<Uint8Array> {
  for (const { values } of deltas) yield new Uint8Array(values.length);
}

/** Keys are the magnitude bits, "least" counts them down, so that larger keys always come first. */
function* fillBand(
  deltas: readonly TensorDelta[],
  order: RankOrder,
  from: RankEnd,
  to: RankEnd,
): Generator<Uint8Array> {
  const flip = order === 'least' ? MAGNITUDE : 0;
  const last = to.bits ^ flip;
  const first = from.bits < 0 ? MAGNITUDE : from.bits ^ flip;
  let skip = from.taken;
  let take = to.taken;
  const fill = (values: Float32Array): Uint8Array => {
    const bits = bitsOf(values);
    const mask = new Uint8Array(values.length);
    for (let i = 0; i < bits.length; i++) {
      const key = (bits[i]! & MAGNITUDE) ^ flip;
      // Which entries are taken cannot be foreseen, so nothing branches on it: last < key < first by the signs of the differences.
      mask[i] = ((last - key) & (key - first)) >>> 31;
      if (key !== last && key !== first) continue;
      if (key === last && take-- <= 0) continue;
      if (key === first && skip-- > 0) continue;
      mask[i] = 1;
    }
    return mask;
  };
  for (const { values } of deltas) yield fill(values);
}

/**
 * `count` entries drawn uniformly without replacement over all tensors (selection sampling, one draw an entry): the control
 * for a mask of equal size. Throws RangeError when `count` exceeds the number of entries.
 */
export const randomNeurons = (sizes: readonly number[], count: number, rng: Rng): Uint8Array[] => [
  ...stepwiseRandom(sizes, count, rng),
];

function* stepwiseRandom(sizes: readonly number[], count: number, rng: Rng): Generator<Uint8Array> {
  let remaining = sizes.reduce((sum, size) => sum + size, 0);
  let needed = count;
  if (!(Number.isInteger(count) && count >= 0 && count <= remaining)) {
    throw new RangeError(`Cannot draw ${count} of ${remaining} entries.`);
  }
  const draw = (size: number): Uint8Array => {
    const mask = new Uint8Array(size);
    for (let i = 0; i < size; i++) {
      if (rng.next() * remaining < needed) {
        mask[i] = 1;
        needed--;
      }
      remaining--;
    }
    return mask;
  };
  for (const size of sizes) yield draw(size);
}

/** As many entries as the band holds, drawn at random. Throws RangeError for an impossible band. */
export const selectRandom = (sizes: readonly number[], band: Pick<MaskRule, 'lower' | 'upper'>, rng: Rng): NeuronMask =>
  atOnce(stepwiseFromChance(sizes, band, rng));

/** As selectRandom. */
export function stepwiseFromChance(
  sizes: readonly number[],
  band: Pick<MaskRule, 'lower' | 'upper'>,
  rng: Rng,
): StepwiseMask {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const { kLower, kUpper } = bandCounts(total, band.lower, band.upper);
  const selected = kUpper - kLower;
  const masks = stepwiseRandom(sizes, selected, rng);
  const edges = { lower: null, upper: null };
  return { masks, selected, total, kLower, kUpper, threshold: null, tiesAtThreshold: 0, edges };
}
