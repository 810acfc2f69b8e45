import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { gelu } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test("the tanh form's known values, and both tails", () => {
  const y = gelu(tf.tensor2d([1, -1, 0, 50, -50], [1, 5])).dataSync();
  expect(y[0]).toBeCloseTo(0.841192, 6);
  expect(y[1]).toBeCloseTo(-0.158808, 6);
  expect(y[2]).toBe(0);
  expect(y[3]).toBe(50);
  expect(y[4]).toBeCloseTo(0, 10);
});

test('numeric gradient', () => {
  const x = tf.randomNormal([4, 6], 0, 2, 'float32', 1);
  expect(gradientError((a) => gelu(a as tf.Tensor2D), [x])).toBeLessThan(1e-3);
});

testWasmParity('gelu');
