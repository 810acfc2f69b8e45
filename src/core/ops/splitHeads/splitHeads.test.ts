import { beforeAll, expect, test } from 'vitest';
import { gradientError } from '../../../testing/gradientCheck';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { ropeTable } from '../rope/op';
import { splitHeads } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const at = (...positions: number[]) => tf.tensor1d(Int32Array.from(positions), 'int32');

test('every head has query, key and value side by side; the first numbers of the first two turn', () => {
  // Two heads of 3, of which 2 turn, at position 1: the angle is 1.
  const row = Array.from({ length: 18 }, (_, i) => i);
  const [q, k, v] = splitHeads(tf.tensor2d(row, [1, 18]), at(1), ropeTable(2, 2, 10000), 2).map((t) => t.dataSync());
  const turned = (a: number, b: number, c: number) => [
    a * Math.cos(1) - b * Math.sin(1),
    b * Math.cos(1) + a * Math.sin(1),
    c,
  ];
  [...turned(0, 1, 2), ...turned(9, 10, 11)].forEach((value, i) => {
    expect(q![i]).toBeCloseTo(value, 5);
  });
  [...turned(3, 4, 5), ...turned(12, 13, 14)].forEach((value, i) => {
    expect(k![i]).toBeCloseTo(value, 5);
  });
  expect([...v!]).toEqual([6, 7, 8, 15, 16, 17]);
});

test('numeric gradient', () => {
  const x = tf.randomNormal([3, 24], 0, 1, 'float32', 1);
  const f = (a: tf.Tensor) => {
    const [q, k, v] = splitHeads(a as tf.Tensor2D, at(0, 5, 2), ropeTable(6, 2, 100), 2);
    return tf.concat([q, tf.mul(k, 2), tf.mul(v, 3)], 1);
  };
  expect(gradientError(f, [x])).toBeLessThan(1e-3);
});

test('names what does not fit', () => {
  const table = ropeTable(2, 4, 10000);
  expect(() => splitHeads(tf.zeros([1, 16]), at(0), table, 2)).toThrow('width 16 is no multiple of 3 · 2 heads');
  expect(() => splitHeads(tf.zeros([1, 18]), at(0), table, 2)).toThrow('turns 4 numbers of a head of 3');
  expect(() => splitHeads(tf.zeros([2, 24]), at(0), table, 2)).toThrow('positions has shape [1], expected [2]');
});

testWasmParity('splitHeads');
