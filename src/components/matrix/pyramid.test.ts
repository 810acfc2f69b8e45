import { describe, expect, it } from 'vitest';
import {
  blockValue,
  levelSizes,
  nonFiniteIn,
  type Pyramid,
  PyramidBuilder,
  pyramidFromRows,
  pyramidSlices,
  runThrough,
  type Statistic,
} from './pyramid';

const build = (cells: Float32Array | Uint8Array, rows: number, columns: number, statistic: Statistic) =>
  runThrough(pyramidSlices(cells, rows, columns, statistic));

const valuesOf = (pyramid: Pyramid, index: number): number[] => {
  const level = pyramid.levels[index]!;
  return Array.from({ length: level.rows * level.columns }, (_, i) =>
    blockValue(pyramid, level, Math.floor(i / level.columns), i % level.columns),
  );
};

// 3 × 5, set at (0,0), (1,1), (2,4).
const mask = Uint8Array.from([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
// 3 × 3 with NaN and an infinity.
const floats = Float32Array.from([1, -4, 2, 3, 0, Number.NaN, -0.5, 0.25, Number.NEGATIVE_INFINITY]);

describe('pyramid', () => {
  it('has levels down to one block', () => {
    expect(levelSizes(3, 5)).toEqual([
      { block: 1, rows: 3, columns: 5 },
      { block: 2, rows: 2, columns: 3 },
      { block: 4, rows: 1, columns: 2 },
      { block: 8, rows: 1, columns: 1 },
    ]);
    expect(build(Uint8Array.of(1), 1, 1, 'mean').levels).toEqual([]);
  });

  it('takes means of the cells that exist', () => {
    const pyramid = build(mask, 3, 5, 'mean');
    // The blocks at the edges hold 2 × 1, 1 × 2 and 1 × 1 cells.
    expect(valuesOf(pyramid, 0)).toEqual([0.5, 0, 0, 0, 0, 1]);
    expect(valuesOf(pyramid, 1)).toEqual([2 / 12, 1 / 3]);
    expect(valuesOf(pyramid, 2)).toEqual([3 / 15]);
    expect(valuesOf(build(Float32Array.from(mask), 3, 5, 'mean'), 2)).toEqual([3 / 15]);
  });

  it('says whether any cell is set', () => {
    expect(valuesOf(build(mask, 3, 5, 'any'), 0)).toEqual([1, 0, 0, 0, 0, 1]);
    expect(valuesOf(build(Float32Array.of(0, -2e-9, 0, 0), 1, 4, 'any'), 0)).toEqual([1, 0]);
  });

  it('keeps the value of largest magnitude with its sign', () => {
    expect(valuesOf(build(Float32Array.of(1, -4, 3, 2, -3, 0), 2, 3, 'peak'), 0)).toEqual([-4, 3]);
    expect(valuesOf(build(Float32Array.of(1, -4, 3, 2, -3, 5), 2, 3, 'peak'), 1)).toEqual([5]);
  });

  it('shows a cell that is not finite on every level, and counts them', () => {
    for (const statistic of ['mean', 'peak', 'any'] as const) {
      const pyramid = build(floats, 3, 3, statistic);
      expect(valuesOf(pyramid, 0)).toEqual([
        statistic === 'peak' ? -4 : statistic === 'any' ? 1 : 0,
        Number.NaN,
        statistic === 'peak' ? -0.5 : statistic === 'any' ? 1 : -0.125,
        Number.NaN,
      ]);
      expect(valuesOf(pyramid, 1)).toEqual([Number.NaN]);
      expect(nonFiniteIn(pyramid.levels[1]!, 0, 0)).toBe(2);
      expect(nonFiniteIn(pyramid.levels[0]!, 0, 0)).toBe(0);
    }
    expect(build(mask, 3, 5, 'mean').levels[0]!.nonFinite).toBeNull();
  });

  it('takes the commonest code and never hides the last set cell', () => {
    const codes = Uint8Array.from([1, 1, 2, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    const pyramid = build(codes, 4, 4, 'commonest');
    expect(valuesOf(pyramid, 0)).toEqual([1, 2, 0, 2]);
    expect(valuesOf(pyramid, 1)).toEqual([1]);
    expect(valuesOf(build(Uint8Array.of(1, 2), 1, 2, 'commonest'), 0)).toEqual([2]);
  });

  it('keeps one set cell of a large matrix on every level and counts a full one without overflow', () => {
    const one = new Uint8Array(300 * 260);
    one[123 * 260 + 77] = 1;
    for (const statistic of ['any', 'mean', 'peak', 'commonest'] as const) {
      const pyramid = build(one, 300, 260, statistic);
      for (const [i, level] of pyramid.levels.entries()) {
        const set = valuesOf(pyramid, i).flatMap((value, at) => (value > 0 ? [at] : []));
        expect(set).toEqual([Math.floor(123 / level.block) * level.columns + Math.floor(77 / level.block)]);
      }
    }
    const full = build(new Uint8Array(300 * 260).fill(1), 300, 260, 'mean');
    expect(full.levels.at(-1)!.counts[0]![0]).toBe(78000);
    for (const i of full.levels.keys()) expect(new Set(valuesOf(full, i))).toEqual(new Set([1]));
  });

  it('is the same from rows in any order, and from rows that are read', async () => {
    const builder = new PyramidBuilder(3, 3, 'peak', false);
    for (const row of [2, 0, 1]) runThrough(builder.addRows(row, floats.subarray(row * 3, row * 3 + 3)));
    const whole = build(floats, 3, 3, 'peak');
    expect(runThrough(builder.finish())).toEqual(whole);
    const read: [number, number][] = [];
    const fromRows = await pyramidFromRows(3, 3, 'peak', async (from, to) => {
      read.push([from, to]);
      return floats.subarray(from * 3, to * 3);
    });
    expect(fromRows).toEqual(whole);
    expect(read).toEqual([[0, 3]]);
  });

  it('comes in slices and refuses what does not fit', () => {
    expect(pyramidSlices(mask, 3, 5, 'mean').next().done).toBe(false);
    expect(() => build(mask, 4, 4, 'mean')).toThrow('needs 16 cells, got 15');
    const builder = new PyramidBuilder(2, 2, 'mean', true);
    expect(() => runThrough(builder.addRows(1, Uint8Array.of(1, 0, 1, 0)))).toThrow('do not fit 2 × 2');
    expect(() => runThrough(builder.finish())).toThrow('0 of 2 rows');
  });
});
