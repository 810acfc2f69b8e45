import { expect, test } from 'vitest';
import { countMoved } from './snapshots';
import { watchedSteps } from './watched';

const weights = (a: readonly number[], b: readonly number[]) =>
  new Map([
    ['a', Float32Array.from(a)],
    ['b', Float32Array.from(b)],
  ]);
const mask = new Map([['a', Uint8Array.of(1, 0, 0)]]);

test('counts every unselected weight, and those whose bits changed', () => {
  const before = weights([1, 2, 3], [4, Number.NaN]);
  // A selected weight may move; a tensor without a mask is frozen whole.
  expect(countMoved(before, weights([9, 2, 3], [4, Number.NaN]), mask)).toEqual({ unselected: 4, moved: 0 });
  expect(countMoved(before, weights([1, 2, 3.0000002], [4, Number.NaN]), mask)).toEqual({ unselected: 4, moved: 1 });
  expect(countMoved(before, weights([1, 0, 3], [5, 0]), mask)).toEqual({ unselected: 4, moved: 3 });
  expect(countMoved(weights([0, 0, 0], [0, 0]), weights([0, -0, 0], [0, 0]), mask).moved).toBe(1);
});

test('looks at about eight steps of the warm-up, the last among them', () => {
  expect(watchedSteps(50)).toEqual([1, 3, 6, 10, 18, 30, 50]);
  expect(watchedSteps(3)).toEqual([1, 3]);
  expect(watchedSteps(0)).toEqual([]);
});
