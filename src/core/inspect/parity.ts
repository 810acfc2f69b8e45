// The parity badge: the exact mask of a selection against a mask file, bit by bit in one pass over both checkpoints and the file
// (maskComparison.ts); and, where they differ, whether the file is what the released script's rule gives, and why that rule takes other
// weights. ALGORITHM §3.
import { bandCauses, cutTensors, type Ranks, type ReferenceCause } from '../masks/compareReference';
import { magnitudeBits } from '../masks/deltas';
import {
  ReferenceMaskError,
  type ReferenceThresholds,
  referenceInterval,
  referenceThresholds,
} from '../masks/neuronMaskReference';
import { aroundBfloat, type BfloatCounts, countBelow } from './bfloatCounts';
import {
  type ComparedItem,
  type Comparison,
  comparedItems,
  type DifferingPlace,
  type MaskProblem,
  startComparison,
  type TensorParity,
} from './maskComparison';
import type { MaskTensors } from './maskTensors';
import { planChunks, type StreamItem, type StreamOptions, streamChunks } from './streamChunks';
import { aroundBits, type StreamedSelection } from './streamSelect';

export type ReferenceParity =
  /** The script fails on this request. */
  | { applies: false; why: string }
  | {
      applies: true;
      thresholds: ReferenceThresholds;
      /** Of the compared tensors, by the script's rule. */
      selected: number;
      /** Bits that the file and the script's rule, worked out here, do not share. */
      differing: number;
      /** Why the rule takes other weights than ours; empty where tied tensors are counted twice. */
      causes: readonly ReferenceCause[];
      /** Tensors whose prefix in the script's pool is too short. */
      cutTensors: readonly string[];
    };

export interface MaskParity {
  /** All bits of all tensors, and no tensor is missing or left over. */
  equal: boolean;
  /** Entries of the tensors that both have. */
  compared: number;
  ours: number;
  theirs: number;
  differing: number;
  tensors: readonly TensorParity[];
  /** The first few, in order. */
  places: readonly DifferingPlace[];
  problems: readonly MaskProblem[];
  /** Tied tensors that the file lists under their own names too: the script counts them in N again. */
  countedTwice: readonly string[];
  reference: ReferenceParity;
  /** One or two sentences. */
  why: string;
}

/** What of the script's file name says its band: "lper0_rper5.bin". null for other names. */
export function bandOfFileName(name: string): { lower: number; upper: number } | null {
  const found = /lper(\d{1,3})_rper(\d{1,3})(?!\d)/.exec(name);
  if (!found) return null;
  const [lower, upper] = [Number(found[1]), Number(found[2])];
  return lower <= upper && upper <= 100 ? { lower, upper } : null;
}

/**
 * Compare. The rule's percentages and order are the selection's. Throws FileError for a value of the mask that is neither 0 nor 1 or a
 * file that cannot be read, and the signal's reason.
 */
export async function maskParity(
  selection: StreamedSelection,
  mask: MaskTensors,
  options: StreamOptions = {},
): Promise<MaskParity> {
  const { items, problems } = comparedItems(selection, mask);
  const { before, after } = selection.scan.pairing;
  const streamed = items.map(({ pair, mask: file }): StreamItem => {
    const parts = [
      { checkpoint: before, tensor: pair.before },
      { checkpoint: after, tensor: pair.after },
    ];
    return { size: pair.size, parts: file ? [...parts, file] : parts };
  });
  const chunks = planChunks(streamed, options.chunkBytes);
  const comparison = startComparison(selection, items, chunks);
  await streamChunks(streamed, chunks, comparison.visit, options);
  return conclude(selection, items, problems, comparison);
}

function conclude(
  selection: StreamedSelection,
  items: readonly ComparedItem[],
  problems: readonly MaskProblem[],
  comparison: Comparison,
): MaskParity {
  const tensors = comparison.tensors.filter((_, i) => items[i]!.mask !== null);
  const sum = (of: (tensor: TensorParity) => number) => tensors.reduce((total, tensor) => total + of(tensor), 0);
  const differing = sum(({ differing: bits }) => bits);
  const countedTwice = items.flatMap(({ name, isTied }) => (isTied ? [name] : []));
  const reference = referenceParity(selection, items, comparison, countedTwice.length > 0);
  const equal = differing === 0 && problems.length === 0;
  return {
    equal,
    compared: sum(({ entries }) => entries),
    ours: sum(({ ours }) => ours),
    theirs: sum(({ theirs }) => theirs),
    differing,
    tensors,
    places: comparison.places,
    problems,
    countedTwice,
    reference,
    why: tensors.length === 0 ? NOTHING_COMPARED : sentence(differing, problems, countedTwice, reference),
  };
}

function referenceParity(
  selection: StreamedSelection,
  items: readonly ComparedItem[],
  { tally, lacking, histograms, sign, tensors }: Comparison,
  isTwice: boolean,
): ReferenceParity {
  const { lower, upper, order } = selection.rule;
  const ranked = histograms.reduce((total, { size }) => total + size, 0);
  let thresholds: ReferenceThresholds;
  try {
    thresholds = referenceThresholds({ histograms, total: ranked }, { lower, upper, sign });
  } catch (error) {
    if (error instanceof ReferenceMaskError) return { applies: false, why: error.message };
    throw error;
  }
  const { from, end } = referenceInterval(sign, thresholds);
  const within = (counts: BfloatCounts) => Math.max(0, countBelow(counts, end) - countBelow(counts, from));
  const selected = within(tally.all);
  // Tensors out of scope: the rule takes none of them.
  const outside = tensors.reduce((total, { theirs }, i) => total + (items[i]!.place === null ? theirs : 0), 0);
  const theirs = tally.taken.begins.reduce((total, count) => total + count, 0);
  const differing = selected + theirs - 2 * within(tally.taken) + outside;
  const ranks = ranksOf(selection, [tally.all, lacking.all]);
  const causes = isTwice ? [] : bandCauses(ranks, order, { lower, upper }, thresholds);
  const isCut = causes.some(({ cause }) => cause === 'prefix');
  const cut = isCut ? cutTensors(ranks, histograms, order, upper) : [];
  return { applies: true, thresholds, selected, differing, causes, cutTensors: cut };
}

/** The selection as a ranking: it is asked for its own ends, and about its thresholds and bfloat16 numbers. */
function ranksOf(selection: StreamedSelection, counts: readonly BfloatCounts[]): Ranks {
  return {
    total: selection.total,
    end(order, k) {
      const found = [selection.from, selection.to].find((end) => end.k === k);
      if (!found || order !== selection.order) throw new RangeError(`The selection has no end at rank ${k}.`);
      return found;
    },
    around(magnitude) {
      const at = magnitudeBits(magnitude);
      return aroundBfloat(counts, at) ?? aroundBits(selection, at);
    },
  };
}

const NOTHING_COMPARED =
  'No tensor of the file has the name and shape of one of the checkpoints, so nothing was compared. Choose the mask of this model.';

function sentence(
  differing: number,
  problems: readonly MaskProblem[],
  countedTwice: readonly string[],
  reference: ReferenceParity,
): string {
  const { length: count } = problems;
  const left = count > 0 ? ` ${thousands(count)} ${count === 1 ? 'tensor' : 'tensors'} could not be compared.` : '';
  if (differing === 0) return count > 0 ? `All bits that were compared are equal.${left}` : 'All bits are equal.';
  const what = `${thousands(differing)} ${differing === 1 ? 'bit differs' : 'bits differ'}`;
  if (!reference.applies)
    return `${what}; the released script cannot have made it in this band: ${reference.why}${left}`;
  if (reference.differing > 0) {
    const share = `${thousands(reference.differing)} from the released script’s rule on these checkpoints too`;
    return `${what}, and ${share}: the file was made from other checkpoints, another band or other tensors.${left}`;
  }
  const causes = reference.causes.map(({ text }) => text).join('; ');
  const twice = `it counts tied tensors twice (${countedTwice.join(', ')})`;
  const why = countedTwice.length > 0 ? twice : causes;
  return `${what}: the file is what the released script’s rule gives on these checkpoints. ${capital(why)}.${left}`;
}

/** With thin spaces, as everywhere in the page. */
const thousands = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
