import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { skipLayerNorm, skipRmsNorm } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const matrix = (t: tf.Tensor): tf.Tensor2D => t as tf.Tensor2D;
const vector = (t: tf.Tensor): tf.Tensor1D => t as tf.Tensor1D;

test('normalises and hands the input on, by hand', () => {
  const x = tf.tensor2d([3, 4], [1, 2]);
  const [rms, same] = skipRmsNorm(x, tf.tensor1d([5, 10]), 0);
  // Root mean square √12.5.
  expect(rms.dataSync()[0]).toBeCloseTo(15 / Math.sqrt(12.5), 5);
  expect(rms.dataSync()[1]).toBeCloseTo(40 / Math.sqrt(12.5), 5);
  expect([...same.dataSync()]).toEqual([3, 4]);
  // Mean 3.5, deviation 0.5.
  const [layer, skip] = skipLayerNorm(x, tf.tensor1d([5, 10]), tf.tensor1d([1, 2]), 0);
  expect([...layer.dataSync()]).toEqual([-4, 12]);
  expect([...skip.dataSync()]).toEqual([3, 4]);
});

test('numeric gradient when both outputs count', () => {
  const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
  const mixed = ([y, skip]: [tf.Tensor2D, tf.Tensor2D]) => tf.add(y, tf.mul(tf.square(skip), 0.5));
  const rms = (x: tf.Tensor, w: tf.Tensor) => mixed(skipRmsNorm(matrix(x), vector(w), 1e-5));
  expect(gradientError(rms, [random([3, 5], 1), random([5], 2)])).toBeLessThan(2e-3);
  const layer = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
    mixed(skipLayerNorm(matrix(x), vector(w), vector(b), 1e-5));
  expect(gradientError(layer, [random([3, 5], 1), random([5], 2), random([5], 3)])).toBeLessThan(2e-3);
});

testWasmParity('skipLayerNorm');
testWasmParity('skipRmsNorm');
