import { describe, expect, it } from 'vitest';
import { fitExponent, median, spread, worstRelative } from './stats';

describe('median and spread', () => {
  it('takes the middle, or the mean of the two in the middle, in any order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow(RangeError);
  });
  it('is largest minus smallest', () => {
    expect(spread([3, 10, 4])).toBe(7);
    expect(spread([3])).toBe(0);
  });
});

describe('fitExponent', () => {
  it('finds the power of a power law', () => {
    expect(fitExponent([1, 2, 4, 8].map((x) => [x, 5 * x ** 1.5]))).toBeCloseTo(1.5, 12);
    expect(fitExponent([1, 2].map((x) => [x, 7]))).toBeCloseTo(0, 12);
  });
  it('is the least-squares slope for points off the line', () => {
    // In powers of two: x 0, 1, 2 and y 0, 2, 2; mean x 1, mean y 4/3; slope (0·… + 1·2/3 + 1·4/3) / 2 = 1.
    expect(
      fitExponent([
        [1, 1],
        [2, 4],
        [4, 4],
      ]),
    ).toBeCloseTo(1, 12);
  });
  it('refuses what has no exponent', () => {
    expect(() =>
      fitExponent([
        [1, 1],
        [1, 2],
      ]),
    ).toThrow(RangeError);
    expect(() =>
      fitExponent([
        [1, 0],
        [2, 2],
      ]),
    ).toThrow(RangeError);
  });
});

describe('worstRelative', () => {
  it('compares the places that both have', () => {
    expect(worstRelative([5.5, 5.06], [5.5, 5, 99])).toBeCloseTo(0.012, 12);
    expect(worstRelative([4], [4])).toBe(0);
  });
  it('is infinite for what is not finite and for nothing', () => {
    expect(worstRelative([Number.NaN], [1])).toBe(Number.POSITIVE_INFINITY);
    expect(worstRelative([], [1])).toBe(Number.POSITIVE_INFINITY);
  });
});
