import { expect, test } from 'vitest';
import { worstDifference } from './difference';

test('measures in units of 1e-5 + 1e-4 · |expected|', () => {
  const { worst, text } = worstDifference([1, 10.0005], [1, 10]);
  expect(worst).toBeCloseTo(0.0005 / 0.00101, 6);
  expect(text).toBe('[1] is 10.0005, expected 10');
  expect(worstDifference([0.00002], [0]).worst).toBeCloseTo(2, 10);
});

test('nothing wrong passes as close', () => {
  expect(worstDifference([1], [1, 2]).worst).toBe(Infinity);
  expect(worstDifference([NaN], [1]).worst).toBe(Infinity);
  expect(worstDifference([Infinity], [1]).worst).toBe(Infinity);
  expect(worstDifference([0, 0], [0, 0]).worst).toBe(0);
});
