import { beforeAll, expect, test } from 'vitest';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { clipFactor, sumSquares } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('over all tensors, of any shapes', () => {
  expect([...sumSquares(tf.tensor2d([1, 2, 3, 4], [2, 2])).dataSync()]).toEqual([30]);
  expect([...sumSquares(tf.tensor1d([3]), tf.tensor2d([1, 2], [1, 2]), tf.scalar(-1)).dataSync()]).toEqual([15]);
});

test('the clipping factor brings a longer gradient to the largest norm and leaves a shorter one', () => {
  const [norm, factor] = clipFactor(tf.tensor1d([16]), 1);
  expect([...norm.dataSync()]).toEqual([4]);
  expect(factor.dataSync()[0]).toBeCloseTo(1 / (4 + 1e-6), 6);
  expect([...clipFactor(tf.tensor1d([0.25]), 1)[1].dataSync()]).toEqual([1]);
});

testWasmParity('sumSquares');
testWasmParity('clipFactor');
