import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { startsOf } from '../parity';
import { attention, packedAttention } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const starts = (...lengths: number[]) => tf.tensor1d(startsOf(lengths), 'int32');

test('two keys, by hand: scores 0 and ln 3 give the weights 1/4 and 3/4', () => {
  const q = tf.tensor2d([5, 1], [2, 1]);
  const k = tf.tensor2d([0, Math.log(3)], [2, 1]);
  const v = tf.tensor2d([8, 16], [2, 1]);
  const y = attention(q, k, v, starts(2), 1, 1).dataSync();
  expect(y[0]).toBe(8);
  expect(y[1]).toBeCloseTo(14, 5);
});

test('the score is divided by √D', () => {
  // D = 4: score 2 · ln 3 / √4 = ln 3.
  const q = tf.tensor2d([0, 0, 0, 0, 2, 0, 0, 0], [2, 4]);
  const k = tf.tensor2d([0, 0, 0, 0, Math.log(3), 0, 0, 0], [2, 4]);
  const v = tf.tensor2d([0, 0, 0, 0, 1, 1, 1, 1], [2, 4]);
  expect(attention(q, k, v, starts(2), 1, 1).dataSync()[4]).toBeCloseTo(0.75, 6);
});

test('packed sequences do not see each other, and no token sees the future', () => {
  const random = (seed: number) => tf.randomNormal([7, 6], 0, 1, 'float32', seed) as tf.Tensor2D;
  const [q, k, v] = [random(1), random(2), random(3)];
  const together = attention(q, k, v, starts(3, 4), 3, 3).dataSync();
  const rows = (t: tf.Tensor2D, from: number, count: number) => tf.slice(t, [from, 0], [count, 6]);
  const first = attention(rows(q, 0, 2), rows(k, 0, 2), rows(v, 0, 2), starts(2), 3, 3).dataSync();
  const second = attention(rows(q, 3, 4), rows(k, 3, 4), rows(v, 3, 4), starts(4), 3, 3).dataSync();
  expect([...together.slice(0, 12)]).toEqual([...first]);
  expect([...together.slice(18)]).toEqual([...second]);
});

test('grouped heads: query heads 0 and 1 read key/value head 0, 2 and 3 read head 1', () => {
  const v = tf.tensor2d([10, 20], [1, 2]);
  const y = attention(tf.ones([1, 4]), tf.ones([1, 2]), v, starts(1), 4, 2).dataSync();
  expect([...y]).toEqual([10, 10, 20, 20]);
});

test('numeric gradient with groups and three packed sequences', () => {
  const q = tf.randomNormal([9, 8], 0, 1, 'float32', 1);
  const k = tf.randomNormal([9, 4], 0, 1, 'float32', 2);
  const v = tf.randomNormal([9, 4], 0, 1, 'float32', 3);
  const f = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    attention(a as tf.Tensor2D, b as tf.Tensor2D, c as tf.Tensor2D, starts(4, 1, 4), 4, 2);
  expect(gradientError(f, [q, k, v])).toBeLessThan(1e-3);
});

test('packed rows give what three tensors give, forward and gradient', () => {
  const qkv = tf.randomNormal([6, 16], 0, 1, 'float32', 4) as tf.Tensor2D;
  const slice = (x: tf.Tensor2D, from: number, width: number) => tf.slice(x, [0, from], [6, width]);
  const apart = (x: tf.Tensor) => {
    const row = x as tf.Tensor2D;
    return attention(slice(row, 0, 8), slice(row, 8, 4), slice(row, 12, 4), starts(2, 4), 4, 2);
  };
  const together = (x: tf.Tensor) => packedAttention(x as tf.Tensor2D, starts(2, 4), 4, 2);
  expect([...together(qkv).dataSync()]).toEqual([...apart(qkv).dataSync()]);
  const dy = tf.randomNormal([6, 8], 0, 1, 'float32', 5);
  expect([...tf.grad(together)(qkv, dy).dataSync()]).toEqual([...tf.grad(apart)(qkv, dy).dataSync()]);
  expect(() => packedAttention(tf.zeros([6, 15]), starts(2, 4), 4, 2)).toThrow('no multiple of 4 + 2 · 2 heads');
});

testWasmParity('attention');
testWasmParity('packedAttention');
