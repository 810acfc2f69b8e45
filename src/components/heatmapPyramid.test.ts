import { describe, expect, it } from 'vitest';
import { buildPyramid, countRegion, pyramidSlices } from './heatmapPyramid';

// 3 × 5, selected at (0,0), (1,1), (2,4).
const mask = Uint8Array.from([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);

describe('block pyramid', () => {
  it('counts selected entries per block, odd edges included', () => {
    const { levels } = buildPyramid(mask, 3, 5);
    expect(levels.map((level) => [level.block, level.rows, level.columns])).toEqual([
      [1, 3, 5],
      [2, 2, 3],
      [4, 1, 2],
      [8, 1, 1],
    ]);
    expect([...levels[1]!.counts]).toEqual([2, 0, 0, 0, 0, 1]);
    expect([...levels[2]!.counts]).toEqual([2, 1]);
    expect([...levels[3]!.counts]).toEqual([3]);
  });

  it('keeps one set bit of a large matrix on every level and counts a full one without overflow', () => {
    const one = new Uint8Array(300 * 260);
    one[123 * 260 + 77] = 1;
    for (const level of buildPyramid(one, 300, 260).levels) {
      const at = Math.floor(123 / level.block) * level.columns + Math.floor(77 / level.block);
      expect(level.counts[at]).toBe(1);
      expect(Array.from(level.counts).filter((count) => count > 0)).toEqual([1]);
    }
    const full = buildPyramid(new Uint8Array(300 * 260).fill(1), 300, 260);
    expect(full.levels.at(-1)!.counts[0]).toBe(78000);
    expect(full.levels[4]!.counts[0]).toBe(256);
  });

  it('comes in slices and refuses a wrong length', () => {
    const slices = pyramidSlices(mask, 3, 5);
    expect(slices.next().done).toBe(false);
    expect(() => buildPyramid(mask, 4, 4)).toThrow('needs 16 entries, got 15');
  });

  it('counts a region clipped to the matrix', () => {
    const pyramid = buildPyramid(mask, 3, 5);
    expect(countRegion(pyramid, { row: 1, column: 0, rows: 16, columns: 2 })).toEqual({ selected: 1, entries: 4 });
    expect(countRegion(pyramid, { row: 0, column: 0, rows: 3, columns: 5 })).toEqual({ selected: 3, entries: 15 });
  });
});
