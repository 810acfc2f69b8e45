// Where a picture's cells come from: a matrix by levels and tiles, so that a worker or a file can serve what is in sight and the page
// never holds the whole. Here also: the source over an array in memory. No canvas.
import { blockValue, levelSizes, type Pyramid, pyramidSlices, type Statistic } from './pyramid';

/** Blocks along a tile's side; tiles at the right and lower edge are smaller. */
export const TILE = 256;

export interface MatrixLevel {
  /** Cells along a block's side: 1, 2, 4 … */
  block: number;
  /** Size of the level in blocks. */
  rows: number;
  columns: number;
}

export interface MatrixSource {
  rows: number;
  columns: number;
  /** Finest (single cells) first; the last level fits one tile. */
  levels: readonly MatrixLevel[];
  /**
   * The blocks of one tile, row-major: `tileRow * TILE …` by `tileColumn * TILE …` of level `level`, clipped to the level. NaN where a
   * block holds a cell that is not finite. A rejected promise is tried again a little later. `signal`: nobody wants it any more.
   */
  tile(level: number, tileRow: number, tileColumn: number, signal?: AbortSignal): Tile | Promise<Tile>;
  /** Told when a tile has been refused as often as it is asked for. */
  onRefused?(error: Error): void;
}

export type Tile = Float32Array | Uint8Array;

/** Rows and columns of a tile in blocks. */
export const tileSize = (
  level: MatrixLevel,
  tileRow: number,
  tileColumn: number,
): { rows: number; columns: number } => ({
  rows: Math.min(TILE, level.rows - tileRow * TILE),
  columns: Math.min(TILE, level.columns - tileColumn * TILE),
});

/** All levels up to one block: what a source over a pyramid offers. */
export const matrixLevels = (rows: number, columns: number): MatrixLevel[] => levelSizes(rows, columns);

/** A tile of single cells out of a row-major array. */
export function cutTile(cells: Tile, columns: number, level: MatrixLevel, tileRow: number, tileColumn: number): Tile {
  const size = tileSize(level, tileRow, tileColumn);
  const length = size.rows * size.columns;
  const tile = cells instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  for (let row = 0; row < size.rows; row++) {
    const start = (tileRow * TILE + row) * columns + tileColumn * TILE;
    tile.set(cells.subarray(start, start + size.columns), row * size.columns);
  }
  return tile;
}

/** A tile of blocks out of a pyramid; `level` counts from 1. */
export function pyramidTile(pyramid: Pyramid, level: number, tileRow: number, tileColumn: number): Tile {
  const from = pyramid.levels[level - 1]!;
  const size = tileSize(from, tileRow, tileColumn);
  const codes = pyramid.statistic === 'commonest' && from.nonFinite === null;
  const tile = codes ? new Uint8Array(size.rows * size.columns) : new Float32Array(size.rows * size.columns);
  for (let row = 0, at = 0; row < size.rows; row++) {
    for (let column = 0; column < size.columns; column++, at++) {
      tile[at] = blockValue(pyramid, from, tileRow * TILE + row, tileColumn * TILE + column);
    }
  }
  return tile;
}

/** A source over a row-major array and its pyramid. */
export function memorySource(cells: Tile, pyramid: Pyramid): MatrixSource {
  const { rows, columns } = pyramid;
  const levels = matrixLevels(rows, columns);
  return {
    rows,
    columns,
    levels,
    tile: (level, tileRow, tileColumn) =>
      level === 0
        ? cutTile(cells, columns, levels[0]!, tileRow, tileColumn)
        : pyramidTile(pyramid, level, tileRow, tileColumn),
  };
}

/** Builds pyramid and source in slices. Throws RangeError when the array's length is not rows × columns. */
export function* memorySourceSlices(
  cells: Tile,
  rows: number,
  columns: number,
  statistic: Statistic,
): Generator<void, MatrixSource> {
  return memorySource(cells, yield* pyramidSlices(cells, rows, columns, statistic));
}

/**
 * The finest level whose blocks are at least `leastPixels` long both ways, so that no block falls between two pixels. Single cells from
 * one pixel a cell on: nothing is hidden there.
 */
export function levelFor(
  levels: readonly MatrixLevel[],
  pixelsARow: number,
  pixelsAColumn: number,
  leastPixels: number,
): number {
  const scale = Math.min(pixelsARow, pixelsAColumn);
  if (scale >= 1) return 0;
  const found = levels.findIndex((level) => level.block * scale >= leastPixels);
  return found < 0 ? levels.length - 1 : found;
}
