import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { geluErf } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test("the exact form's known values, and both tails", () => {
  // x Φ(x) with Φ(1) = 0.8413447461, Φ(−2) = 0.0227501319, Φ(−5) = 2.866515719e-7.
  const y = geluErf(tf.tensor2d([1, -2, 0, 50, -50, -5], [1, 6])).dataSync();
  expect(y[0]).toBeCloseTo(0.8413447461, 6);
  expect(y[1]).toBeCloseTo(-0.0455002639, 7);
  expect(y[2]).toBe(0);
  expect(y[3]).toBe(50);
  expect(y[4]).toBeCloseTo(0, 10);
  expect(y[5]! / -1.4332578594e-6).toBeCloseTo(1, 6);
});

test('the slope at 1 is Φ(1) + φ(1)', () => {
  const slope = tf
    .grad((x) => geluErf(x as tf.Tensor2D))(tf.tensor2d([1], [1, 1]))
    .dataSync()[0];
  expect(slope).toBeCloseTo(0.8413447461 + 0.2419707245, 6);
});

test('numeric gradient', () => {
  const x = tf.randomNormal([4, 6], 0, 2, 'float32', 1);
  expect(gradientError((a) => geluErf(a as tf.Tensor2D), [x])).toBeLessThan(1e-3);
});

testWasmParity('geluErf');
