import { beforeAll, expect, test } from 'vitest';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { pack, unpack } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('lays tensors end to end and takes them apart again', () => {
  const tensors = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor1d([5]), tf.tensor2d([6, 7], [1, 2])];
  const flat = pack(tensors);
  expect([...flat.dataSync()]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const back = unpack(tf.neg(flat) as tf.Tensor1D, tensors);
  expect(back.map((tensor) => [tensor.shape, [...tensor.dataSync()]])).toEqual([
    [
      [2, 2],
      [-1, -2, -3, -4],
    ],
    [[1], [-5]],
    [
      [1, 2],
      [-6, -7],
    ],
  ]);
  expect(() => unpack(flat, tensors.slice(1))).toThrow('flat has shape [7], expected [3]');
});

testWasmParity('pack');
