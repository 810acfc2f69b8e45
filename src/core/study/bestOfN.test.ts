import { describe, expect, it } from 'vitest';
import { bestOfAccuracy, bestOfCurve, bestOfKl } from './bestOfN';

describe('best of n', () => {
  it('is 1 − C(K − c, n) / C(K, n): by hand', () => {
    expect(bestOfAccuracy(4, 1, 1)).toBe(0.25);
    expect(bestOfAccuracy(4, 1, 2)).toBeCloseTo(1 - 3 / 6, 15);
    expect(bestOfAccuracy(4, 2, 2)).toBeCloseTo(1 - 1 / 6, 15);
    // Only three are wrong: four different ones hold a right one.
    expect(bestOfAccuracy(5, 2, 4)).toBe(1);
    expect(bestOfAccuracy(32, 0, 16)).toBe(0);
    expect(bestOfAccuracy(32, 32, 1)).toBe(1);
    // C(31, 16) / C(32, 16) = ½.
    expect(bestOfAccuracy(32, 1, 16)).toBeCloseTo(0.5, 14);
  });

  it('moves the share of right answers only: the KL of two coins', () => {
    // p ½, n 2: P ¾; ½ ln(½ / ¾) + ½ ln(½ / ¼) = ½ ln(4/3).
    expect(bestOfKl(0.5, 2)).toBeCloseTo(Math.log(4 / 3) / 2, 12);
    expect(bestOfKl(0.3, 1)).toBeCloseTo(0, 12);
    expect([bestOfKl(0, 8), bestOfKl(1, 8)]).toEqual([0, 0]);
  });

  it('averages over prompts, and spreads the KL over the tokens of an answer', () => {
    const curve = bestOfCurve([2, 0], 4, 10);
    expect(curve.map(({ n }) => n)).toEqual([1, 2, 4, 8, 16]);
    expect(curve[0]).toMatchObject({ accuracy: 25 });
    expect(curve[1]!.accuracy).toBeCloseTo((100 * (5 / 6)) / 2, 12);
    expect(curve[1]!.klToSft).toBeCloseTo(Math.log(4 / 3) / 4 / 10, 12);
  });
});
