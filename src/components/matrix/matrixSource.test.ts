import { describe, expect, it } from 'vitest';
import { levelFor, matrixLevels, memorySourceSlices, TILE, tileSize } from './matrixSource';
import { runThrough } from './pyramid';

describe('memory source', () => {
  const [rows, columns] = [300, 520];
  const cells = Float32Array.from({ length: rows * columns }, (_, i) => i);
  const source = runThrough(memorySourceSlices(cells, rows, columns, 'mean'));

  it('cuts tiles of single cells, smaller ones at the edges', () => {
    const level = source.levels[0]!;
    expect(tileSize(level, 1, 2)).toEqual({ rows: 300 - TILE, columns: 520 - 2 * TILE });
    const tile = source.tile(0, 1, 2) as Float32Array;
    expect(tile.length).toBe(44 * 8);
    expect(tile[0]).toBe(256 * 520 + 512);
    expect(tile.at(-1)).toBe(300 * 520 - 1);
  });

  it('serves means of blocks', () => {
    const tile = source.tile(1, 0, 1) as Float32Array;
    // Rows 0 and 1, columns 512 and 513.
    expect(tile[0]).toBe((512 + 513 + 1032 + 1033) / 4);
    expect(tile.length).toBe(150 * 4);
    expect((source.tile(source.levels.length - 1, 0, 0) as Float32Array)[0]).toBeCloseTo((rows * columns - 1) / 2, -1);
  });

  it('serves codes as bytes', () => {
    const codes = runThrough(memorySourceSlices(Uint8Array.of(0, 3, 1, 0), 2, 2, 'commonest'));
    expect(codes.tile(0, 0, 0)).toEqual(Uint8Array.of(0, 3, 1, 0));
    expect(codes.tile(1, 0, 0)).toEqual(Uint8Array.of(3));
  });
});

describe('levels', () => {
  it('chooses single cells from one pixel a cell on, else blocks that are large enough to see', () => {
    const levels = matrixLevels(64, 64);
    const at = (scale: number, least: number) => levels[levelFor(levels, scale, scale, least)]!.block;
    expect(at(1, 3)).toBe(1);
    expect(at(0.9, 3)).toBe(4);
    expect(at(0.375, 2)).toBe(8);
    expect(at(0.001, 2)).toBe(64);
    expect(levels[levelFor(levels, 10, 0.5, 2)]!.block).toBe(4);
  });
});
