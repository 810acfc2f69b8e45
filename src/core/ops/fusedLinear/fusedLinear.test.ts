import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { geluLinear, linears, linearWith, swigluLinear } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);
const matrix = (t: tf.Tensor): tf.Tensor2D => t as tf.Tensor2D;
const vector = (t: tf.Tensor): tf.Tensor1D => t as tf.Tensor1D;

test('adds bias and residual to the product, by hand', () => {
  const x = tf.tensor2d([2, 3], [1, 2]);
  const weight = tf.tensor2d([1, 10, 100, 1000, 5, 7], [3, 2]);
  const bias = tf.tensor1d([1, 2, 3]);
  const residual = tf.tensor2d([0.5, 0.25, 0], [1, 3]);
  expect([...linearWith(x, weight, { bias }).dataSync()]).toEqual([33, 3202, 34]);
  expect([...linearWith(x, weight, { residual }).dataSync()]).toEqual([32.5, 3200.25, 31]);
  const inFirst = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const both = { bias: tf.tensor1d([1, 2]), residual: tf.tensor2d([10, 20], [1, 2]) };
  expect([...linearWith(x, inFirst, both, false).dataSync()]).toEqual([22, 38]);
});

test('one input through three weights, by hand', () => {
  const x = tf.tensor2d([2, 3], [1, 2]);
  const weights = [
    [1, 0, 0, 1],
    [1, 1],
    [10, 0, 0, 10, 1, -1],
  ].map((values) => tf.tensor2d(values, [values.length / 2, 2]));
  expect(linears(x, weights).map((y) => [...y.dataSync()])).toEqual([[2, 3], [5], [20, 30, -1]]);
  expect(() => linears(x, weights.slice(0, 1))).toThrow('1 weights, expected 2 or 3');
});

test('the activations in front, at 0 and far out', () => {
  const weight = tf.tensor2d([1, 2], [2, 1]);
  const residual = tf.tensor2d([100], [1, 1]);
  // gelu(0) = 0 and gelu(20) = 20; silu(0) = 0 and silu(40) = 40.
  const gelu = geluLinear(tf.tensor2d([0, 20], [1, 2]), weight, tf.tensor1d([1]), residual);
  expect([...gelu.dataSync()]).toEqual([141]);
  const gate = tf.tensor2d([0, 40], [1, 2]);
  const swiglu = swigluLinear(gate, tf.tensor2d([3, 0.5], [1, 2]), tf.tensor2d([1, 2], [1, 2]), residual);
  expect(swiglu.dataSync()[0]).toBeCloseTo(140, 4);
});

test('names the sizes that do not fit', () => {
  const x = tf.zeros([2, 3]) as tf.Tensor2D;
  expect(() => linearWith(x, tf.zeros([4, 2]), {})).toThrow('weight has shape [4, 2], expected [4, 3]');
  expect(() => linearWith(x, tf.zeros([4, 3]), { bias: tf.zeros([3]) })).toThrow('bias has shape [3], expected [4]');
});

test.each([true, false])('numeric gradient of bias and residual, out first: %s', (outFirst) => {
  const inputs = [random([3, 5], 1), random(outFirst ? [4, 5] : [5, 4], 2), random([4], 3), random([3, 4], 4)];
  const f = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor, r: tf.Tensor) =>
    linearWith(matrix(x), matrix(w), { bias: vector(b), residual: matrix(r) }, outFirst);
  expect(gradientError(f, inputs)).toBeLessThan(1e-3);
});

test('numeric gradient of two and three weights', () => {
  const inputs = [random([3, 5], 1), random([4, 5], 2), random([2, 5], 3), random([6, 5], 4)];
  const f = (x: tf.Tensor, ...weights: tf.Tensor[]) => tf.concat(linears(matrix(x), weights.map(matrix)), 1);
  expect(gradientError(f, inputs)).toBeLessThan(1e-3);
  expect(gradientError(f, inputs.slice(0, 3))).toBeLessThan(1e-3);
});

test('numeric gradient through the activations', () => {
  const gelu = [random([3, 5], 1), random([5, 4], 2), random([4], 3), random([3, 4], 4)];
  const g = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor, r: tf.Tensor) =>
    geluLinear(matrix(x), matrix(w), vector(b), matrix(r));
  expect(gradientError(g, gelu)).toBeLessThan(1e-3);
  const swiglu = [random([3, 5], 1), random([3, 5], 2), random([4, 5], 3), random([3, 4], 4)];
  const s = (gate: tf.Tensor, up: tf.Tensor, w: tf.Tensor, r: tf.Tensor) =>
    swigluLinear(matrix(gate), matrix(up), matrix(w), matrix(r));
  expect(gradientError(s, swiglu)).toBeLessThan(1e-3);
});

for (const op of ['linearWith', 'linears', 'geluLinear', 'swigluLinear']) testWasmParity(op);
