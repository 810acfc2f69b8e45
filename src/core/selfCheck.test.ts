import { describe, expect, it } from 'vitest';
import { tensorsLeft } from '../testing/tinyModel';
import { relativeError, selfCheck } from './selfCheck';
import { tf } from './tf';

describe('relativeError', () => {
  const error = (got: number[], expected: number[]) =>
    relativeError(Float32Array.from(got), Float32Array.from(expected));

  it('is the largest difference over the largest expected magnitude', () => {
    expect(error([1, -4.5, 2], [1, -4, 2.25])).toBe(0.125);
    expect(error([1, 2], [1, 2])).toBe(0);
  });

  it('is 1 for all zeros and for what is not finite', () => {
    expect(error([0, 0], [1, 2])).toBe(1);
    expect(error([0, 0], [0, 0])).toBe(1);
    expect(error([1, NaN], [1, 2])).toBe(1);
    expect(error([Infinity, 2], [1, 2])).toBe(1);
  });
});

describe('selfCheck', () => {
  it('passes wasm on forward, gradient and one optimiser step, leaves it active and nothing behind', async () => {
    await tf.setBackend('wasm');
    await tf.ready();
    let checks: Awaited<ReturnType<typeof selfCheck>> = [];
    const left = await tensorsLeft(async () => {
      checks = await selfCheck('wasm');
    });
    expect(left).toBe(0);
    expect(tf.getBackend()).toBe('wasm');
    expect(checks.map(({ op, tolerance, passed }) => [op, tolerance, passed])).toEqual([
      ['forward', 1e-4, true],
      ['gradient', 1e-4, true],
      ['optimiser step', 2e-2, true],
    ]);
    // Far inside: the numbers are float32 sums in another order.
    for (const { maxError } of checks.slice(0, 2)) expect(maxError).toBeLessThan(2e-5);
  });
});
