import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng';
import { FEWEST, type Point, slopeOf } from './slope';

const line = (count: number, of: (at: number) => number): Point[] =>
  Array.from({ length: count }, (_, at) => ({ at, value: of(at) }));

describe('slopeOf', () => {
  it('is exact on a line and on nothing that changes', () => {
    expect(slopeOf(line(20, (at) => 3 + 0.5 * at))).toEqual({ perUnit: 0.5, low: 0.5, high: 0.5 });
    expect(slopeOf(line(20, () => 43))).toEqual({ perUnit: 0, low: 0, high: 0 });
  });

  it('is the median of all pairs, worked by hand', () => {
    // Between 0, 0, 0, 0, 0, 0, 0 and 7 at 0 … 7: 21 pairs of slope 0, and 7/7, 7/6 … 7/1 to the last one.
    const { perUnit, high } = slopeOf(line(8, (at) => (at === 7 ? 7 : 0)));
    expect(perUnit).toBe(0);
    expect(high).toBeLessThan(1);
  });

  it('is not moved by a few samples that are far off', () => {
    const noisy = line(60, (at) => 100 + 0.2 * at + (at % 9 === 4 ? 5000 : 0));
    expect(slopeOf(noisy).perUnit).toBeCloseTo(0.2, 6);
  });

  it('has an interval that holds the true slope 95 times in 100', () => {
    let held = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const rng = createRng(seed, 'noise');
      // Sum of four uniforms: near enough to a normal one.
      const noise = () => rng.next() + rng.next() + rng.next() + rng.next() - 2;
      const { low, high } = slopeOf(line(40, (at) => 0.01 * at + noise()));
      if (low <= 0.01 && 0.01 <= high) held++;
    }
    expect(held / 400).toBeGreaterThan(0.92);
    expect(held / 400).toBeLessThan(0.98);
  });

  it('refuses too few samples', () => {
    expect(() => slopeOf(line(FEWEST - 1, () => 1))).toThrow(RangeError);
    expect(() => slopeOf(line(20, () => 1).map(({ value }) => ({ at: 3, value })))).toThrow(RangeError);
  });
});
