import { expect, test } from 'vitest';
import { scoredRows } from './scored';

const ints = (...values: number[]) => Int32Array.from(values);
const slotsOf = (labels: Int32Array, rows: Int32Array, tokens: number) => scoredRows({ labels, rows }, tokens);

test('names each row that predicts something once, and says where the slots find it', () => {
  // Row 3 predicts slot 0, row 1 slot 2; slot 1 is empty.
  const { wanted, slots } = slotsOf(ints(7, -1, 9), ints(3, 0, 1), 100);
  expect([...wanted!.rows.slice(0, 3)]).toEqual([3, 1, -1]);
  expect(wanted!.rows).toHaveLength(64);
  expect([...wanted!.places.slice(0, 5)]).toEqual([-1, 1, -1, 0, -1]);
  expect(wanted!.places).toHaveLength(100);
  expect([...slots]).toEqual([0, 0, 1]);
});

test('is nothing where it would be nearly all', () => {
  const { wanted, slots } = slotsOf(ints(7, -1, 9), ints(3, 0, 1), 64);
  expect(wanted).toBeNull();
  expect([...slots]).toEqual([3, 0, 1]);
});

test('is never empty', () => {
  const { wanted, slots } = slotsOf(ints(-1), ints(0), 100);
  expect(wanted!.rows).toHaveLength(64);
  expect(new Set(wanted!.rows)).toEqual(new Set([-1]));
  expect([...slots]).toEqual([0]);
});
