import { expect, test } from 'vitest';
import { scoredRows } from './scored';

test('names each row once, in packed order, and says where the slots find it', () => {
  // Five tokens; row 3 predicts slot 0, row 1 slot 2; slot 1 is empty.
  const { rows, places, slots } = scoredRows(
    { labels: Int32Array.from([7, -1, 9]), rows: Int32Array.from([3, 0, 1]) },
    5,
  );
  expect([...rows.slice(0, 3)]).toEqual([1, 3, -1]);
  expect(rows).toHaveLength(64);
  expect([...places]).toEqual([-1, 0, -1, 1, -1]);
  expect([...slots]).toEqual([1, 0, 0]);
});

test('is never empty', () => {
  const { rows, slots } = scoredRows({ labels: Int32Array.from([-1]), rows: Int32Array.from([0]) }, 1);
  expect(rows).toHaveLength(64);
  expect(new Set(rows)).toEqual(new Set([-1]));
  expect([...slots]).toEqual([0]);
});
