// From a pyramid and a view to pixels. Zoomed in, every entry is selected or quiet. Zoomed out, blocks of a few pixels show the density
// of the entries under them, and one with a single selected entry is never as quiet as an empty one. Pure; the canvas is elsewhere.
import type { Pyramid, PyramidLevel } from './heatmapPyramid';
import type { Rgb } from './legendColours';

/** What part of a matrix is on screen: the entry at the top left pixel and how many device pixels one entry takes. */
export interface HeatmapView {
  row: number;
  column: number;
  pixelsARow: number;
  pixelsAColumn: number;
}

export interface HeatmapPalette {
  selected: Rgb;
  quiet: Rgb;
  /** Outside the matrix. */
  ground: Rgb;
  /** 256 colours of densities in (0, upper]. */
  ramp: readonly Rgb[];
  /** The density at and above which the ramp ends. */
  upper: number;
}

const pack = ([red, green, blue]: Rgb): number => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

/** Ramp position of a density above 0: never below the first colour, at most the last. */
export const rampIndex = (density: number, upper: number): number =>
  Math.max(0, Math.min(255, Math.round((density / upper) * 255)));

/** Entries along a block's side: 1 when every entry has a pixel, else a power of two that makes blocks `leastBlock` pixels or larger. */
export function blockOf(view: HeatmapView, leastBlock: number, pyramid: Pick<Pyramid, 'levels'>): number {
  const scale = Math.min(view.pixelsARow, view.pixelsAColumn);
  return scale >= 1 ? 1 : levelFor(pyramid, leastBlock / scale).block;
}

const levelFor = ({ levels }: Pick<Pyramid, 'levels'>, least: number): PyramidLevel =>
  levels.find((level) => level.block >= least) ?? levels.at(-1)!;

/**
 * Fills `pixels` (width × height, packed ABGR as in a little-endian ImageData). Zoomed in, a one-pixel gap separates cells above 6
 * pixels; zoomed out, a block is at least `leastBlock` pixels large.
 */
export function paintHeatmap(
  pixels: Uint32Array,
  width: number,
  height: number,
  pyramid: Pyramid,
  view: HeatmapView,
  leastBlock: number,
  palette: HeatmapPalette,
): void {
  const block = blockOf(view, leastBlock, pyramid);
  const level = levelFor(pyramid, block);
  const colours = block === 1 ? Uint32Array.of(pack(palette.quiet), pack(palette.selected)) : null;
  const colourOf = densityColours(palette);
  const ground = pack(palette.ground);
  const columnOf = entryAt(width, view.column, view.pixelsAColumn, pyramid.columns);
  const rowOf = entryAt(height, view.row, view.pixelsARow, pyramid.rows);
  let previous = Number.NaN;
  for (let y = 0; y < height; y++) {
    const start = y * width;
    const blockRow = rowOf[y]! < 0 ? -1 : Math.floor(rowOf[y]! / block);
    if (blockRow === previous) {
      pixels.copyWithin(start, start - width, start);
      continue;
    }
    previous = blockRow;
    const rowsHeld = Math.min(block, pyramid.rows - blockRow * block);
    for (let x = 0; x < width; x++) {
      if (blockRow < 0 || columnOf[x]! < 0) {
        pixels[start + x] = ground;
        continue;
      }
      const blockColumn = Math.floor(columnOf[x]! / block);
      const count = level.counts[blockRow * level.columns + blockColumn]!;
      if (colours) pixels[start + x] = colours[count]!;
      else pixels[start + x] = colourOf(count, rowsHeld * Math.min(block, pyramid.columns - blockColumn * block));
    }
  }
}

function densityColours(palette: HeatmapPalette): (count: number, entries: number) => number {
  const ramp = Uint32Array.from(palette.ramp, pack);
  const quiet = pack(palette.quiet);
  return (count, entries) => (count === 0 ? quiet : ramp[rampIndex(count / entries, palette.upper)]!);
}

/** The entry under each pixel; -1 outside the matrix and in the gap between large cells. */
function entryAt(length: number, first: number, pixelsAnEntry: number, entries: number): Int32Array {
  const gap = pixelsAnEntry > 6;
  return Int32Array.from({ length }, (_, at) => {
    const entry = Math.floor(first + at / pixelsAnEntry);
    if (entry < 0 || entry >= entries) return -1;
    const isLast = Math.floor(first + (at + 1) / pixelsAnEntry) !== entry;
    return gap && isLast ? -1 : entry;
  });
}
