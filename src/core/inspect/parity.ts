// The parity badge: the exact mask of a selection against a mask file, bit by bit in one pass over both checkpoints and the file; and,
// where they differ, whether the file is what the released script's rule gives, and why that rule takes other weights. ALGORITHM §3.

import { fromFloat16Bits, toFloat16Bits } from '../halfFloats';
import { bandCauses, cutTensors, type Ranks, type ReferenceCause } from '../masks/compareReference';
import { countDiffering, countOnes } from '../masks/countBits';
import { magnitudeBits } from '../masks/deltas';
import {
  prefixLength,
  ReferenceMaskError,
  type ReferenceThresholds,
  type RoundedHistogram,
  referenceInterval,
  referenceThresholds,
} from '../masks/neuronMaskReference';
import { aroundBfloat, type BfloatCounts, type BfloatTally, bfloatTally, countBelow } from './bfloatCounts';
import { BLOCK, changesInto } from './floats';
import { rawPair } from './magnitudeScan';
import { maskStretch, stretches } from './maskBits';
import { type MaskTensor, type MaskTensors, maskInto } from './maskTensors';
import type { TensorPair } from './pairing';
import { type Chunk, planChunks, type StreamItem, type StreamOptions, streamChunks } from './streamChunks';
import { aroundBits, type StreamedSelection } from './streamSelect';

export interface TensorParity {
  name: string;
  entries: number;
  /** Selected by our mask, and by the file's. */
  ours: number;
  theirs: number;
  differing: number;
  /** Flat index of the first bit that differs. */
  first: number | null;
}

/** A bit that differs. */
export interface DifferingPlace {
  tensor: string;
  index: number;
  /** after − before. */
  change: number;
  inOurs: boolean;
}

export interface MaskProblem {
  name: string;
  /** missing: not in the file. extra: only there. shape: of another shape there. */
  problem: 'missing' | 'extra' | 'shape';
  expected: readonly number[] | null;
  found: readonly number[] | null;
}

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

/** How many differing places are named. */
const MOST_PLACES = 20;

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

/** A tensor of the pass. */
interface ComparedItem {
  pair: TensorPair;
  /** null where the file lacks it: the script's rule ranks it all the same. */
  mask: MaskTensor | null;
  name: string;
  /** Place among the scan's pairs; null out of scope. */
  place: number | null;
  isTied: boolean;
}

function comparedItems({ scan }: StreamedSelection, { tensors }: MaskTensors) {
  const { pairs, tied } = scan.pairing;
  const ofFile = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const places = new Map(scan.pairs.map(({ name }, i) => [name, i]));
  const byName = new Map(pairs.map((pair) => [pair.name, pair]));
  const problems: MaskProblem[] = [];
  const items: ComparedItem[] = [];
  const add = (name: string, pair: TensorPair, isTied: boolean) => {
    const found = ofFile.get(name) ?? null;
    ofFile.delete(name);
    if (!found && isTied) return;
    const fits = found !== null && sameShape(found.shape, pair.shape);
    if (!found) problems.push({ name, problem: 'missing', expected: pair.shape, found: null });
    else if (!fits) problems.push({ name, problem: 'shape', expected: pair.shape, found: found.shape });
    const place = places.get(pair.name) ?? null;
    if (fits || place !== null) items.push({ pair, mask: fits ? found : null, name, place, isTied });
  };
  for (const pair of pairs) add(pair.name, pair, false);
  for (const { name, sameAs } of tied) {
    const pair = byName.get(sameAs);
    if (pair) add(name, pair, true);
  }
  for (const { name, shape } of ofFile.values())
    problems.push({ name, problem: 'extra', expected: null, found: shape });
  return { items, problems };
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i]);

interface Comparison {
  visit: (chunk: Chunk, bytes: readonly Uint8Array[]) => void;
  tensors: TensorParity[];
  places: DifferingPlace[];
  /** Of the tensors that the file has, and of those that it lacks. */
  tally: BfloatTally;
  lacking: BfloatTally;
  histograms: RoundedHistogram[];
  sign: 1 | -1;
}

const floats = new Float32Array(BLOCK);
const bits = new Int32Array(floats.buffer);

function startComparison(
  selection: StreamedSelection,
  items: readonly ComparedItem[],
  chunks: readonly Chunk[],
): Comparison {
  const sign = selection.order === 'most' ? 1 : -1;
  const [tally, lacking] = [bfloatTally(sign), bfloatTally(sign)];
  const histograms: RoundedHistogram[] = [];
  const places: DifferingPlace[] = [];
  const tensors = items.map(({ name, pair }): TensorParity => {
    return { name, entries: pair.size, ours: 0, theirs: 0, differing: 0, first: null };
  });
  const most = chunks.reduce((size, { begin, end }) => Math.max(size, end - begin), 0);
  const theirs = new Uint8Array(most);
  const ours = new Uint8Array(BLOCK);
  const visit = (chunk: Chunk, bytes: readonly Uint8Array[]): void => {
    const { pair, mask, place } = items[chunk.item]!;
    const size = chunk.end - chunk.begin;
    const [before, after] = rawPair(pair, bytes);
    if (mask) maskInto(mask, bytes[2]!, chunk.begin, size, theirs);
    else theirs.fill(0, 0, size);
    for (let at = 0; at < size; at += BLOCK) {
      const count = Math.min(BLOCK, size - at);
      changesInto(before, after, at, count, floats);
      if (mask) {
        const index = chunk.begin + at;
        oursInto(selection, place, index, count, ours);
        compareBlock(tensors[chunk.item]!, ours.subarray(0, count), theirs.subarray(at, at + count), index, places);
      }
      if (place === null) continue;
      roundAsStored(pair, count);
      (mask ? tally : lacking).add(bits, theirs, at, count);
    }
    if (chunk.end < pair.size || place === null) return;
    histograms.push(
      (mask ? tally : lacking).endTensor(pair.name, pair.size, prefixLength(pair.size, selection.rule.upper)),
    );
  };
  return { visit, tensors, places, tally, lacking, histograms, sign };
}

/** The script subtracts in the dtype of the checkpoints: where both are of 16 bits, its changes have no more. */
function roundAsStored({ before, after }: TensorPair, count: number): void {
  if (before.dtype !== after.dtype) return;
  if (before.dtype === 'BF16') {
    for (let i = 0; i < count; i++) bits[i] = (bits[i]! + 0x7fff + ((bits[i]! >>> 16) & 1)) & 0xffff0000;
  } else if (before.dtype === 'F16') {
    for (let i = 0; i < count; i++) floats[i] = fromFloat16Bits(toFloat16Bits(floats[i]!));
  }
}

/** Our bits of the block whose changes are in `bits`. */
function oursInto(
  selection: StreamedSelection,
  place: number | null,
  begin: number,
  count: number,
  out: Uint8Array,
): void {
  if (place === null) {
    out.fill(0, 0, count);
    return;
  }
  for (const stretch of stretches(selection, place, begin, begin + count)) {
    const from = stretch.begin - begin;
    maskStretch(stretch, bits, from, stretch.end - stretch.begin, out, from);
  }
}

function compareBlock(
  tensor: TensorParity,
  ours: Uint8Array,
  theirs: Uint8Array,
  begin: number,
  places: DifferingPlace[],
): void {
  const aligned = theirs.byteOffset % 4 === 0 ? theirs : theirs.slice();
  tensor.ours += countOnes(ours);
  tensor.theirs += countOnes(aligned);
  const differing = countDiffering(ours, aligned);
  tensor.differing += differing;
  for (let i = 0, left = differing; left > 0; i++) {
    if (ours[i] === aligned[i]) continue;
    left--;
    tensor.first ??= begin + i;
    if (places.length >= MOST_PLACES) return;
    places.push({ tensor: tensor.name, index: begin + i, change: floats[i]!, inOurs: ours[i] === 1 });
  }
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
    why: sentence(differing, problems, countedTwice, reference),
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
  const within = (counts: BfloatTally['all']) => Math.max(0, countBelow(counts, end) - countBelow(counts, from));
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

function sentence(
  differing: number,
  problems: readonly MaskProblem[],
  countedTwice: readonly string[],
  reference: ReferenceParity,
): string {
  const left = problems.length > 0 ? ` ${problems.length} tensors could not be compared.` : '';
  if (differing === 0) return `All bits are equal.${left}`;
  const what = `${differing} ${differing === 1 ? 'bit differs' : 'bits differ'}`;
  if (!reference.applies)
    return `${what}; the released script cannot have made it in this band: ${reference.why}${left}`;
  if (reference.differing > 0) {
    const share = `${reference.differing} from the released script’s rule on these checkpoints too`;
    return `${what}, and ${share}: the file was made from other checkpoints, another band or other tensors.${left}`;
  }
  const causes = reference.causes.map(({ text }) => text).join('; ');
  const twice = `it counts tied tensors twice (${countedTwice.join(', ')})`;
  const why = countedTwice.length > 0 ? twice : causes;
  return `${what}: the file is what the released script’s rule gives on these checkpoints. ${capital(why)}.${left}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
