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

const clip = (sum: number, loss = 0.5, last = 1): number[] =>
  clipFactor(tf.tensor1d([sum]), tf.scalar(loss), tf.tensor1d([last]), 1).map((x) => x.dataSync()[0]!);

test('the clipping factor brings a longer gradient to the largest norm and leaves a shorter one', () => {
  const [norm, factor] = clip(16);
  expect(norm).toBe(4);
  expect(factor).toBeCloseTo(1 / (4 + 1e-6), 6);
  expect(clip(0.25)).toEqual([0.5, 1]);
  expect(clip(0)).toEqual([0, 1]);
});

test('the factor is 0 when norm or loss is not finite, and after a factor of 0', () => {
  expect(clip(Number.NaN)).toEqual([Number.NaN, 0]);
  expect(clip(Number.POSITIVE_INFINITY)).toEqual([Number.POSITIVE_INFINITY, 0]);
  expect(clip(0.25, Number.NaN)).toEqual([0.5, 0]);
  expect(clip(0.25, Number.NEGATIVE_INFINITY)).toEqual([0.5, 0]);
  expect(clip(0.25, 0.5, 0)).toEqual([0.5, 0]);
});

testWasmParity('sumSquares');
testWasmParity('clipFactor');
