import { expect, test } from 'vitest';
import { meanAndSpread } from './spread';

test('mean and sample standard deviation, by hand', () => {
  // Mean 4, squares of the differences 4 + 0 + 4 over n − 1 = 2.
  expect(meanAndSpread([2, 4, 6], 2)).toBe('4.00 ± 2.00');
  expect(meanAndSpread([90, 95], 1)).toBe('92.5 ± 3.5');
});

test('unknown values are left out; one value has no spread; none is a dash', () => {
  expect(meanAndSpread([null, 3, null], 1)).toBe('3.0 ± 0.0');
  expect(meanAndSpread([null], 1)).toBe('–');
});
