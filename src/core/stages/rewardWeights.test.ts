import { describe, expect, it } from 'vitest';
import { createRng } from '../rng';
import { auroc, precisionRecall, rlmecReward, tokenWeights, weightDenominator } from './rewardWeights';

describe('tokenWeights', () => {
  const p = [0.1, 0.45, 0.5, 0.9, 0.2];
  const valid = [1, 1, 1, 1, 0];
  const weights = (weighting: Parameters<typeof tokenWeights>[2]['weighting']) => [
    ...tokenWeights(p, valid, { weighting }),
  ];

  it('follows ALGORITHM §4 and leaves tokens outside the response at 0', () => {
    expect(weights('threshold')).toEqual([1, 1, 0, 0, 0]);
    expect(weights('raw')).toEqual([0.1, 0.45, 0.5, 0.9, 0].map(Math.fround));
    expect(weights('soft')).toEqual([0.9, 0.55, 0.5, 1 - 0.9, 0].map(Math.fround));
    expect(weights('rlmec')).toEqual([0.1, 0.5 - 0.45, 0, 0, 0].map(Math.fround));
    expect(weights('uniform')).toEqual([1, 1, 1, 1, 0]);
    expect([...tokenWeights(p, valid, { weighting: 'threshold', tau: 0.2 })]).toEqual([1, 0, 0, 0, 0]);
  });

  it('counts selected tokens, or all of them where every token counts', () => {
    expect(weightDenominator([0, 0.2, 1, 0], [1, 1, 1, 0], 'threshold')).toBe(2);
    expect(weightDenominator([0, 0.2, 1, 0], [1, 1, 1, 0], 'soft')).toBe(3);
    expect(weightDenominator([0, 0], [0, 1], 'uniform')).toBe(1);
    expect(weightDenominator([0, 0], [1, 1], 'rlmec')).toBe(0);
  });

  it("gives RLMEC's own rewards", () => {
    expect(rlmecReward(0.9, true)).toBeCloseTo(0.4, 12);
    expect(rlmecReward(0.2, true)).toBe(0);
    expect(rlmecReward(0.2, false)).toBe(-0.1);
    expect(rlmecReward(0.9, false)).toBe(0);
  });
});

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
