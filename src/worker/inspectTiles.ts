// Tiles of tensors that lie in files. Single cells come from pages. Blocks come from a pyramid that is grown strip by strip and keeps only
// the levels that fit; a tile of a finer level is grown from its own cells alone, which gives the very same numbers.
import { matrixLevels, pyramidTile, TILE, type Tile } from '../components/matrix/matrixSource';
import {
  type Pyramid,
  PyramidBuilder,
  pyramidFromRows,
  runThrough,
  type Statistic,
} from '../components/matrix/pyramid';
import type { AtlasQuestion, LayerRef } from './atlasProtocol';
import { byteCache } from './byteCache';
import type { Cells, TensorCells } from './inspectCells';
import { RefusedError } from './inspectFailure';

/** Blocks of the finest level that a kept pyramid has at most: 8 MiB of floats. */
const MOST_BLOCKS = 1 << 21;
const PYRAMID_BYTES = 64 << 20;
/** Cells of a strip: read, looked at, and gone. The next is read meanwhile. */
export const STRIP_CELLS = 1 << 20;
/** One row of more cells than this is more than a strip may hold. */
const MOST_COLUMNS = 1 << 24;
/** Rectangles within so many cells of whole rows are served from pages, which stay; larger ones pass through once. */
const PAGED_CELLS = 1 << 22;

export type TileQuestion = Extract<AtlasQuestion, { type: 'tile' }>;

export interface InspectTiles {
  /** Is the answer a small read? Otherwise the whole tensor has to be gone through. */
  isQuick(cells: TensorCells, question: TileQuestion): boolean;
  /** Throws RefusedError or RangeError for what there is not, and the signal's reason. */
  tile(cells: TensorCells, question: TileQuestion, signal: AbortSignal): Promise<Tile>;
  clear(): void;
}

/** The finest level of a matrix whose blocks a pyramid keeps. */
export function finestKept(rows: number, columns: number, mostBlocks = MOST_BLOCKS): number {
  const levels = matrixLevels(rows, columns);
  const found = levels.findIndex((size, level) => level > 0 && size.rows * size.columns <= mostBlocks);
  return Math.max(1, found);
}

/** All of a tensor in whole rows, in order, the next strip being read while the caller has one; strips are whole blocks of `block` rows. */
export async function* strips(
  { rows, columns, range }: Pick<TensorCells, 'rows' | 'columns' | 'range'>,
  signal: AbortSignal,
  block = 1,
): AsyncGenerator<{ row: number; cells: Cells }> {
  if (columns > MOST_COLUMNS) {
    throw new RefusedError(`A row of ${columns} entries is too long to be gone through here.`);
  }
  const step = Math.max(1, Math.floor(STRIP_CELLS / columns / block)) * block;
  const read = (row: number) => {
    const reading = range(row * columns, Math.min(rows, row + step) * columns);
    // A failure is heard of when it is the strip's turn.
    reading.catch(() => {});
    return reading;
  };
  let next = read(0);
  for (let row = 0; row < rows; row += step) {
    signal.throwIfAborted();
    const cells = await next;
    if (row + step < rows) next = read(row + step);
    yield { row, cells };
  }
}

/** `mostBlocks`: of the finest level that a pyramid keeps. */
export function inspectTiles(mostBlocks = MOST_BLOCKS): InspectTiles {
  const finestOf = (rows: number, columns: number) => finestKept(rows, columns, mostBlocks);
  const pyramids = byteCache<Pyramid>(PYRAMID_BYTES, pyramidBytes);

  const keyOf = (layer: LayerRef, tensor: string, statistic: Statistic) =>
    `${JSON.stringify(layer)} ${tensor} ${statistic}`;
  /** Both are counts of set cells: one pyramid serves them. */
  const grown = ({ layer, statistic }: TileQuestion): Statistic =>
    layer.kind === 'mask' && statistic === 'any' ? 'mean' : statistic;

  const whole = async (cells: TensorCells, question: TileQuestion, signal: AbortSignal): Promise<Pyramid> => {
    const statistic = grown(question);
    const key = keyOf(question.layer, question.tensor, statistic);
    const known = pyramids.peek(key);
    if (known) return pyramids.get(key, () => known);
    const { rows, columns } = cells;
    const finest = finestOf(rows, columns);
    let builder: PyramidBuilder | null = null;
    for await (const { row, cells: part } of strips(cells, signal, 2 ** finest)) {
      builder ??= new PyramidBuilder(rows, columns, statistic, part instanceof Uint8Array, finest);
      runThrough(builder.addRows(row, part));
    }
    const pyramid = runThrough((builder ?? new PyramidBuilder(rows, columns, statistic, true, finest)).finish());
    return pyramids.get(key, () => pyramid);
  };

  return {
    isQuick: ({ rows, columns }, question) =>
      question.level < finestOf(rows, columns) ||
      pyramids.peek(keyOf(question.layer, question.tensor, grown(question))) !== undefined,
    async tile(cells, question, signal) {
      const { level, row, column, statistic } = question;
      const { rows, columns } = cells;
      const size = matrixLevels(rows, columns)[level];
      const isInside = size && row >= 0 && column >= 0 && row * TILE < size.rows && column * TILE < size.columns;
      if (!isInside) throw new RangeError(`“${question.tensor}” has no tile ${row}, ${column} at level ${level}.`);
      if (level >= finestOf(rows, columns)) {
        return pyramidTile({ ...(await whole(cells, question, signal)), statistic }, level, row, column);
      }
      const span = TILE * size.block;
      const area = {
        rowBegin: row * span,
        rowEnd: Math.min(rows, (row + 1) * span),
        columnBegin: column * span,
        columnEnd: Math.min(columns, (column + 1) * span),
      };
      if (level === 0) return cells.area(area);
      const readRows = rowsOf(cells, area, signal);
      const width = area.columnEnd - area.columnBegin;
      const pyramid = await pyramidFromRows(area.rowEnd - area.rowBegin, width, statistic, readRows, 1, level);
      return pyramidTile(pyramid, level, 0, 0);
    },
    clear: () => pyramids.clear(),
  };
}

type Bounds = Parameters<TensorCells['area']>[0];

/** Rows of a rectangle, counted from its first. */
function rowsOf(cells: TensorCells, area: Bounds, signal: AbortSignal) {
  const { columns } = cells;
  const isPaged = (area.rowEnd - area.rowBegin) * columns <= PAGED_CELLS;
  const [width, step] = [area.columnEnd - area.columnBegin, Math.max(1, Math.floor(STRIP_CELLS / columns))];
  return async (from: number, to: number): Promise<Cells> => {
    signal.throwIfAborted();
    const [rowBegin, rowEnd] = [area.rowBegin + from, area.rowBegin + to];
    if (isPaged) return cells.area({ ...area, rowBegin, rowEnd });
    let out: Cells | null = null;
    for (let row = rowBegin; row < rowEnd; row += step) {
      signal.throwIfAborted();
      const end = Math.min(rowEnd, row + step);
      const part = await cells.range(row * columns, end * columns);
      out ??= part instanceof Uint8Array ? new Uint8Array(width * (to - from)) : new Float32Array(width * (to - from));
      for (let i = 0; i < end - row; i++) {
        const at = i * columns + area.columnBegin;
        out.set(part.subarray(at, at + width), (row - rowBegin + i) * width);
      }
    }
    return out!;
  };
}

const pyramidBytes = ({ levels }: Pyramid): number =>
  levels.reduce(
    (sum, { counts, values, nonFinite }) =>
      sum +
      counts.reduce((own, { byteLength }) => own + byteLength, 0) +
      (values?.byteLength ?? 0) +
      (nonFinite?.byteLength ?? 0),
    0,
  );
