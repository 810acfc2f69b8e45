import { describe, expect, it } from 'vitest';
import { spansOf, tilesInSight } from './drawTiles';
import { type MatrixSource, matrixLevels } from './matrixSource';

describe('spans of blocks', () => {
  it('take whole pixels', () => {
    // Cells 10…19 in blocks of 4, 2 pixels a cell, window from cell 10 on: blocks 2, 3 and 4 begin at cell 8.
    expect(spansOf(10, 20, 4, 100, 10, 2)).toEqual([{ first: 2, count: 3, from: -4, to: 20 }]);
  });

  it('keep a pixel for a block that the edge cuts off', () => {
    // 101 cells in blocks of 10 at 0.3 pixels: the last block holds one cell, less than a pixel.
    expect(spansOf(0, 101, 10, 101, 0, 0.3)).toEqual([
      { first: 0, count: 10, from: 0, to: 30 },
      { first: 10, count: 1, from: 29, to: 30 },
    ]);
    expect(spansOf(0, 3, 4, 3, 0, 5)).toEqual([{ first: 0, count: 1, from: 0, to: 15 }]);
  });

  it('cover every block with at least one pixel at any scale from one pixel a block on', () => {
    for (const scale of [1, 1.001, 1.37, 2.5]) {
      for (let first = 0; first < 40; first++) {
        for (const { count, from, to } of spansOf(first, first + 33, 1, 1000, first + 0.4, scale))
          expect(to - from).toBeGreaterThanOrEqual(count);
      }
    }
  });
});

describe('tiles in sight', () => {
  const source: MatrixSource = {
    rows: 4096,
    columns: 11008,
    levels: matrixLevels(4096, 11008),
    tile: () => new Uint8Array(0),
  };
  const extent = { rows: 4096, columns: 11008, width: 1100, height: 410 };

  it('are few in the overview', () => {
    const { level, keys } = tilesInSight(source, { row: 0, column: 0, pixelsARow: 0.1, pixelsAColumn: 0.1 }, extent, 3);
    expect(source.levels[level]!.block).toBe(32);
    expect(keys).toEqual([
      { level: 6, row: 0, column: 0 },
      { level: 5, row: 0, column: 0 },
      { level: 5, row: 0, column: 1 },
    ]);
  });

  it('are those of single cells under the window, after the coarse stand-in', () => {
    const window = { row: 500, column: 1000, pixelsARow: 2, pixelsAColumn: 2 };
    const { level, keys } = tilesInSight(source, window, extent, 3);
    expect(level).toBe(0);
    expect(keys[0]).toEqual({ level: 6, row: 0, column: 0 });
    // Rows 500…704 are in tiles 1 and 2, columns 1000…1549 in tiles 3 to 6.
    expect(keys.slice(1).map(({ row, column }) => [row, column])).toEqual([
      [1, 3],
      [1, 4],
      [1, 5],
      [1, 6],
      [2, 3],
      [2, 4],
      [2, 5],
      [2, 6],
    ]);
  });
});
