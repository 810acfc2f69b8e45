import { afterEach, beforeAll, expect, test } from 'vitest';
import { createRng } from '../rng';
import { tf } from '../tf';
import { keepRejectedTokens, keptCount } from '../tokens/keep';
import { keepLowestRatios } from './fineGrainedDpo';

beforeAll(() => tf.setBackend('wasm'));
afterEach(() => tf.disposeVariables());

test('the device rule keeps exactly what the rule on plain arrays keeps, ties and ragged rows included', () => {
  const rng = createRng(5);
  const [batchSize, length] = [7, 11];
  // A coarse grid of log-ratios makes many ties.
  const ratios = Float32Array.from({ length: batchSize * length }, () => (rng.int(5) - 2) / 4);
  const valid = Int32Array.from({ length: batchSize }, () => 1 + rng.int(length));
  const mask = Float32Array.from(ratios, (_, i) => (i % length < valid[Math.floor(i / length)]! ? 1 : 0));
  for (const share of [0.01, 0.3, 0.5, 0.99]) {
    const expected = keepRejectedTokens(
      { policyRejectedLogps: ratios, refRejectedLogps: new Float32Array(ratios.length), rejectedMask: mask, batchSize },
      { share, select: 'valid' },
    );
    const kept = tf.tidy(() =>
      keepLowestRatios(
        tf.tensor2d(ratios, [batchSize, length]),
        tf.tensor2d(mask, [batchSize, length]),
        tf.tensor2d(
          Float32Array.from(valid, (n) => keptCount(share, n)),
          [batchSize, 1],
        ),
      ).dataSync(),
    );
    expect([...kept]).toEqual([...expected.keep]);
  }
});

test('the selection passes no gradient', () => {
  const ratios = tf.tensor2d([[0.5, -1, 0.25, -2]]);
  const gradient = tf.grad((x) => {
    const d = x as tf.Tensor2D;
    const keep = keepLowestRatios(d, tf.ones([1, 4]), tf.tensor2d([[2]]));
    return tf.sum(tf.where(tf.greater(keep, 0), d, tf.zerosLike(d)));
  })(ratios);
  expect([...gradient.dataSync()]).toEqual([0, 1, 0, 1]);
});
