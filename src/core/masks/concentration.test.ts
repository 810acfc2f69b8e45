import { describe, expect, it } from 'vitest';
import { createRng } from '../rng';
import { concentration } from './concentration';
import { magnitudeIndex } from './magnitudeIndex';

const indexOf = (...rows: (number[] | Float32Array)[]) =>
  magnitudeIndex(rows.map((row, i) => ({ name: `t${i}`, values: Float32Array.from(row) })));

describe('concentration', () => {
  it('draws the curve of four changes', () => {
    // Squares 16, 9, 4, 1 of 30. Gini of them: Σ (2i − n − 1)·x / (n·Σx) = (−3·1 − 4 + 9 + 3·16)/120.
    const found = concentration(indexOf([1, -4], [3, -2]), 50)!;
    expect([...found.weightShare]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect([...found.updateShare]).toEqual([0, 16 / 30, 25 / 30, 29 / 30, 1]);
    expect(found.at).toEqual({ percent: 50, weights: 2, weightShare: 0.5, updateShare: 25 / 30 });
    expect(found.sumOfSquares).toBe(30);
    expect(found.gini).toBeCloseTo(50 / 120, 15);
  });

  it('is exact at the share asked for, within ties too', () => {
    // 2 once, 1 eight times, 0 once: the top three hold 4 + 2 of 12.
    const found = concentration(indexOf([1, 1, 1, 1, 2, 1, 1, 1, 1, 0]), 30)!;
    expect(found.at).toEqual({ percent: 30, weights: 3, weightShare: 0.3, updateShare: 0.5 });
    expect([...found.weightShare]).toEqual([0, 0.1, 0.3, 0.9, 1]);
    expect([...found.updateShare]).toEqual([0, 4 / 12, 0.5, 1, 1]);
  });

  it('is 0 for equal changes, almost 1 for a single one, and absent when nothing moved', () => {
    expect(concentration(indexOf([2, -2, 2]), 0)).toMatchObject({ gini: 0, at: { weights: 0, updateShare: 0 } });
    expect(concentration(indexOf([0, 0, 0, 5]), 100)).toMatchObject({ gini: 0.75, at: { weights: 4, updateShare: 1 } });
    expect(concentration(indexOf([0, 0]), 10)).toBeNull();
    expect(concentration(indexOf([]), 10)).toBeNull();
    expect(() => concentration(indexOf([1]), 101)).toThrow(RangeError);
  });

  it('agrees with sorting on many values, in at most 200 rising points', () => {
    const rng = createRng(3, 'lorenz');
    const values = Float32Array.from({ length: 50_000 }, () => rng.normal() * rng.normal() * 1e-4);
    const sorted = [...values].map((value) => value * value).sort((a, b) => b - a);
    const sum = sorted.reduce((total, square) => total + square, 0);
    const found = concentration(indexOf(values), 7)!;
    const top = sorted.slice(0, 3500).reduce((total, square) => total + square, 0);
    expect(found.at.updateShare).toBeCloseTo(top / sum, 12);
    const n = sorted.length;
    const gini = sorted.reduce((total, square, i) => total + (n - 1 - 2 * i) * square, 0) / (n * sum);
    expect(Math.abs(found.gini - gini)).toBeLessThan(1e-4);
    expect(found.weightShare.length).toBeLessThanOrEqual(200);
    let [at, cumulative] = [0, 0];
    for (const [i, x] of found.weightShare.entries()) {
      for (; at < Math.round(x * n); at++) cumulative += sorted[at]!;
      expect(found.updateShare[i]).toBeCloseTo(cumulative / sum, 12);
      if (i > 0) expect(x).toBeGreaterThan(found.weightShare[i - 1]!);
    }
  });
});
