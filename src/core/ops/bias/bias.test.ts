import { beforeAll, expect, test } from 'vitest';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { addBias } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('the bias goes to every row; its gradient is the column sum', () => {
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
  const bias = tf.tensor1d([10, 20]);
  expect([...addBias(x, bias).dataSync()]).toEqual([11, 22, 13, 24, 15, 26]);
  const dy = tf.tensor2d([1, 2, 4, 8, 16, 32], [3, 2]);
  const [dx, dbias] = tf.grads((a, b) => addBias(a as tf.Tensor2D, b as tf.Tensor1D))([x, bias], dy);
  expect([...dx!.dataSync()]).toEqual([1, 2, 4, 8, 16, 32]);
  expect([...dbias!.dataSync()]).toEqual([21, 42]);
});

test('names a bias of another width', () => {
  expect(() => addBias(tf.zeros([2, 3]), tf.zeros([2]))).toThrow('bias has shape [2], expected [3]');
});

testWasmParity('addBias');
