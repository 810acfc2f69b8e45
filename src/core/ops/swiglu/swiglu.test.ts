import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { swiglu } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('silu(ln 3) = ¾ ln 3, and both tails are stable', () => {
  const y = swiglu(tf.tensor2d([Math.log(3), 200, -200], [1, 3]), tf.tensor2d([4, 2, 2], [1, 3])).dataSync();
  expect(y[0]).toBeCloseTo(3 * Math.log(3), 5);
  expect(y[1]).toBe(400);
  expect(Math.abs(y[2]!)).toBeLessThan(1e-30);
});

test('numeric gradient of gate and up', () => {
  const gate = tf.randomNormal([3, 5], 0, 2, 'float32', 1);
  const up = tf.randomNormal([3, 5], 0, 1, 'float32', 2);
  expect(gradientError((a, b) => swiglu(a as tf.Tensor2D, b as tf.Tensor2D), [gate, up])).toBeLessThan(1e-3);
});

testWasmParity('swiglu');
