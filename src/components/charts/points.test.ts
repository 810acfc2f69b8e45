import { describe, expect, it } from 'vitest';
import { envelopeOf, keepMinMax, lowerBound, memoryOf, rangeOf, roundTicks, smooth, tickWriter } from './points';

describe('smooth', () => {
  it('is the bias-corrected average: with memory ½ the second of (1, 3) is (¼·1 + ½·3) / ¾', () => {
    expect([...smooth([1, 3], 2, 0.5)]).toEqual([1, 1.75 / 0.75]);
  });
  it('keeps a constant constant and goes on after a hole', () => {
    expect(
      [...smooth([2, Number.NaN, 2, Number.POSITIVE_INFINITY, 2], 5, 0.9)].map((x) => Number(x.toFixed(12))),
    ).toEqual([2, Number.NaN, 2, Number.NaN, 2]);
  });
  it('memory 0 changes nothing', () => expect([...smooth([3, 1, 4], 3, 0)]).toEqual([3, 1, 4]));
});

describe('keepMinMax', () => {
  it('keeps all when they fit', () => expect(keepMinMax([5, 6, 7], 3, 10)).toEqual([0, 1, 2]));
  it('keeps a single spike of ten thousand values, first and last, in order', () => {
    const values = new Float64Array(10_000).fill(1);
    values[7321] = 9;
    values[17] = Number.NaN;
    const kept = keepMinMax(values, values.length, 600);
    expect(kept.length).toBeLessThanOrEqual(600);
    expect(kept).toContain(7321);
    expect(kept[0]).toBe(0);
    expect(kept.at(-1)).toBe(9999);
    expect([...kept].sort((a, b) => a - b)).toEqual(kept);
  });
});

describe('envelopeOf', () => {
  it('has the highest and lowest of each stretch at their places, and none of a stretch without finite values', () => {
    const values = [1, 5, 2, Number.NaN, Number.NaN, Number.NaN, 3, Number.POSITIVE_INFINITY, -1];
    expect(envelopeOf(values, 0, 9, 3)).toEqual({ upper: [1, 6], lower: [0, 8] });
    expect(envelopeOf(values, 1, 3, 1)).toEqual({ upper: [1], lower: [2] });
  });
});

it('a window of ten updates remembers 0.9, one of 1 nothing', () => {
  expect([memoryOf(10), memoryOf(1)]).toEqual([0.9, 0]);
});

it('finds where ascending values begin to reach a value', () => {
  expect([0, 2, 3, 9].map((wanted) => lowerBound([1, 2, 4], 3, wanted))).toEqual([0, 1, 2, 3]);
});

describe('ranges and ticks', () => {
  it('leave out what is not finite', () => {
    expect(rangeOf([1, Number.NaN, -2, Number.POSITIVE_INFINITY], [0, 1, 2, 3])).toEqual([-2, 1]);
    expect(rangeOf([Number.NaN], [0])).toBeNull();
  });
  it('are round and span the values', () => {
    expect(roundTicks(0.31, 0.69)).toEqual([0.2, 0.4, 0.6, 0.8]);
    expect(roundTicks(0, 1)).toEqual([0, 0.5, 1]);
    expect([-0.05, 0, 0.05].map(tickWriter([-0.05, 0, 0.05]))).toEqual(['−0.05', '0.00', '0.05']);
    expect([0, 50, 100].map(tickWriter([0, 50, 100]))).toEqual(['0', '50', '100']);
    expect([-0.0001].map(tickWriter([0, 0.5]))).toEqual(['0.0']);
    expect(roundTicks(2, 2)).toEqual([2, 3]);
  });
});
