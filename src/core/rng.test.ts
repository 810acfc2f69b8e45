import { describe, expect, it } from 'vitest';
import { createRng } from './rng';

describe('createRng', () => {
  it('is xoshiro128**: the published outputs for the state 1, 2, 3, 4', () => {
    const rng = createRng(0, '', [1, 2, 3, 4]);
    const first = Array.from({ length: 4 }, () => rng.next() * 2 ** 32);
    expect(first).toEqual([11520, 0, 5927040, 70819200]);
  });

  it('continues a saved state and gives the same stream for the same seed and path', () => {
    const rng = createRng(7, 'a');
    rng.next();
    const saved = rng.state();
    const rest = [rng.next(), rng.next()];
    const again = createRng(0, '', saved);
    expect([again.next(), again.next()]).toEqual(rest);
    expect(createRng(7, 'a').next()).toBe(createRng(7, 'a').next());
    const starts = [createRng(7, 'a'), createRng(8, 'a'), createRng(7, 'b'), createRng(7)].map((one) => one.next());
    expect(new Set(starts).size).toBe(4);
  });

  it('forks by name alone: what the parent drew before does not shift the fork', () => {
    const fresh = createRng(3, 'run').fork('pairs');
    const parent = createRng(3, 'run');
    parent.shuffle([1, 2, 3, 4]);
    const later = parent.fork('pairs');
    expect(later.state()).toEqual(fresh.state());
    expect(createRng(3, 'run/pairs').state()).toEqual(fresh.state());
    expect(parent.fork('samples').state()).not.toEqual(fresh.state());
  });

  it('draws integers of the whole range evenly', () => {
    const rng = createRng(11);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 10_000; i++) counts[rng.int(5)]!++;
    // Binomial sd 40: five of them are 200.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
    expect(rng.int(1)).toBe(0);
    for (const bad of [0, -1, 1.5, NaN, 2 ** 32 + 1]) expect(() => rng.int(bad)).toThrow(RangeError);
    expect(rng.int(2 ** 32)).toBeLessThan(2 ** 32);
  });

  it('shuffles a copy, samples different elements, picks one', () => {
    const rng = createRng(5);
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = rng.shuffle(items);
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
    expect(new Set(rng.sample(items, 5)).size).toBe(5);
    expect(rng.sample(items, 99)).toHaveLength(8);
    expect(items).toContain(rng.pick(items));
    expect(() => rng.pick([])).toThrow(RangeError);
    // Every element comes to the front equally often: 6000 shuffles of 3, sd 37.
    const front = [0, 0, 0];
    for (let i = 0; i < 6000; i++) front[rng.shuffle([0, 1, 2])[0]!]!++;
    for (const count of front) expect(Math.abs(count - 2000)).toBeLessThan(185);
  });

  it('draws normals with mean 0 and variance 1', () => {
    const rng = createRng(9);
    const values = Array.from({ length: 20_000 }, () => rng.normal());
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});
