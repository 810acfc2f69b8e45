import { describe, expect, it } from 'vitest';
import {
  addValues,
  barsOf,
  binOf,
  countOutside,
  emptyHistogram,
  highestOf,
  histogramOf,
  lowerPercentile,
  lowestOf,
  mergeHistograms,
  smallestPositive,
  snapHigh,
  snapLow,
  snapReach,
  upperPercentile,
} from './valueHistogram';

describe('histogram of bfloat16 steps', () => {
  it('orders values and knows the ends of a step', () => {
    const values = [-1e30, -1.5, -1, -1e-20, 0, 1e-20, 0.5, 1, 1.5, 1e30];
    const bins = values.map(binOf);
    expect([...bins].sort((a, b) => a - b)).toEqual(bins);
    expect(binOf(-0)).toBe(binOf(0));
    // bfloat16 has 7 bits after the point: the step from 1 ends just below 1 + 1/128.
    expect(lowestOf(binOf(1))).toBe(1);
    expect(highestOf(binOf(1))).toBe(Math.fround(1 + 1 / 128 - 2 ** -23));
    expect(lowestOf(binOf(-1.004))).toBe(-highestOf(binOf(1.004)));
    expect(lowestOf(binOf(-1))).toBe(-highestOf(binOf(1)));
  });

  it('counts finite and other values and their extremes', () => {
    const histogram = histogramOf(
      Float32Array.of(1, -3, Number.NaN, Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY),
    );
    expect(histogram).toMatchObject({ finite: 3, nonFinite: 3, min: -3, max: 1 });
    expect(histogram.counts[binOf(-3)]).toBe(1);
  });

  it('grows part by part, from bytes too, and merges', () => {
    const parts = emptyHistogram();
    addValues(parts, Float32Array.of(1, 2));
    addValues(parts, Uint8Array.of(0, 2));
    expect(parts).toMatchObject({ finite: 4, min: 0, max: 2 });
    expect(parts.counts[binOf(2)]).toBe(2);
    const merged = mergeHistograms([parts, histogramOf(Float32Array.of(-5, Number.NaN))]);
    expect(merged).toMatchObject({ finite: 5, nonFinite: 1, min: -5, max: 2 });
    expect(merged.counts[binOf(2)]).toBe(2);
    // A view into a larger buffer.
    expect(histogramOf(Float32Array.of(9, 1, 9).subarray(1, 2))).toMatchObject({ finite: 1, min: 1, max: 1 });
  });

  it('finds percentiles, rounded outwards', () => {
    const histogram = histogramOf(Float32Array.from({ length: 100 }, (_, i) => i + 1));
    expect(lowerPercentile(histogram, 0)).toBe(1);
    expect(upperPercentile(histogram, 100)).toBe(100);
    // Up to 128 every whole number has a step of its own: the 99th percentile is 99 and what rounds to it, the lower one leaves out 1.
    expect(lowerPercentile(histogram, 1)).toBe(2);
    expect(Math.floor(upperPercentile(histogram, 99))).toBe(99);
    expect(Math.floor(upperPercentile(histogram, 50))).toBe(50);
  });

  it('leaves out what is not positive for logarithms', () => {
    const histogram = histogramOf(Float32Array.of(-4, 0, 0, 0.25, 8));
    expect(smallestPositive(histogram)).toBe(0.25);
    expect(lowerPercentile(histogram, 0, 0.25)).toBe(0.25);
    expect(smallestPositive(histogramOf(Float32Array.of(-1, 0)))).toBeNull();
  });

  it('counts outside exactly for snapped ends', () => {
    const values = Float32Array.of(-2, -1, -0.5, 0, 0.5, 1, 1.001, 1.01, 3, Number.NaN);
    const histogram = histogramOf(values);
    const low = snapLow(-0.7, histogram);
    const high = snapHigh(1, histogram);
    const inside = [...values].filter((value) => value >= low && value <= high).length;
    expect(countOutside(histogram, low, high)).toEqual({ below: 2, above: 2, nonFinite: 1 });
    expect(inside).toBe(5);
    // Never beyond the data.
    expect(snapHigh(99, histogram)).toBe(3);
    expect(countOutside(histogram, -2, 3)).toEqual({ below: 0, above: 0, nonFinite: 1 });
    const reach = snapReach(-1);
    expect(countOutside(histogram, -reach, reach)).toEqual({ below: 1, above: 2, nonFinite: 1 });
  });

  it('makes bars by position', () => {
    const histogram = histogramOf(Float32Array.of(0, 0, 1, 2, 4));
    expect([...barsOf(histogram, 4, (value) => value / 4)]).toEqual([2, 1, 1, 1]);
    expect([...barsOf(histogram, 2, (value) => value / 3)]).toEqual([3, 1]);
  });
});
