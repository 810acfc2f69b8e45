import { describe, expect, it } from 'vitest';
import { createRng } from '../rng';
import { auroc, precisionRecall, rocCurve, thinRoc, worstMisses } from './roc';

describe('auroc', () => {
  it('is the share of positive–negative pairs in the right order, ties half', () => {
    expect(auroc([0.9, 0.8, 0.3, 0.1], [1, 1, 0, 0])).toBe(1);
    expect(auroc([0.9, 0.8, 0.3, 0.1], [0, 0, 1, 1])).toBe(0);
    expect(auroc([0.5, 0.5, 0.5], [1, 0, 0])).toBe(0.5);
    expect(auroc([3, 2, 2, 1], [true, true, false, false])).toBe(0.875); // 3 pairs right, 1 tied, of 4
  });

  it('is undefined without both classes, and refuses NaN', () => {
    expect(auroc([1, 2], [1, 1])).toBeNull();
    expect(auroc([], [])).toBeNull();
    expect(() => auroc([Number.NaN, 1], [1, 0])).toThrow(RangeError);
    expect(() => auroc([1], [1, 0])).toThrow(RangeError);
  });

  it('equals the pair count on random data with many ties', () => {
    const rng = createRng(5, 'auroc');
    const scores = Array.from({ length: 300 }, () => rng.int(12));
    const labels = Array.from({ length: 300 }, () => rng.int(2));
    let right = 0;
    let pairs = 0;
    for (let i = 0; i < 300; i++) {
      for (let j = 0; j < 300; j++) {
        if (!labels[i] || labels[j]) continue;
        pairs++;
        right += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
      }
    }
    expect(auroc(scores, labels)).toBeCloseTo(right / pairs, 12);
  });
});

describe('precisionRecall', () => {
  it('treats p < tau as flagged', () => {
    expect(precisionRecall([0.1, 0.4, 0.5, 0.2], [1, 0, 1, 1], 0.5)).toEqual({ precision: 2 / 3, recall: 2 / 3 });
    expect(precisionRecall([0.9], [0], 0.5)).toEqual({ precision: null, recall: null });
  });
});

describe('rocCurve', () => {
  it('has one point a different score, from the highest down', () => {
    // Positives 0.9, 0.5, 0.5; negatives 0.7, 0.5.
    const curve = rocCurve([0.9, 0.5, 0.7, 0.5, 0.5], [1, 1, 0, 0, 1])!;
    expect([...curve.thresholds]).toEqual([Infinity, 0.9, 0.7, 0.5]);
    expect([...curve.truePositiveRate]).toEqual([0, 1 / 3, 1 / 3, 1]);
    expect([...curve.falsePositiveRate]).toEqual([0, 0, 0.5, 1]);
    // 0.9 above both; each 0.5 below one and tied with one: (2 + 0.5 + 0.5) / 6.
    expect(curve.auroc).toBe(0.5);
    expect(rocCurve([1, 2], [0, 0])).toBeNull();
  });

  it('keeps both ends when thinned', () => {
    const scores = Array.from({ length: 1000 }, (_, i) => i);
    const curve = rocCurve(
      scores,
      scores.map((i) => i % 3 === 0),
    )!;
    const kept = thinRoc(curve, 50);
    expect([kept[0], kept.at(-1)]).toEqual([0, 1000]);
    expect(kept.length).toBeLessThanOrEqual(51);
    expect(kept.length).toBeGreaterThan(40);
  });
});

describe('worstMisses', () => {
  it('lists the worst first, ties in the order of the list', () => {
    const scores = [0.1, 0.9, 0.3, 0.1, 0.8, 0.9];
    const positives = [1, 0, 1, 1, 1, 0];
    expect(worstMisses(scores, positives, 3)).toEqual({ missed: [0, 3, 2], falseAlarms: [1, 5] });
    expect(worstMisses(scores, positives, 1)).toEqual({ missed: [0], falseAlarms: [1] });
    expect(worstMisses(scores, positives, 0)).toEqual({ missed: [], falseAlarms: [] });
  });
});
