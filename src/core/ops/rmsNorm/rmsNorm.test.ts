import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { rmsNorm } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('[3, 4] has root mean square √12.5', () => {
  const y = rmsNorm(tf.tensor2d([3, 4], [1, 2]), tf.tensor1d([1, 10]), 0).dataSync();
  expect(y[0]).toBeCloseTo(3 / Math.sqrt(12.5), 6);
  expect(y[1]).toBeCloseTo(40 / Math.sqrt(12.5), 5);
});

test('ε stands inside the root', () => {
  expect(rmsNorm(tf.tensor2d([0, 2], [1, 2]), tf.tensor1d([1, 1]), 2).dataSync()[1]).toBe(1);
});

test('numeric gradient of x and weight', () => {
  const x = tf.randomNormal([4, 6], 0, 1, 'float32', 1);
  const weight = tf.randomNormal([6], 0, 1, 'float32', 2);
  expect(gradientError((a, w) => rmsNorm(a as tf.Tensor2D, w as tf.Tensor1D, 1e-5), [x, weight])).toBeLessThan(1e-3);
});

testWasmParity('rmsNorm');
