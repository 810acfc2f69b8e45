import { beforeAll, expect, test } from 'vitest';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { embedding } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const ids = (...values: number[]) => tf.tensor1d(Int32Array.from(values), 'int32');
const table = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);

test('rows by id; the gradient adds up where an id repeats and is 0 where it never came', () => {
  expect([...embedding(table(), ids(2, 0, 2)).dataSync()]).toEqual([5, 6, 1, 2, 5, 6]);
  const dy = tf.tensor2d([1, 2, 4, 8, 16, 32], [3, 2]);
  const dtable = tf.grad((t) => embedding(t as tf.Tensor2D, ids(2, 0, 2)))(table(), dy);
  expect([...dtable.dataSync()]).toEqual([4, 8, 0, 0, 17, 34]);
});

test('names an id outside the table', () => {
  expect(() => embedding(table(), ids(0, 3))).toThrow('id 3 at position 1 is outside 0…2');
});

testWasmParity('embedding');
