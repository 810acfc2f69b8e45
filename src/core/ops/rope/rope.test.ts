import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { rope, ropePair, ropeTable } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const at = (...positions: number[]) => tf.tensor1d(Int32Array.from(positions), 'int32');

test('pair (i, i + D/2) turns by position · θ^(−2i/D)', () => {
  // D = 4, θ = 100: angles position and position / 10; x = [1, 2, 3, 4] has the pairs (1, 3) and (2, 4).
  const y = rope(tf.tensor2d([1, 2, 3, 4], [1, 4]), at(2), ropeTable(3, 4, 100)).dataSync();
  expect(y[0]).toBeCloseTo(Math.cos(2) - 3 * Math.sin(2), 5);
  expect(y[2]).toBeCloseTo(3 * Math.cos(2) + Math.sin(2), 5);
  expect(y[1]).toBeCloseTo(2 * Math.cos(0.2) - 4 * Math.sin(0.2), 5);
  expect(y[3]).toBeCloseTo(4 * Math.cos(0.2) + 2 * Math.sin(0.2), 5);
});

test('position 0 changes nothing, and the inverse undoes any position, head by head', () => {
  const x = tf.randomNormal([2, 8], 0, 1, 'float32', 1) as tf.Tensor2D;
  const table = ropeTable(9, 4, 10000);
  const y = rope(x, at(0, 8), table);
  expect([...y.dataSync().slice(0, 8)]).toEqual([...x.dataSync().slice(0, 8)]);
  const back = rope(y, at(0, 8), table, true).dataSync();
  x.dataSync().forEach((value, i) => {
    expect(back[i]).toBeCloseTo(value, 5);
  });
});

test('numeric gradient', () => {
  const x = tf.randomNormal([3, 12], 0, 1, 'float32', 1);
  const f = (a: tf.Tensor) => rope(a as tf.Tensor2D, at(0, 5, 2), ropeTable(6, 6, 10000));
  expect(gradientError(f, [x])).toBeLessThan(1e-3);
});

test('queries and keys together turn as they do alone', () => {
  const [q, k] = [8, 4].map((width, seed) => tf.randomNormal([2, width], 0, 1, 'float32', seed) as tf.Tensor2D);
  const table = ropeTable(9, 4, 10000);
  const [turnedQ, turnedK] = ropePair(q!, k!, at(3, 8), table);
  expect([...turnedQ.dataSync()]).toEqual([...rope(q!, at(3, 8), table).dataSync()]);
  expect([...turnedK.dataSync()]).toEqual([...rope(k!, at(3, 8), table).dataSync()]);
});

testWasmParity('rope');
testWasmParity('ropePair');
