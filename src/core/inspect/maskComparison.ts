// What the parity badge's one pass finds: our bits of a selection and a mask file's side by side, tensor by tensor, and the counts from
// which parity.ts tells the released script's rule.
import { fromFloat16Bits, toFloat16Bits } from '../halfFloats';
import { countDiffering, countOnes } from '../masks/countBits';
import { prefixLength, type RoundedHistogram } from '../masks/neuronMaskReference';
import { type BfloatTally, bfloatTally } from './bfloatCounts';
import { BLOCK, changesInto } from './floats';
import { rawPair } from './magnitudeScan';
import { maskStretch, stretches } from './maskBits';
import { type MaskTensor, type MaskTensors, maskInto } from './maskTensors';
import type { TensorPair } from './pairing';
import type { Chunk } from './streamChunks';
import type { StreamedSelection } from './streamSelect';

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

/** How many differing places are named. */
const MOST_PLACES = 20;

/** A tensor of the pass. */
export interface ComparedItem {
  pair: TensorPair;
  /** null where the file lacks it: the script's rule ranks it all the same. */
  mask: MaskTensor | null;
  name: string;
  /** Place among the scan's pairs; null out of scope. */
  place: number | null;
  isTied: boolean;
}

/** Tensors to compare, in order, and what only one side has. */
export function comparedItems({ scan }: StreamedSelection, { tensors }: MaskTensors) {
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

/** What the pass does, and what it finds. */
export interface Comparison {
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

/** A pass to be made over `chunks`, which are of `items`: both files and, where the item has one, the mask. */
export function startComparison(
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
