import { expect, test } from 'vitest';
import { gaussianShare } from './gaussianShare';

test('the shares of a Gaussian’s squared sum: 2 (z φ(z) + Q(z)) with 2 Q(z) = p', () => {
  // z(5 %) = 1.644854, φ = 0.103136: 2 (0.169643 + 0.05).
  expect(gaussianShare(10)).toBeCloseTo(0.439286, 5);
  // z(25 %) = 0.674490, φ = 0.317777.
  expect(gaussianShare(50)).toBeCloseTo(2 * (0.67449 * 0.317777 + 0.25), 5);
  // z(0.5 %) = 2.575829, φ = 0.0144599.
  expect(gaussianShare(1)).toBeCloseTo(2 * (2.575829 * 0.0144599 + 0.005), 5);
  expect([gaussianShare(0), gaussianShare(100)]).toEqual([0, 1]);
});
