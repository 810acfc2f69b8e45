import { beforeAll, expect, test } from 'vitest';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { attention } from '../attention/op';
import { cacheWrite, decodeAttention } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const int32 = (...values: number[]) => tf.tensor1d(Int32Array.from(values), 'int32');

test.each(['cpu', 'wasm'])('a write lands in its slots, and the cache outlives it (%s)', async (backend) => {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const cache = tf.zeros([2, 2, 2]) as tf.Tensor3D;
  const rows = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const slots = int32(3, 0);
  cacheWrite(cache, rows, slots);
  expect([...cache.dataSync()]).toEqual([3, 4, 0, 0, 0, 0, 1, 2]);
  tf.dispose([cache, rows, slots]);
  expect(tf.memory().numTensors).toBe(before);
  await tf.setBackend('cpu');
});

test('decoding step by step gives the rows of whole-sequence attention', () => {
  const [length, heads, kvHeads, headWidth] = [5, 4, 2, 3];
  const kvWidth = kvHeads * headWidth;
  const q = tf.randomNormal([length, heads * headWidth], 0, 1, 'float32', 1) as tf.Tensor2D;
  const k = tf.randomNormal([length, kvWidth], 0, 1, 'float32', 2) as tf.Tensor2D;
  const v = tf.randomNormal([length, kvWidth], 0, 1, 'float32', 3) as tf.Tensor2D;
  const whole = attention(q, k, v, int32(0, 0, 0, 0, 0), heads, kvHeads).arraySync();
  const keys = tf.zeros([1, length, kvWidth]) as tf.Tensor3D;
  const values = tf.zeros([1, length, kvWidth]) as tf.Tensor3D;
  const row = (t: tf.Tensor2D, n: number) => tf.slice(t, [n, 0], [1, t.shape[1]]);
  for (let n = 0; n < length; n++) {
    cacheWrite(keys, row(k, n), int32(n));
    cacheWrite(values, row(v, n), int32(n));
    const step = decodeAttention(row(q, n), keys, values, int32(n + 1), heads, kvHeads).arraySync();
    expect(step[0]).toEqual(whole[n]);
  }
});

test('names what does not fit', () => {
  const cache = tf.zeros([1, 2, 3]) as tf.Tensor3D;
  expect(() => cacheWrite(cache, tf.zeros([1, 2]), int32(0))).toThrow('rows has shape [1, 2], expected [1, 3]');
  expect(() => decodeAttention(tf.zeros([1, 3]), cache, cache, int32(1, 1), 1, 1)).toThrow('lengths has shape [2]');
});

testWasmParity('decode');
