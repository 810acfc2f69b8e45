import { beforeAll, describe, expect, it } from 'vitest';
import { tensorsLeft } from '../../testing/tinyModel';
import { tf } from '../tf';
import { valueAndGradients } from './gradients';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const numbers = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];

describe('valueAndGradients', () => {
  it('of a sum that uses one tensor twice, by hand', () => {
    // y = Σ (a·b + a): dy/da = b + 1, dy/db = a.
    const a = tf.tensor1d([1, 2]);
    const b = tf.tensor1d([3, -4]);
    const { value, gradients } = valueAndGradients(() => tf.sum(tf.add(tf.mul(a, b), a)) as tf.Scalar, [a, b]);
    expect(numbers(value)).toEqual([1 * 3 + 1 + 2 * -4 + 2]);
    expect(gradients.map(numbers)).toEqual([
      [4, -3],
      [1, 2],
    ]);
  });

  it('weighs the outputs with dy, and leaves dy to the caller', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const dy = tf.tensor1d([1, 10, 0]);
    const { gradients } = valueAndGradients(() => tf.square(x) as tf.Tensor1D, [x], dy);
    expect(numbers(gradients[0]!)).toEqual([2, 40, 0]);
    expect(numbers(dy)).toEqual([1, 10, 0]);
  });

  it('is what TensorFlow.js finds, through outputs that nobody uses and inputs that do not matter', () => {
    const x = tf.tensor2d([0.3, -0.2, 0.5, 0.1, 0.7, -0.4], [2, 3]);
    const constant = tf.tensor2d([2, 1, 0, 1, 3, -1], [3, 2]);
    const f = (): tf.Scalar => {
      const [first, , last] = tf.split(tf.matMul(constant, x), 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
      tf.exp(constant);
      return tf.sum(tf.mul(tf.tanh(first), tf.sub(last, tf.mean(x)))) as tf.Scalar;
    };
    const theirs = tf.grad(() => f())(x);
    const { gradients } = valueAndGradients(f, [x]);
    expect(numbers(gradients[0]!)).toEqual(numbers(theirs));
  });

  it('gives everything back: between forward and end the saved activations, on failure too', async () => {
    const x = tf.tensor1d([1, 2]);
    expect(
      await tensorsLeft(() => {
        const { value, gradients } = valueAndGradients(() => tf.sum(tf.exp(tf.mul(x, x))) as tf.Scalar, [x]);
        tf.dispose([value, ...gradients]);
      }),
    ).toBe(0);
    const failing: [() => tf.Scalar, string][] = [
      [() => tf.sum(tf.cast(tf.greater(tf.exp(x), 1), 'float32')) as tf.Scalar, '“Greater” has no gradient.'],
      [() => tf.scalar(1), 'The value does not depend on tensor 0 of 1.'],
      [
        () => {
          tf.exp(x);
          throw new Error('in the middle');
        },
        'in the middle',
      ],
      [() => valueAndGradients(() => tf.sum(x) as tf.Scalar, [x]).value, 'while others are being recorded'],
    ];
    for (const [f, message] of failing)
      expect(await tensorsLeft(() => void expect(() => valueAndGradients(f, [x])).toThrow(message)), message).toBe(0);
    // And the tape is closed: nothing is recorded now.
    expect(await tensorsLeft(() => tf.exp(x).dispose())).toBe(0);
  });

  it('holds one activation of a chain less after every step back', async () => {
    const x = tf.tensor1d(new Float32Array(1000));
    const bytes: number[] = [];
    const watched = tf.customGrad((input, save) => {
      (save as tf.GradSaveFunc)([input as tf.Tensor]);
      return {
        value: tf.exp(input as tf.Tensor),
        gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
          bytes.push(tf.memory().numBytes);
          return tf.mul(dy, tf.exp(saved!));
        },
      };
    });
    const before = tf.memory().numBytes;
    const chain = (): tf.Scalar => {
      let y: tf.Tensor = x;
      for (let i = 0; i < 10; i++) y = watched(y);
      return tf.sum(y) as tf.Scalar;
    };
    const { value, gradients } = valueAndGradients(chain, [x]);
    expect(bytes.slice(1).map((n, i) => bytes[i]! - n)).toEqual(Array.from({ length: 9 }, () => 4000));
    expect(bytes.at(-1)! - before).toBeLessThan(3 * 4000);
    tf.dispose([value, ...gradients]);
  });
});
