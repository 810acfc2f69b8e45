import { beforeAll, expect, test } from 'vitest';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { takeRows } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const int32 = (...values: number[]) => tf.tensor1d(values, 'int32');
const x = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);

test('takes rows in the order asked for; −1 is a row of zeros', () => {
  const y = takeRows(x(), int32(2, -1, 0), int32(2, -1, 0));
  expect([...y.dataSync()]).toEqual([5, 6, 0, 0, 1, 2]);
});

test('the gradient takes them back; a row that was not taken gets zeros', () => {
  const dy = tf.tensor2d([10, 20, 30, 40, 50, 60], [3, 2]);
  const dx = tf.grad((input) => takeRows(input as tf.Tensor2D, int32(2, -1, 0), int32(2, -1, 0)))(x(), dy);
  expect([...dx.dataSync()]).toEqual([50, 60, 0, 0, 10, 20]);
});

test('names what does not fit', () => {
  expect(() => takeRows(x(), int32(0), int32(0))).toThrow('places has shape [1], expected [3]');
  expect(() => takeRows(x(), int32(3), int32(-1, -1, -1))).toThrow('row 3 at place 0 is outside 0…2');
});

testWasmParity('takeRows');
