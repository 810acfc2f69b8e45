import { beforeAll, expect, test } from 'vitest';
import { testWasmParity } from '../../../testing/opParity';
import { tf } from '../../tf';
import { type AdamwStep, adamw, adamwMasked } from './op';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const STEP: AdamwStep = {
  learningRate: 0.1,
  beta1: 0.5,
  beta2: 0.75,
  epsilon: 1,
  weightDecay: 0.5,
  correction1: 0.5,
  correction2: 0.25,
  torch: true,
};

test('torch form by hand: decay first, ε after the correction', () => {
  // g = 4 · 0.5 = 2: m = 1, v = 1; p = 2·0.95 − 0.1/0.5 · 1 / (1/0.5 + 1) = 1.9 − 0.2/3.
  const scale = tf.tensor1d([0.5]);
  const [parameter, moments] = [tf.tensor1d([2]), tf.zeros([1, 2]) as tf.Tensor2D];
  adamw(parameter, tf.tensor1d([4]), moments, scale, STEP);
  expect(parameter.dataSync()[0]).toBeCloseTo(1.9 - 0.2 / 3, 6);
  expect([...moments.dataSync()]).toEqual([1, 1]);
});

test('Hugging Face form by hand: ε before the correction, decay last; unselected entries keep their bits', () => {
  // As above with rate 0.1 · 0.5 / 0.5 = 0.1: p = (2 − 0.1 · 1 / (1 + 1)) · 0.95 = 1.8525.
  const parameter = tf.tensor1d([7.1, 2, 9.3]);
  const gradient = tf.tensor1d([100, 2, 100]);
  const index = tf.tensor1d(Int32Array.from([1]), 'int32');
  const step = { ...STEP, torch: false };
  const moments = tf.zeros([1, 2]) as tf.Tensor2D;
  adamwMasked(parameter, gradient, moments, index, tf.tensor1d([1]), step);
  const values = parameter.dataSync();
  expect(values[0]).toBe(Math.fround(7.1));
  expect(values[1]).toBeCloseTo(1.8525, 6);
  expect(values[2]).toBe(Math.fround(9.3));
  expect([...moments.dataSync()]).toEqual([1, 1]);
});

test('scale 0 stands for a gradient that is not sound: nothing changes, whatever it holds', () => {
  const parameter = tf.tensor1d([7.1, -2]);
  const gradient = tf.tensor1d([Number.NaN, Number.POSITIVE_INFINITY]);
  const moments = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const scale = tf.tensor1d([0]);
  const index = tf.tensor1d(Int32Array.from([0, 1]), 'int32');
  for (const step of [STEP, { ...STEP, torch: false }]) {
    adamw(parameter, gradient, moments, scale, step);
    adamwMasked(parameter, gradient, moments, index, scale, step);
    expect([...parameter.dataSync()]).toEqual([Math.fround(7.1), -2]);
    expect([...moments.dataSync()]).toEqual([1, 2, 3, 4]);
  }
});

test('names moments of another size', () => {
  const one = tf.tensor1d([1]);
  expect(() => adamw(one, one, tf.zeros([2, 2]), one, STEP)).toThrow('moments has shape [2, 2], expected [1, 2]');
});

testWasmParity('adamw');
testWasmParity('adamwMasked');
