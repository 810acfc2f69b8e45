// Counts of selected entries per block of 2, 4, 8 … rows and columns: what a 0/1 matrix looks like when a pixel covers many entries.
// "Any" is count > 0, the mean is count / entries. Pure; no canvas in here.

/** One level: `counts[blockRow * columns + blockColumn]` selected entries in a block of `block` × `block` entries. */
export interface PyramidLevel {
  block: number;
  rows: number;
  columns: number;
  counts: Uint8Array | Uint16Array | Uint32Array;
}

export interface Pyramid {
  rows: number;
  columns: number;
  /** Level 0 is the mask itself (block 1). The last level is one block. */
  levels: readonly PyramidLevel[];
}

const ENTRIES_A_SLICE = 1 << 20;

/** Builds all levels, yielding every million entries so that a caller can give the page its turn. */
export function* pyramidSlices(mask: Uint8Array, rows: number, columns: number): Generator<void, Pyramid> {
  if (mask.length !== rows * columns) {
    throw new RangeError(`A ${rows} × ${columns} mask needs ${rows * columns} entries, got ${mask.length}.`);
  }
  const levels: PyramidLevel[] = [{ block: 1, rows, columns, counts: mask }];
  for (let below = levels[0]!; below.rows > 1 || below.columns > 1; ) {
    const level = emptyLevel(below);
    const rowsASlice = Math.max(1, Math.floor(ENTRIES_A_SLICE / below.columns));
    for (let row = 0; row < below.rows; row += rowsASlice) {
      addRows(level, below, row, Math.min(row + rowsASlice, below.rows));
      yield;
    }
    levels.push(level);
    below = level;
  }
  return { rows, columns, levels };
}

/** All levels at once. Throws RangeError when the mask's length is not rows × columns. */
export function buildPyramid(mask: Uint8Array, rows: number, columns: number): Pyramid {
  const slices = pyramidSlices(mask, rows, columns);
  for (;;) {
    const step = slices.next();
    if (step.done) return step.value;
  }
}

function emptyLevel(below: PyramidLevel): PyramidLevel {
  const block = below.block * 2;
  const rows = Math.ceil(below.rows / 2);
  const columns = Math.ceil(below.columns / 2);
  const most = block * block;
  const size = rows * columns;
  const counts = most < 256 ? new Uint8Array(size) : most < 65536 ? new Uint16Array(size) : new Uint32Array(size);
  return { block, rows, columns, counts };
}

function addRows(level: PyramidLevel, below: PyramidLevel, from: number, to: number): void {
  const { counts, columns } = level;
  for (let row = from; row < to; row++) {
    const source = row * below.columns;
    const target = (row >> 1) * columns;
    for (let column = 0; column < below.columns; column++) {
      const count = below.counts[source + column]!;
      if (count !== 0) counts[target + (column >> 1)] = counts[target + (column >> 1)]! + count;
    }
  }
}

export interface Region {
  row: number;
  column: number;
  rows: number;
  columns: number;
}

/** Selected and all entries of a region of whole entries (clipped to the matrix). */
export function countRegion(pyramid: Pyramid, region: Region): { selected: number; entries: number } {
  const mask = pyramid.levels[0]!.counts;
  const bottom = Math.min(region.row + region.rows, pyramid.rows);
  const right = Math.min(region.column + region.columns, pyramid.columns);
  let selected = 0;
  for (let row = Math.max(0, region.row); row < bottom; row++) {
    for (let column = Math.max(0, region.column); column < right; column++) {
      selected += mask[row * pyramid.columns + column]!;
    }
  }
  return { selected, entries: Math.max(0, bottom - region.row) * Math.max(0, right - region.column) };
}
