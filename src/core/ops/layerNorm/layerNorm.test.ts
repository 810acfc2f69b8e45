import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { layerNorm } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('[1, 3, 8] has mean 4 and variance 26/3', () => {
  const x = tf.tensor2d([1, 3, 8], [1, 3]);
  const y = layerNorm(x, tf.tensor1d([1, 2, 3]), tf.tensor1d([0, 1, -1]), 0).dataSync();
  const scale = 1 / Math.sqrt(26 / 3);
  expect(y[0]).toBeCloseTo(-3 * scale, 6);
  expect(y[1]).toBeCloseTo(-2 * scale + 1, 6);
  expect(y[2]).toBeCloseTo(12 * scale - 1, 6);
});

test('numeric gradient of x, weight and bias', () => {
  const x = tf.randomNormal([4, 6], 0.5, 1, 'float32', 1);
  const weight = tf.randomNormal([6], 0, 1, 'float32', 2);
  const bias = tf.randomNormal([6], 0, 1, 'float32', 3);
  const f = (a: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
    layerNorm(a as tf.Tensor2D, w as tf.Tensor1D, b as tf.Tensor1D, 1e-5);
  expect(gradientError(f, [x, weight, bias])).toBeLessThan(1e-3);
});

testWasmParity('layerNorm');
