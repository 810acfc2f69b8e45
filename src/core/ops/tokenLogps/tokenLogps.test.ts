import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { tokenLogps } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const int32 = (...values: number[]) => tf.tensor1d(Int32Array.from(values), 'int32');
const logits = () => tf.tensor2d([0, Math.log(3), 1000, 0, -5, -5], [3, 2]);

test('by hand: p = 1/4 and 3/4, a sure token, an even pair, an empty slot', () => {
  const logps = tokenLogps(logits(), int32(0, 1, 0, 1, -1), int32(0, 0, 1, 2, 0)).dataSync();
  expect(logps[0]).toBeCloseTo(Math.log(0.25), 6);
  expect(logps[1]).toBeCloseTo(Math.log(0.75), 6);
  expect(logps[2]).toBe(0);
  expect(logps[3]).toBeCloseTo(Math.log(0.5), 6);
  expect(logps[4]).toBe(0);
});

test('the gradient is g · (1[label] − p) in the row read, 0 in others; an empty slot passes none', () => {
  const f = (x: tf.Tensor) => tokenLogps(x as tf.Tensor2D, int32(1, -1), int32(0, 2));
  const d = tf
    .grad(f)(logits(), tf.tensor1d([8, 100]))
    .dataSync();
  [-2, 2, 0, 0, 0, 0].forEach((value, i) => {
    expect(d[i]).toBeCloseTo(value, 5);
  });
});

test('numeric gradient, rows out of order', () => {
  const x = tf.randomNormal([4, 7], 0, 2, 'float32', 1);
  const f = (a: tf.Tensor) => tokenLogps(a as tf.Tensor2D, int32(3, 0, -1, 6), int32(2, 0, 0, 3));
  expect(gradientError(f, [x])).toBeLessThan(1e-3);
});

test('names a label outside the vocabulary', () => {
  expect(() => tokenLogps(logits(), int32(2), int32(0))).toThrow('label 2 at slot 0 is outside 0…1');
});

testWasmParity('tokenLogps');
