// What a matrix looks like when a pixel covers many cells: for blocks of 2, 4, 8 … rows and columns the mean, whether any cell is set,
// the value of largest magnitude, or the commonest category, and how many cells are not finite. Never a sample. Pure; fits a worker.

/**
 * `any`: 1 when a cell of the block is not 0. `mean`: of the finite cells. `peak`: the finite value of largest magnitude, with its
 * sign. `commonest`: the most frequent code 1, 2 or 3 (the larger code in a tie), 0 only when every cell is 0.
 */
export type Statistic = 'any' | 'mean' | 'peak' | 'commonest';

type Counts = Uint8Array | Uint16Array | Uint32Array;

/** Blocks of `block` × `block` cells, row-major; those at the right and lower edge hold fewer. */
export interface PyramidLevel {
  block: number;
  rows: number;
  columns: number;
  /** Set cells (`any` and `mean` of a Uint8Array of zeros and ones), or cells per code 1, 2, 3 (`commonest`). */
  counts: readonly Counts[];
  /** Sums (`mean`) or peaks of the finite cells. */
  values: Float32Array | null;
  /** Cells that are not finite; null while there are none. */
  nonFinite: Counts | null;
}

export interface Pyramid {
  rows: number;
  columns: number;
  statistic: Statistic;
  /** From block 2 up; the last level is one block. Empty for a single cell. Levels that were left out hold no arrays. */
  levels: readonly PyramidLevel[];
}

/** Sides and sizes of all levels, cells first; `least` levels above them even where the last ones are the same block. */
export function levelSizes(
  rows: number,
  columns: number,
  least = 0,
): { block: number; rows: number; columns: number }[] {
  const sizes = [{ block: 1, rows, columns }];
  for (let last = sizes[0]!; last.rows > 1 || last.columns > 1 || sizes.length <= least; sizes.push(last)) {
    last = { block: last.block * 2, rows: Math.ceil(last.rows / 2), columns: Math.ceil(last.columns / 2) };
  }
  return sizes;
}

const countsFor = (block: number, size: number): Counts =>
  block < 16 ? new Uint8Array(size) : block < 256 ? new Uint16Array(size) : new Uint32Array(size);

const isByteSource = (data: Float32Array | Uint8Array): data is Uint8Array => data instanceof Uint8Array;

/** Cells a slice adds at most, so that a caller can give the page its turn. */
const CELLS_A_SLICE = 1 << 19;

/**
 * Grows a pyramid from rows that come in any order, each exactly once: tile by tile, file part by file part. Float cells may hold
 * anything; byte cells are 0 or 1 (`any`, `mean`), 0…255 (`peak`), codes 0…3 (`commonest`).
 */
export class PyramidBuilder {
  private readonly levels: PyramidLevel[];
  private rowsAdded = 0;

  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly statistic: Statistic,
    private readonly bytes: boolean,
    /** The first level kept. Rows must then be added in parts that begin at its blocks and end at them or with the matrix. */
    private readonly finest = 1,
    /** Levels there are at least. */
    least = finest > 1 ? finest : 0,
  ) {
    const counted = statistic === 'commonest' ? 3 : statistic === 'any' || (statistic === 'mean' && bytes) ? 1 : 0;
    this.levels = levelSizes(rows, columns, least)
      .slice(1)
      .map((size, i) => {
        if (i + 1 < finest) return { ...size, counts: [], values: null, nonFinite: null };
        const blocks = size.rows * size.columns;
        const counts = Array.from({ length: counted }, () => countsFor(size.block, blocks));
        return { ...size, counts, values: counted > 0 ? null : new Float32Array(blocks), nonFinite: null };
      });
  }

  /** Adds whole rows from `from` on. Throws RangeError when the cells are no whole rows or lie outside the matrix. */
  *addRows(from: number, cells: Float32Array | Uint8Array): Generator<void, void> {
    const rows = cells.length / this.columns;
    if (!Number.isInteger(rows) || from < 0 || from + rows > this.rows) {
      throw new RangeError(`${cells.length} cells from row ${from} on do not fit ${this.rows} × ${this.columns}.`);
    }
    this.rowsAdded += rows;
    if (this.finest > 1) {
      yield* this.addCoarse(from, rows, cells);
      return;
    }
    const level = this.levels[0];
    if (!level) return;
    const rowsASlice = Math.max(1, Math.floor(CELLS_A_SLICE / this.columns));
    for (let row = 0; row < rows; row += rowsASlice) {
      const part = cells.subarray(row * this.columns, (row + rowsASlice) * this.columns);
      addCells(level, this.statistic, part, from + row, this.columns);
      yield;
    }
  }

  /** The finer levels live no longer than their rows. */
  private *addCoarse(from: number, rows: number, cells: Float32Array | Uint8Array): Generator<void, void> {
    const level = this.levels[this.finest - 1]!;
    if (from % level.block !== 0 || (rows % level.block !== 0 && from + rows !== this.rows)) {
      throw new RangeError(`Rows ${from} to ${from + rows} are no whole blocks of ${level.block}.`);
    }
    const part = new PyramidBuilder(rows, this.columns, this.statistic, this.bytes, 1, this.finest);
    yield* part.addRows(0, cells);
    const found = (yield* part.finish()).levels[this.finest - 1]!;
    const at = (from / level.block) * level.columns;
    for (const [i, counts] of level.counts.entries()) counts.set(found.counts[i]!, at);
    if (found.values) level.values?.set(found.values, at);
    if (!found.nonFinite) return;
    level.nonFinite ??= countsFor(level.block, level.rows * level.columns);
    level.nonFinite.set(found.nonFinite, at);
  }

  /** Builds the coarser levels. Throws RangeError while rows are missing. */
  *finish(): Generator<void, Pyramid> {
    const { rows, columns, statistic, levels } = this;
    if (this.rowsAdded !== rows) throw new RangeError(`${this.rowsAdded} of ${rows} rows were added.`);
    for (let i = this.finest; i < levels.length; i++) {
      const below = levels[i - 1]!;
      const rowsASlice = Math.max(1, Math.floor(CELLS_A_SLICE / below.columns));
      for (let row = 0; row < below.rows; row += rowsASlice) {
        addBlocks(levels[i]!, below, statistic, row, Math.min(below.rows, row + rowsASlice));
        yield;
      }
    }
    return { rows, columns, statistic, levels };
  }
}

function noteNonFinite(level: PyramidLevel, at: number, count: number): void {
  level.nonFinite ??= countsFor(level.block, level.rows * level.columns);
  level.nonFinite[at] = level.nonFinite[at]! + count;
}

const larger = (a: number, b: number): number => (Math.abs(b) > Math.abs(a) ? b : a);

function addCells(
  level: PyramidLevel,
  statistic: Statistic,
  cells: Float32Array | Uint8Array,
  first: number,
  columns: number,
) {
  const codes = statistic === 'commonest';
  const peak = statistic === 'peak';
  const [single] = level.counts;
  const { values } = level;
  const canBeNonFinite = !isByteSource(cells);
  if (single && !codes && !canBeNonFinite) {
    addCounts(single, level.columns, cells, 0, columns, first, first + cells.length / columns);
    return;
  }
  for (let i = 0, row = first; i < cells.length; row++) {
    const start = (row >> 1) * level.columns;
    for (let column = 0; column < columns; column++, i++) {
      const cell = cells[i]!;
      if (cell === 0) continue;
      const at = start + (column >> 1);
      if (canBeNonFinite && !Number.isFinite(cell)) {
        noteNonFinite(level, at, 1);
        continue;
      }
      if (values) values[at] = peak ? larger(values[at]!, cell) : values[at]! + cell;
      else {
        const counts = codes ? level.counts[cell - 1] : single;
        if (counts) counts[at] = counts[at]! + 1;
      }
    }
  }
}

/**
 * Counts of rows `row … end − 1`, the first at `start`, two columns at a time. Which cells are set cannot be foreseen, so nothing branches
 * on them.
 */
function addCounts(to: Counts, across: number, from: Counts, start: number, columns: number, row: number, end: number) {
  const even = columns & ~1;
  for (let i = start; row < end; row++) {
    let at = (row >> 1) * across;
    for (const last = i + even; i < last; i += 2, at++) to[at] = to[at]! + from[i]! + from[i + 1]!;
    if (even < columns) {
      to[at] = to[at]! + from[i]!;
      i++;
    }
  }
}

function addBlocks(level: PyramidLevel, below: PyramidLevel, statistic: Statistic, from: number, to: number): void {
  const peak = statistic === 'peak';
  for (const [k, counts] of level.counts.entries()) {
    addCounts(counts, level.columns, below.counts[k]!, from * below.columns, below.columns, from, to);
  }
  if (!level.values && !below.nonFinite) return;
  for (let row = from; row < to; row++) {
    for (let column = 0; column < below.columns; column++) {
      const source = row * below.columns + column;
      const target = (row >> 1) * level.columns + (column >> 1);
      if (level.values && below.values) {
        const value = below.values[source]!;
        level.values[target] = peak ? larger(level.values[target]!, value) : level.values[target]! + value;
      }
      if (below.nonFinite && below.nonFinite[source]! > 0) noteNonFinite(level, target, below.nonFinite[source]!);
    }
  }
}

/** A pyramid from an array, in slices. Throws RangeError when the array's length is not rows × columns. */
export function* pyramidSlices(
  cells: Float32Array | Uint8Array,
  rows: number,
  columns: number,
  statistic: Statistic,
): Generator<void, Pyramid> {
  if (cells.length !== rows * columns) {
    throw new RangeError(`A ${rows} × ${columns} matrix needs ${rows * columns} cells, got ${cells.length}.`);
  }
  const builder = new PyramidBuilder(rows, columns, statistic, isByteSource(cells));
  yield* builder.addRows(0, cells);
  return yield* builder.finish();
}

/** Runs a generator to its end without a pause. */
export function runThrough<T>(slices: Generator<void, T>): T {
  for (;;) {
    const step = slices.next();
    if (step.done) return step.value;
  }
}

/**
 * A pyramid from rows that are read part by part (a file, a worker's memory); the parts are never held together. With `finest` its first
 * levels are left out: a matrix of a hundred million cells fits into what is kept of it. It has `least` levels at least.
 */
export async function pyramidFromRows(
  rows: number,
  columns: number,
  statistic: Statistic,
  readRows: (from: number, to: number) => Promise<Float32Array | Uint8Array> | Float32Array | Uint8Array,
  finest = 1,
  least = finest > 1 ? finest : 0,
): Promise<Pyramid> {
  let builder: PyramidBuilder | null = null;
  const block = 2 ** finest;
  const rowsARead = Math.max(1, Math.floor((CELLS_A_SLICE * 4) / columns / block)) * block;
  for (let row = 0; row < rows; row += rowsARead) {
    const cells = await readRows(row, Math.min(rows, row + rowsARead));
    builder ??= new PyramidBuilder(rows, columns, statistic, isByteSource(cells), finest, least);
    runThrough(builder.addRows(row, cells));
  }
  builder ??= new PyramidBuilder(rows, columns, statistic, true, finest, least);
  return runThrough(builder.finish());
}

/** The cells under a block: fewer at the right and lower edge. */
const cellsOf = (pyramid: Pyramid, level: PyramidLevel, row: number, column: number): number =>
  Math.min(level.block, pyramid.rows - row * level.block) *
  Math.min(level.block, pyramid.columns - column * level.block);

/** The statistic of one block; NaN when it holds a cell that is not finite. */
export function blockValue(pyramid: Pyramid, level: PyramidLevel, row: number, column: number): number {
  const at = row * level.columns + column;
  if (level.nonFinite && level.nonFinite[at]! > 0) return Number.NaN;
  const [first, second, third] = level.counts;
  switch (pyramid.statistic) {
    case 'any':
      return first![at]! > 0 ? 1 : 0;
    case 'peak':
      return level.values![at]!;
    case 'mean':
      return (level.values ?? first!)[at]! / cellsOf(pyramid, level, row, column);
    case 'commonest': {
      const most = Math.max(first![at]!, second![at]!, third![at]!);
      if (most === 0) return 0;
      return third![at] === most ? 3 : second![at] === most ? 2 : 1;
    }
  }
}

/** How many cells of a block are not finite. */
export const nonFiniteIn = (level: PyramidLevel, row: number, column: number): number =>
  level.nonFinite?.[row * level.columns + column] ?? 0;
