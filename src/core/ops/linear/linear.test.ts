import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { linear, matmul } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const a = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
const b = () => tf.tensor2d([1, 0, 2, 1, 0, 3], [3, 2]);

test('all four transpositions give [[5, 11], [14, 23]]', () => {
  const transposed = (t: tf.Tensor2D): tf.Tensor2D => tf.transpose(t);
  for (const transposeA of [false, true])
    for (const transposeB of [false, true]) {
      const left = transposeA ? transposed(a()) : a();
      const right = transposeB ? transposed(b()) : b();
      expect([...matmul(left, right, transposeA, transposeB).dataSync()]).toEqual([5, 11, 14, 23]);
    }
});

test('linear reads Hugging Face [out, in] and GPT-2 [in, out] weights', () => {
  const x = tf.tensor2d([2, 3], [1, 2]);
  const weight = tf.tensor2d([1, 10, 100, 1000, 5, 7], [3, 2]);
  expect([...linear(x, weight).dataSync()]).toEqual([32, 3200, 31]);
  expect([...linear(x, tf.tensor2d([1, 2, 3, 4], [2, 2]), false).dataSync()]).toEqual([11, 16]);
});

test('names the sizes that do not fit', () => {
  expect(() => matmul(a(), a())).toThrow('inner sizes 3 and 2 differ');
  expect(() => linear(a(), tf.zeros([4, 2]))).toThrow('weight has shape [4, 2], expected [4, 3]');
});

test.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])('numeric gradient, transposeA %s, transposeB %s', (transposeA, transposeB) => {
  const left = tf.randomNormal(transposeA ? [5, 3] : [3, 5], 0, 1, 'float32', 1);
  const right = tf.randomNormal(transposeB ? [4, 5] : [5, 4], 0, 1, 'float32', 2);
  const f = (x: tf.Tensor, y: tf.Tensor) => matmul(x as tf.Tensor2D, y as tf.Tensor2D, transposeA, transposeB);
  expect(gradientError(f, [left, right])).toBeLessThan(1e-3);
});

testWasmParity('matmul');
