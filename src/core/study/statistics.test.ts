import { describe, expect, test } from 'vitest';
import { createRng } from '../rng';
import {
  bestOf,
  isClear,
  mean,
  pairedDifference,
  quantile,
  type SeedSample,
  sampleSd,
  spread,
  wilson,
} from './statistics';

const sample = (seed: number, ...values: number[]): SeedSample => ({ seed, values });
const bits = (seed: number, text: string): SeedSample => ({
  seed,
  values: Array.from(text, (bit) => 100 * Number(bit)),
});

describe('mean and spread', () => {
  test('by hand', () => {
    expect(mean([2, 4, 9])).toBe(5);
    // Squares 9 + 1 + 16 over n − 1 = 2.
    expect(sampleSd([2, 4, 9])).toBeCloseTo(Math.sqrt(13), 12);
    expect(sampleSd([3])).toBeNull();
    expect(sampleSd([3, 3, 3])).toBe(0);
    expect(spread([sample(1, 0, 100), sample(2, 100, 100)])).toEqual({ mean: 75, sd: Math.sqrt(1250), seeds: 2 });
    expect(spread([])).toEqual({ mean: Number.NaN, sd: null, seeds: 0 });
  });

  test('quantile is linear between sorted values', () => {
    expect(quantile([10, 20, 40], 0.5)).toBe(20);
    expect(quantile([10, 20, 40], 0.75)).toBe(30);
    expect(quantile([10, 20, 40], 1)).toBe(40);
  });
});

describe('wilson', () => {
  test('of 8 in 10 is 49.0 … 94.3 %, of none in 10 up to 27.8 %', () => {
    expect(wilson(8, 10).low).toBeCloseTo(49.0, 1);
    expect(wilson(8, 10).high).toBeCloseTo(94.3, 1);
    expect(wilson(0, 10).high).toBeCloseTo(27.75, 2);
    expect(wilson(10, 10).low).toBeCloseTo(72.25, 2);
  });
  test('ends exactly at 0 for none and at 100 for all, and stays between for any other share', () => {
    for (let prompts = 1; prompts <= 300; prompts++) {
      expect(wilson(0, prompts).low).toBe(0);
      expect(wilson(prompts, prompts).high).toBe(100);
      for (const right of [1, prompts - 1].filter((count) => count > 0 && count < prompts)) {
        expect(wilson(right, prompts).low).toBeGreaterThan(0);
        expect(wilson(right, prompts).high).toBeLessThan(100);
      }
    }
  });
  test('refuses what is no share', () => {
    expect(() => wilson(1, 0)).toThrow(RangeError);
    expect(() => wilson(3, 2)).toThrow(RangeError);
  });
});

describe('pairedDifference', () => {
  test('a difference that never changes has an interval of one point', () => {
    const a = [sample(1, 5, 6, 7), sample(2, 8, 9, 10)];
    const b = [sample(1, 3, 4, 5), sample(2, 6, 7, 8)];
    expect(pairedDifference(a, b)).toEqual({
      ...{ mean: 2, interval: { low: 2, high: 2 }, seeds: 2, prompts: 3, over: 'seeds and prompts' },
    });
    expect(pairedDifference(a, a)?.interval).toEqual({ low: 0, high: 0 });
  });

  test('only seeds that both have are paired, in whatever order they come', () => {
    const a = [sample(3, 10), sample(1, 1), sample(2, 2)];
    const b = [sample(2, 0), sample(3, 4)];
    // Differences 6 and 2: sd √8, standard error 2, t of one degree of freedom 12.706.
    expect(pairedDifference(a, b)).toEqual({
      ...{
        mean: 4,
        interval: { low: expect.closeTo(4 - 25.412, 9), high: expect.closeTo(4 + 25.412, 9) },
        seeds: 2,
        prompts: 1,
        over: 'seeds',
      },
    });
    expect(pairedDifference(a, [sample(9, 1)])).toBeNull();
    expect(pairedDifference([], b)).toBeNull();
  });

  test('one number a seed: Student’s interval; none of two seeds that agree', () => {
    const three = pairedDifference(
      [sample(1, 1), sample(2, 2), sample(3, 3)],
      [sample(1, 0), sample(2, 0), sample(3, 0)],
    );
    // Mean 2, sd 1, t 4.303 over √3.
    expect(three?.interval?.low).toBeCloseTo(2 - 4.303 / Math.sqrt(3), 9);
    expect(pairedDifference([sample(1, 3), sample(2, 4)], [sample(1, 1), sample(2, 2)])).toEqual({
      ...{ mean: 2, interval: null, seeds: 2, prompts: 1, over: 'seeds' },
    });
    expect(pairedDifference([sample(1, 3), sample(2, 5)], [sample(1, 1), sample(2, 2)])?.interval).toEqual({
      low: expect.closeTo(2.5 - 12.706 * 0.5, 9),
      high: expect.closeTo(2.5 + 12.706 * 0.5, 9),
    });
    const many = Array.from({ length: 30 }, (_, seed) => seed);
    expect(
      pairedDifference(
        many.map((seed) => sample(seed, seed % 2)),
        many.map((seed) => sample(seed, 0)),
      )?.interval?.low,
    ).toBeCloseTo(0.5 - (2.228 * Math.sqrt(7.5 / 29)) / Math.sqrt(30), 9);
  });

  test('one seed: prompts only; one seed with one number: no interval', () => {
    expect(pairedDifference([bits(1, '1100')], [bits(1, '1000')])).toMatchObject({ mean: 25, over: 'prompts' });
    expect(pairedDifference([sample(1, 3)], [sample(1, 1)])).toEqual({
      ...{ mean: 2, interval: null, seeds: 1, prompts: 1, over: 'nothing' },
    });
  });

  test('seeds whose prompts differ in number cannot be paired', () => {
    expect(pairedDifference([bits(1, '110')], [bits(1, '11')])).toBeNull();
    expect(pairedDifference([bits(1, '11'), bits(2, '111')], [bits(1, '10'), bits(2, '100')])?.seeds).toBe(1);
    expect(pairedDifference([bits(1, '')], [bits(1, '')])).toBeNull();
  });

  test('one in n prompts differs: the resampled mean is binomial', () => {
    // 100 prompts, one of them +100: the count drawn is binomial (100, 1/100) ≈ Poisson 1: 0 with 37 %, above 3 with 1.9 %.
    const a = [bits(1, '1'.repeat(1) + '0'.repeat(99))];
    const difference = pairedDifference(a, [bits(1, '0'.repeat(100))])!;
    expect(difference.mean).toBe(1);
    expect(difference.interval).toEqual({ low: 0, high: 3 });
    expect(isClear(difference, 'higher')).toBe(false);
    expect(isClear({ ...difference, interval: { low: 1, high: 3 } }, 'higher')).toBe(true);
    expect(isClear({ ...difference, interval: { low: 1, high: 3 } }, 'lower')).toBe(false);
  });

  test('the same numbers give the same interval', () => {
    const a = [bits(1, '110101'), bits(2, '011101')];
    const b = [bits(1, '100101'), bits(2, '010001')];
    expect(pairedDifference(a, b)).toEqual(pairedDifference(a, b));
    const [ab, ba] = [pairedDifference(a, b)!, pairedDifference(b, a)!];
    expect(ba.interval!.low).toBeCloseTo(-ab.interval!.high, 9);
  });

  test('covers the true difference about as often as it says: prompts of one seed', () => {
    const rng = createRng(7, 'coverage');
    const [experiments, prompts] = [200, 150];
    let covered = 0;
    for (let i = 0; i < experiments; i++) {
      const draw = (share: number) =>
        sample(1, ...Array.from({ length: prompts }, () => (rng.next() < share ? 100 : 0)));
      const { interval } = pairedDifference([draw(0.7)], [draw(0.6)])!;
      if (interval!.low <= 10 && 10 <= interval!.high) covered++;
    }
    // 95 % of 200 with a binomial sd of 3.1: 190 ± 3 sd.
    expect(covered).toBeGreaterThanOrEqual(181);
    expect(covered).toBeLessThanOrEqual(199);
  });
});

describe('bestOf', () => {
  const good = [bits(1, '1'.repeat(80) + '0'.repeat(20)), bits(2, '1'.repeat(82) + '0'.repeat(18))];
  const near = [bits(1, '1'.repeat(79) + '0'.repeat(21)), bits(2, '1'.repeat(82) + '0'.repeat(18))];
  const bad = [bits(1, '1'.repeat(50) + '0'.repeat(50)), bits(2, '1'.repeat(52) + '0'.repeat(48))];
  test('marks the highest only when it is clear of the runner-up', () => {
    expect(bestOf([bad, good])).toBe(1);
    expect(bestOf([bad, good, near])).toBeNull();
    expect(bestOf([bad, good], 'lower')).toBe(0);
  });
  test('marks none where the common seeds say the opposite of the means', () => {
    // Seed 1 alone: 60 beside a mean of 55.5 over two seeds, but 19 below on the common one.
    const lucky = [bits(1, '1'.repeat(60) + '0'.repeat(40))];
    const both = [bits(1, '1'.repeat(79) + '0'.repeat(21)), bits(2, '1'.repeat(32) + '0'.repeat(68))];
    expect(pairedDifference(lucky, both)!.interval!.high).toBeLessThan(0);
    expect(bestOf([both, lucky])).toBeNull();
  });
  test('arms without samples do not count, and one arm alone is no best', () => {
    expect(bestOf([[], good, [], bad])).toBe(1);
    expect(bestOf([good, []])).toBeNull();
    expect(bestOf([])).toBeNull();
  });
});
