import { beforeAll, expect, test } from 'vitest';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { sumSquares } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('over all tensors, of any shapes', () => {
  expect([...sumSquares(tf.tensor2d([1, 2, 3, 4], [2, 2])).dataSync()]).toEqual([30]);
  expect([...sumSquares(tf.tensor1d([3]), tf.tensor2d([1, 2], [1, 2]), tf.scalar(-1)).dataSync()]).toEqual([15]);
});

testWasmParity('sumSquares');
