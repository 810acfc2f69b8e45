// Draws the part of a source that a window shows, from the tiles that are there; coarser ones stand in for those that are not.
import { levelFor, type MatrixSource, TILE } from './matrixSource';
import { type Extent, inSight, type MatrixWindow } from './matrixWindow';
import type { TileKey, TileStore } from './tileStore';

/** Tiles of the level that fits a window, in reading order, the coarse stand-in first. */
export function tilesInSight(
  source: MatrixSource,
  window: MatrixWindow,
  extent: Extent,
  leastBlock: number,
): { level: number; keys: TileKey[] } {
  const level = levelFor(source.levels, window.pixelsARow, window.pixelsAColumn, leastBlock);
  const { block } = source.levels[level]!;
  const sight = inSight(window, extent);
  const keys: TileKey[] = [];
  const coarse = source.levels.findIndex(({ rows, columns }) => rows <= TILE && columns <= TILE);
  if (coarse > level) keys.push({ level: coarse, row: 0, column: 0 });
  const tile = TILE * block;
  for (let row = Math.floor(sight.firstRow / tile); row * tile < sight.endRow; row++) {
    for (let column = Math.floor(sight.firstColumn / tile); column * tile < sight.endColumn; column++) {
      keys.push({ level, row, column });
    }
  }
  return { level, keys };
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/**
 * Draws into a context whose origin is the window's top left corner; the caller clips to the window. `isComplete`: every tile is there in
 * its colours. Blocks start at whole pixels, and a block cut off by the matrix's edge keeps at least one.
 */
export function drawTiles(
  context: Context,
  store: TileStore,
  window: MatrixWindow,
  extent: Extent,
  leastBlock: number,
): { level: number; keys: TileKey[]; isComplete: boolean } {
  const { level, keys } = tilesInSight(store.source, window, extent, leastBlock);
  const own = keys.filter((key) => key.level === level);
  context.imageSmoothingEnabled = false;
  // Stand-ins first: their blocks may be larger than the tile they stand for.
  for (const key of own) {
    if (store.image(key)) continue;
    for (let up = 1; level + up < store.source.levels.length; up++) {
      const shown = { level: level + up, row: key.row >> up, column: key.column >> up };
      const image = store.image(shown);
      if (!image) continue;
      drawPart(context, image, store.source, key, shown, window, extent);
      break;
    }
  }
  for (const key of own) {
    const image = store.image(key);
    if (image) drawPart(context, image, store.source, key, key, window, extent);
  }
  return { level, keys, isComplete: own.every((key) => store.isCurrent(key)) };
}

/** The part of `shown` that lies under the tile `wanted`, cropped to what is in sight. */
function drawPart(
  context: Context,
  image: CanvasImageSource,
  source: MatrixSource,
  wanted: TileKey,
  shown: TileKey,
  window: MatrixWindow,
  extent: Extent,
): void {
  const { block } = source.levels[shown.level]!;
  const size = TILE * source.levels[wanted.level]!.block;
  const sight = inSight(window, extent);
  const [top, bottom] = [Math.max(wanted.row * size, sight.firstRow), Math.min((wanted.row + 1) * size, sight.endRow)];
  const [left, right] = [
    Math.max(wanted.column * size, sight.firstColumn),
    Math.min((wanted.column + 1) * size, sight.endColumn),
  ];
  const across = spansOf(left, right, block, extent.columns, window.column, window.pixelsAColumn);
  for (const down of spansOf(top, bottom, block, extent.rows, window.row, window.pixelsARow)) {
    for (const { first, count, from, to } of across) {
      const x = first - shown.column * TILE;
      const y = down.first - shown.row * TILE;
      context.drawImage(image, x, y, count, down.count, from, down.from, to - from, down.to - down.from);
    }
  }
}

/** Blocks along one axis, and the whole pixels they take. */
export interface Span {
  first: number;
  count: number;
  from: number;
  to: number;
}

/** The blocks that hold entries `first … end − 1`: the whole ones together, one cut off by the end of the axis by itself. */
export function spansOf(
  first: number,
  end: number,
  block: number,
  entries: number,
  origin: number,
  pixels: number,
): Span[] {
  const spans: Span[] = [];
  const place = (entry: number): number => Math.round((entry - origin) * pixels);
  const firstBlock = Math.floor(first / block);
  const endBlock = Math.ceil(end / block);
  const whole = Math.min(endBlock, Math.floor(entries / block));
  if (whole > firstBlock) {
    spans.push({
      first: firstBlock,
      count: whole - firstBlock,
      from: place(firstBlock * block),
      to: place(whole * block),
    });
  }
  if (endBlock > whole && end > first) {
    const to = place(entries);
    spans.push({ first: whole, count: 1, from: Math.min(place(whole * block), to - 1), to });
  }
  return spans;
}
