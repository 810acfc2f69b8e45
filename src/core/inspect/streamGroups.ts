// What selections of whole rows, columns and attention heads would take of two checkpoints, and how concentrated the change is: one more
// pass over both files. It keeps a sum of squares and a count of each group, never a mask; groups.ts ranks them as it does in memory.
import { summedAgreement } from '../masks/agreement';
import { MAGNITUDE } from '../masks/deltas';
import {
  firstGroups,
  type GroupBy,
  type GroupLayout,
  type GroupRow,
  groupLayout,
  groupRow,
  groupSize,
  orderGroups,
} from '../masks/groups';
import { HIGH_BINS, LOW_BITS } from '../masks/magnitudeIndex';
import { matrixShape } from '../masks/tensorKinds';
import { BLOCK, changesInto } from './floats';
import { pairItems, rawPair } from './magnitudeScan';
import { maskStretch, stretches } from './maskBits';
import type { CheckpointPairing, TensorPair } from './pairing';
import { type Chunk, planChunks, type StreamOptions, streamChunks } from './streamChunks';
import type { StreamedSelection } from './streamSelect';

/** Sums and counts take 12 bytes a group, their order 4 and as much again while it is made. */
export const MOST_GROUPS = 6_000_000;
const KINDS = ['output', 'input', 'head'] as const satisfies readonly GroupBy[];

export interface StreamedGroups {
  /** By head only where the width of one is known. */
  rows: readonly GroupRow[];
  /** Σ Δ² over the entries of each pattern of the upper 16 magnitude bits: what a Lorenz curve is drawn from. */
  squares: Float64Array;
}

/** The same pairs with only those in scope that fall into heads. Throws RangeError where all groups together are too many. */
export function headPairing(pairing: CheckpointPairing, headWidth: number | null): CheckpointPairing {
  const ranked = pairing.pairs.filter(({ inScope }) => inScope);
  const layouts = ranked.flatMap((pair) => KINDS.map((by) => groupLayout(pair, by, headWidth)));
  const groups = layouts.reduce((sum, layout) => sum + (layout?.groups ?? 0), 0);
  if (groups > MOST_GROUPS) {
    throw new RangeError(
      `These tensors have ${groups} rows, columns and heads; up to ${MOST_GROUPS} are ranked here. Leave embeddings or the head out.`,
    );
  }
  const pairs = pairing.pairs.map((pair) => {
    const layout = groupLayout(pair, 'head', headWidth);
    return { ...pair, inScope: pair.inScope && layout !== null && layout.groups > 0 };
  });
  return { ...pairing, pairs };
}

/**
 * Groups of the tensors that `single` ranks, and of the heads among them that `ofHeads` ranks: selections of the same share, most changed
 * first and from the first rank on. Throws RangeError for other selections, FileError where a file cannot be read, and the signal's reason.
 */
export async function streamGroups(
  single: StreamedSelection,
  ofHeads: StreamedSelection | null,
  headWidth: number | null,
  options: StreamOptions = {},
): Promise<StreamedGroups> {
  for (const { order, kLower } of ofHeads ? [single, ofHeads] : [single]) {
    if (order !== 'most' || kLower > 0) throw new RangeError('Groups are held against the most changed weights.');
  }
  const { pairing, pairs } = single.scan;
  const headPlaces = new Map(ofHeads?.scan.pairs.map(({ name }, i) => [name, i]));
  const squares = new Float64Array(HIGH_BINS);
  const sums = pairs.map((pair) => lineSums(pair, headPlaces.get(pair.name) ?? null));
  const visit = ({ item, begin, end }: Chunk, bytes: readonly Uint8Array[]): void => {
    const [before, after] = rawPair(pairs[item]!, bytes);
    const own = sums[item]!;
    for (let at = begin; at < end; at += BLOCK) {
      const count = Math.min(BLOCK, end - at);
      changesInto(before, after, at - begin, count, floats);
      maskInto(single, item, at, count);
      addSquares(own, at, count, squares);
      addBits(own.columns, own.single, at, count);
      if (!own.head || !ofHeads) continue;
      maskInto(ofHeads, own.head.place, at, count);
      addBits(own.columns, own.head, at, count);
    }
  };
  const items = pairItems(pairing, pairs);
  await streamChunks(items, planChunks(items, options.chunkBytes), visit, options);
  const percent = single.rule.upper;
  const kinds = ofHeads ? KINDS : (['output', 'input'] as const);
  return { rows: kinds.map((by) => rowOf(by, pairs, sums, headWidth, percent)), squares };
}

/** Counts of each row and column of a tensor. */
interface LineCounts {
  rows: Uint32Array;
  columns: Uint32Array;
}

interface LineSums {
  columns: number;
  /** Σ Δ². */
  rowSquares: Float64Array;
  columnSquares: Float64Array;
  /** Weights that the selections hold: among all tensors, among those with heads. */
  single: LineCounts;
  head: (LineCounts & { place: number }) | null;
}

function lineSums(pair: TensorPair, headPlace: number | null): LineSums {
  const { rows, columns } = matrixShape(pair);
  const counts = (): LineCounts => ({ rows: new Uint32Array(rows), columns: new Uint32Array(columns) });
  return {
    columns,
    rowSquares: new Float64Array(rows),
    columnSquares: new Float64Array(columns),
    single: counts(),
    head: headPlace === null ? null : { ...counts(), place: headPlace },
  };
}

const floats = new Float32Array(BLOCK);
const bits = new Int32Array(floats.buffer);
const mask = new Uint8Array(BLOCK);

/** The selection's bits of the block whose changes are in `bits`. */
function maskInto(selection: StreamedSelection, place: number, at: number, count: number): void {
  if (selection.selected === 0) {
    mask.fill(0, 0, count);
    return;
  }
  for (const stretch of stretches(selection, place, at, at + count)) {
    const from = stretch.begin - at;
    maskStretch(stretch, bits, from, stretch.end - stretch.begin, mask, from);
  }
}

/** In reading order, as groups.ts and magnitudeIndex.ts sum them: the same numbers to the last bit. */
function addSquares(
  { columns, rowSquares, columnSquares }: LineSums,
  at: number,
  count: number,
  squares: Float64Array,
): void {
  let [row, column] = [Math.floor(at / columns), at % columns];
  for (let begin = 0; begin < count; row++, column = 0) {
    const end = Math.min(count, begin + columns - column);
    const shift = column - begin;
    let sum = rowSquares[row]!;
    for (let i = begin; i < end; i++) {
      const value = floats[i]!;
      const square = value * value;
      sum += square;
      columnSquares[i + shift]! += square;
      squares[(bits[i]! & MAGNITUDE) >>> LOW_BITS]! += square;
    }
    rowSquares[row] = sum;
    begin = end;
  }
}

function addBits(columns: number, counts: LineCounts, at: number, count: number): void {
  let [row, column] = [Math.floor(at / columns), at % columns];
  for (let begin = 0; begin < count; row++, column = 0) {
    const end = Math.min(count, begin + columns - column);
    const shift = column - begin;
    let ones = 0;
    for (let i = begin; i < end; i++) {
      const bit = mask[i]!;
      ones += bit;
      counts.columns[i + shift]! += bit;
    }
    counts.rows[row]! += ones;
    begin = end;
  }
}

function rowOf(
  by: GroupBy,
  pairs: readonly TensorPair[],
  sums: readonly LineSums[],
  headWidth: number | null,
  percent: number,
): GroupRow {
  const tensors = pairs.flatMap((spec, i) => {
    const layout = groupLayout(spec, by, headWidth);
    if (!layout || layout.groups === 0) return [];
    const own = sums[i]!;
    const counts = by === 'head' ? own.head! : own.single;
    const isRow = layout.axis === 'row';
    const size = groupSize({ spec, ...layout });
    const scores = folded(isRow ? own.rowSquares : own.columnSquares, layout).map((sum) => sum / size);
    return [{ ...layout, spec, scores, size, lines: isRow ? counts.rows : counts.columns, ones: sumOf(counts.rows) }];
  });
  const first = firstGroups(orderGroups(by, tensors), percent);
  const counts = tensors.map(({ spec, size, lines, ones, ...layout }, i) => {
    const { flags, taken } = first.tensors[i]!;
    const both = folded(lines, layout).reduce((sum, count, group) => sum + flags[group]! * count, 0);
    return { name: spec.name, entries: spec.size, a: taken * size, b: ones, both };
  });
  return groupRow(first, summedAgreement(counts).overall);
}

const sumOf = (counts: Uint32Array): number => counts.reduce((sum, count) => sum + count, 0);

/** Neighbouring lines together; a rest that fills no group is left out. */
function folded(lines: Float64Array | Uint32Array, { width, groups }: GroupLayout): Float64Array {
  const sums = new Float64Array(groups);
  for (let i = 0; i < groups * width; i++) sums[Math.floor(i / width)]! += lines[i]!;
  return sums;
}
