// Where the released script's rule would take another share or other weights than the exact one, how many, and why: its threshold is
// rounded to bfloat16, ties with it are all kept, and the pool it is read from holds only a prefix of each tensor. ALGORITHM §3 (Ref).
import { roundToBfloat16, toBfloat16Bits } from '../halfFloats';
import { countDiffering, countOnes } from './countBits';
import { magnitudeOf } from './deltas';
import type { MagnitudeIndex, RankOrder } from './magnitudeIndex';
import { countAtPercent, selectFromIndex } from './neuronMask';
import {
  prefixLength,
  ReferenceMaskError,
  type ReferenceThresholds,
  type RoundedHistogram,
  selectReferenceFromIndex,
} from './neuronMaskReference';
import { type MaskOptions, type MaskSelection, quantityOf } from './selectMask';
import type { MaskSource } from './source';
import type { Mask } from './tensorKinds';

export interface ReferenceCause {
  /** Which end of the band it moves. */
  edge: 'lower' | 'upper';
  cause: 'ties' | 'rounding' | 'prefix' | 'limit';
  /** How many weights more (or, negative, fewer) the reference mask has for it. */
  more: number;
  /** The cause as a clause, without a number. */
  text: string;
}

export type ReferenceComparison =
  /** The script has no such rule, or fails on the request. */
  | { applies: false; why: string }
  | {
      applies: true;
      /** Of the reference rule. */
      selected: number;
      achievedShare: number;
      /** Reference minus exact; the causes' `more` sum up to it. */
      difference: number;
      /** Weights that one mask has and the other has not. */
      differingBits: number;
      /** Largest effect first; empty when the masks are equal. */
      causes: readonly ReferenceCause[];
      /** Tensors whose prefix is shorter than what they hold above the exact threshold. */
      cutTensors: readonly string[];
      /** One sentence. */
      why: string;
    };

/**
 * The exact mask of the options against the reference rule's in the same scope; for rule "reference" the exact one is "most". Give
 * the selection at hand, so that it is not made twice. Throws what selectMask throws, but ReferenceMaskError.
 */
export function compareWithReference(
  source: MaskSource,
  options: MaskOptions,
  selection: MaskSelection,
): ReferenceComparison {
  const { rule, lower, upper, scope } = options;
  if (rule === 'random' || rule === 'per-tensor') {
    return { applies: false, why: 'The released script has no such rule; it ranks all weights together by |Δ|.' };
  }
  const quantity = quantityOf(rule);
  const order: RankOrder = rule === 'least' ? 'least' : 'most';
  const index = source.index(quantity, scope);
  const reference = source.reference(quantity, scope);
  try {
    const found = selectReferenceFromIndex(reference, { lower, upper, sign: order === 'most' ? 1 : -1 });
    const exact =
      rule === 'reference' ? selectFromIndex(index, { lower, upper, order }).masks : masksOf(selection, index);
    const thresholds = { lower: found.thresholdLower, upper: found.thresholdUpper };
    const edges = bandCauses(index, order, { lower, upper }, thresholds);
    const difference = found.selected - exact.reduce((sum, mask) => sum + countOnes(mask), 0);
    const differingBits = exact.reduce((sum, mask, i) => sum + countDiffering(mask, found.masks[i]!), 0);
    return {
      applies: true,
      selected: found.selected,
      achievedShare: index.total > 0 ? found.selected / index.total : 0,
      difference,
      differingBits,
      causes: differingBits > 0 ? edges : [],
      cutTensors: edges.some(({ cause }) => cause === 'prefix')
        ? cutTensors(index, reference.histograms, order, upper)
        : [],
      why: sentence(difference, differingBits, edges),
    };
  } catch (error) {
    if (error instanceof ReferenceMaskError) return { applies: false, why: error.message };
    throw error;
  }
}

const masksOf = ({ mask }: { mask: Mask }, index: MagnitudeIndex): Uint8Array[] =>
  index.deltas.map(({ name }) => mask.get(name)!);

/** What the causes ask of a ranking. */
export type Ranks = Pick<MagnitudeIndex, 'total' | 'end' | 'around'>;

/** How many entries are at `magnitude` or before it in the order. */
function countTo(index: Ranks, order: RankOrder, magnitude: number): number {
  const { larger, equal } = index.around(magnitude);
  return order === 'most' ? larger + equal : index.total - larger;
}

/** Both ends' causes, largest effect first: `thresholds` are the reference rule's. */
export function bandCauses(
  index: Ranks,
  order: RankOrder,
  { lower, upper }: Pick<MaskOptions, 'lower' | 'upper'>,
  thresholds: ReferenceThresholds,
): ReferenceCause[] {
  return [
    ...edgeCauses(index, order, 'upper', upper, Math.abs(thresholds.upper)),
    ...edgeCauses(index, order, 'lower', lower, Math.abs(thresholds.lower)),
  ].sort((a, b) => Math.abs(b.more) - Math.abs(a.more));
}

/** From k(p) entries to those the script's comparison finds, one cause at a time. */
function edgeCauses(
  index: Ranks,
  order: RankOrder,
  edge: ReferenceCause['edge'],
  percent: number,
  threshold: number,
): ReferenceCause[] {
  const sign = edge === 'upper' ? 1 : -1;
  const causes: ReferenceCause[] = [];
  const add = (cause: ReferenceCause['cause'], weights: number, text: string) => {
    if (weights !== 0) causes.push({ edge, cause, more: sign * weights, text });
  };
  if (percent === 0) {
    // The script's "no threshold" is the number 1e8, which a change may exceed.
    if (order === 'most') add('limit', countTo(index, order, threshold), 'changes of 1e8 and more are never taken');
    return causes;
  }
  const k = countAtPercent(index.total, percent);
  const exact = magnitudeOf(index.end(order, k).bits);
  const inBfloat16 = roundToBfloat16(exact);
  const atRounded = countTo(index, order, inBfloat16);
  const isBeyond = order === 'most' ? inBfloat16 <= exact : inBfloat16 >= exact;
  const ties = isBeyond ? countTo(index, order, exact) - k : 0;
  const where = edge === 'upper' ? 'threshold' : 'lower threshold';
  const consequence = edge === 'upper' ? 'kept' : 'left out';
  add('ties', ties, `weights that tie with the ${where} are all ${consequence}`);
  add('rounding', atRounded - k - ties, `the ${where} is rounded to bfloat16, which has 8 significant bits`);
  const text = `the pool holds only a prefix of each tensor, so the ${where} is read too far down the ranking`;
  add('prefix', countTo(index, order, threshold) - atRounded, text);
  return causes;
}

/** Tensors that hold more entries before the exact threshold than their prefix in the script's pool is long. */
export function cutTensors(
  index: Ranks,
  histograms: readonly RoundedHistogram[],
  order: RankOrder,
  upper: number,
): string[] {
  const k = countAtPercent(index.total, upper);
  const edge = toBfloat16Bits(magnitudeOf(index.end(order, k).bits));
  const isBefore = (pattern: number) => (order === 'most' ? pattern >= edge : pattern <= edge);
  return histograms.flatMap(({ name, size, first, counts }) => {
    let held = 0;
    for (let bin = 0; bin < counts.length; bin++) if (isBefore(first + bin)) held += counts[bin]!;
    return held > prefixLength(size, upper) ? [name] : [];
  });
}

function sentence(difference: number, differingBits: number, causes: readonly ReferenceCause[]): string {
  if (differingBits === 0) return 'The reference rule takes the same weights.';
  const what = difference > 0 ? 'more weights' : difference < 0 ? 'fewer weights' : 'as many, but other weights';
  return `The reference rule takes ${what}: ${causes.map(({ text }) => text).join('; ')}.`;
}
