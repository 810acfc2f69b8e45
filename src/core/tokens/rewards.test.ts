import { describe, expect, it } from 'vitest';
import { rlmecReward, tokenWeights, weightDenominator } from './rewards';

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
