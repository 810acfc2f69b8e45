import { describe, expect, it } from 'vitest';
import { blockOf, type HeatmapPalette, paintHeatmap, rampIndex } from './heatmapPaint';
import { buildPyramid } from './heatmapPyramid';
import type { Rgb } from './legendColours';

const palette: HeatmapPalette = {
  selected: [255, 0, 0],
  quiet: [1, 1, 1],
  ground: [2, 2, 2],
  ramp: Array.from({ length: 256 }, (_, i): Rgb => [0, i, 200]),
  upper: 1,
};
const SELECTED = 0xff0000ff;
const QUIET = 0xff010101;
const GROUND = 0xff020202;
const ramp = (index: number) => (0xffc80000 + index * 256) >>> 0;

function paint(
  mask: number[],
  rows: number,
  columns: number,
  width: number,
  height: number,
  scale: number,
  at = [0, 0],
  least = 1,
) {
  const pixels = new Uint32Array(width * height);
  const view = { row: at[0]!, column: at[1]!, pixelsARow: scale, pixelsAColumn: scale };
  paintHeatmap(pixels, width, height, buildPyramid(Uint8Array.from(mask), rows, columns), view, least, palette);
  return [...pixels];
}

describe('painting a mask', () => {
  it('shows single entries as selected or quiet and the outside as ground', () => {
    expect(paint([1, 0, 0, 1], 2, 2, 3, 2, 1)).toEqual([SELECTED, QUIET, GROUND, QUIET, SELECTED, GROUND]);
    expect(paint([1, 0], 1, 2, 4, 1, 2)).toEqual([SELECTED, SELECTED, QUIET, QUIET]);
  });

  it('leaves a one-pixel gap only above six pixels a cell', () => {
    expect(paint([1, 1], 1, 2, 12, 1, 6).slice(0, 6)).toEqual(Array(6).fill(SELECTED));
    const wide = paint([1, 1], 1, 2, 14, 1, 7);
    expect(wide[5]).toBe(SELECTED);
    expect(wide[6]).toBe(GROUND);
  });

  it('shows the density of blocks, and never an occupied block as empty', () => {
    const mask = [1, 1, 0, 0, 1, 0, 0, 0];
    expect(paint(mask, 2, 4, 2, 1, 0.5)).toEqual([ramp(rampIndex(0.75, 1)), QUIET]);
    const sparse = Array.from({ length: 64 * 64 }, (_, i) => (i === 64 * 40 + 9 ? 1 : 0));
    // 16 pixels of 4 entries in blocks of at least 2 pixels: 8 × 8 entries, and the lone entry lights block (5, 1).
    const pixels = paint(sparse, 64, 64, 16, 16, 0.25, [0, 0], 2);
    const lit = pixels.flatMap((pixel, i) => (pixel === QUIET ? [] : [[Math.floor(i / 16), i % 16]]));
    expect(lit).toEqual([
      [10, 2],
      [10, 3],
      [11, 2],
      [11, 3],
    ]);
    expect(pixels[10 * 16 + 2]).toBe(ramp(rampIndex(1 / 64, 1)));
  });

  it('counts only entries that exist at odd edges', () => {
    // 3 × 3 in 2 × 2 pixels: the last block row and column hold 2, 2 and 1 entries.
    const mask = [0, 0, 1, 0, 0, 0, 1, 1, 1];
    expect(paint(mask, 3, 3, 2, 2, 0.5)).toEqual([QUIET, ramp(128), ramp(255), ramp(255)]);
  });

  it('chooses blocks that are large enough to see', () => {
    const { levels } = buildPyramid(new Uint8Array(64 * 64), 64, 64);
    const at = (scale: number, least: number) =>
      blockOf({ row: 0, column: 0, pixelsARow: scale, pixelsAColumn: scale }, least, { levels });
    expect(at(1, 3)).toBe(1);
    expect(at(0.9, 3)).toBe(4);
    expect(at(0.375, 2)).toBe(8);
    expect(at(0.001, 2)).toBe(64);
  });

  it('moves with the view', () => {
    expect(paint([0, 0, 0, 1], 2, 2, 1, 1, 1, [1, 1])).toEqual([SELECTED]);
  });

  it('ends the ramp at the upper density', () => {
    expect(rampIndex(0.2, 0.4)).toBe(128);
    expect(rampIndex(0.9, 0.4)).toBe(255);
    expect(rampIndex(1e-6, 0.4)).toBe(0);
  });
});
