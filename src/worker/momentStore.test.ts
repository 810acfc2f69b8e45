// Exact bits, whatever they are: −0, NaN with a payload, numbers that a sum does not give back.
import { describe, expect, it } from 'vitest';
import { createRng } from '../core/rng';
import { momentStore } from './momentStore';

const SPECS = [
  { name: 'a', shape: [8] },
  { name: 'b', shape: [2, 2] },
] as const;
const bits = (values: Float32Array | undefined) =>
  values && [...new Int32Array(values.buffer, values.byteOffset, values.length)];
const f32 = (...values: number[]) => Float32Array.from(values);
/** A NaN that no computation makes. */
const PAYLOAD = 0x7fc12345;
const odd = () => {
  const values = f32(1, -0, 0, 3, 1e-30, -2, 0.1, 7);
  new Int32Array(values.buffer)[3] = PAYLOAD;
  return values;
};
const B = () => f32(1, 2, 3, 4);

describe('moments', () => {
  it('gives back what a masked stage left, and keeps only the entries it moved', () => {
    const store = momentStore(SPECS);
    store.add('sft', [f32(1, 2, 3, 4, 5, 6, 7, 8), B()]);
    const forgotten = f32(1, 2, 3.5, 4, 5, 6, -0, 8);
    store.add('forgotten', [forgotten.slice(), B()]);
    // 12 entries of SFT whole; two entries that moved, 8 bytes each.
    expect(store.bytes()).toBe(12 * 4 + 2 * 8);
    expect(bits(store.get('forgotten', 'a'))).toEqual(bits(forgotten));
    const improved = f32(9, 2, 3.5, 4, 5, 6, 0, 8);
    store.add('improved', [improved.slice(), B()]);
    // From −0 to 0 is a move; from forgotten two entries differ, from SFT it would be three.
    expect(store.bytes()).toBe(12 * 4 + 4 * 8);
    expect(bits(store.get('improved', 'a'))).toEqual(bits(improved));
    expect(bits(store.get('forgotten', 'a'))).toEqual(bits(forgotten));
    expect(store.held()).toEqual(['sft', 'forgotten', 'improved']);
  });

  it('keeps −0 and the bits of NaN, moved or not', () => {
    const store = momentStore(SPECS);
    store.add('sft', [odd(), B()]);
    const moved = odd();
    moved[1] = 0;
    new Int32Array(moved.buffer)[7] = PAYLOAD | 1;
    for (const moment of ['warmed-up', 'forgotten'] as const) store.add(moment, [moved.slice(), B()]);
    for (const moment of ['warmed-up', 'forgotten'] as const) expect(bits(store.get(moment, 'a'))).toEqual(bits(moved));
    expect(bits(store.get('sft', 'a'))).toEqual(bits(odd()));
    expect(Object.is(store.get('sft', 'a')![1], -0)).toBe(true);
  });

  it('knows the update, and θ′ even where θ + (θ′ − θ) is rounded', () => {
    const store = momentStore(SPECS);
    // 0.1 − 0.7 is exact; 1 − 3e-8, 1e10 − 0.1 and 1 − 1e-9 are rounded.
    const [theta, trained] = [f32(1e-9, 0.7, 3e-8, 0.1, 5, 5, 5, 5), f32(1, 0.1, 1, 1e10, 5, 5, 5, 5.5)];
    store.add('sft', [theta.slice(), B()]);
    expect(store.update).toBeNull();
    store.add('warmed-up', [trained.slice(), B()]);
    expect([...store.update!.get('a')!]).toEqual([...trained.map((value, i) => value - theta[i]!)]);
    expect(bits(store.get('warmed-up', 'a'))).toEqual(bits(trained));
  });

  it('keeps a stage that moves every weight whole, and the bytes no larger than whole', () => {
    const store = momentStore(SPECS);
    store.add('sft', [odd(), B()]);
    const all = f32(9, 9, 9, 9, 9, 9, 9, 9);
    store.add('improved', [all, f32(0, 0, 0, 0)]);
    expect(store.get('improved', 'a')).toBe(all);
    expect([store.isWhole('improved', 'a'), store.isWhole('sft', 'a')]).toEqual([true, true]);
    expect(store.bytes()).toBe(2 * 12 * 4);
  });

  it('keeps whole what has nothing before it, and has no update then', () => {
    const store = momentStore(SPECS);
    store.add('improved', [odd(), B()]);
    store.add('warmed-up', [odd(), B()]);
    expect([bits(store.get('improved', 'a')), bits(store.get('warmed-up', 'a'))]).toEqual([bits(odd()), bits(odd())]);
    expect([store.update, store.get('forgotten', 'a')]).toEqual([null, undefined]);
  });

  it('is bit for bit what came in, over random numbers of all sizes', () => {
    const size = 40_000;
    const store = momentStore([{ name: 'a', shape: [size] }]);
    const rng = createRng(1, 'moments');
    const scaled = () => {
      const values = new Float32Array(size);
      for (let i = 0; i < size; i++) values[i] = (rng.next() - 0.5) * 10 ** -rng.int(12);
      return values;
    };
    const theta = scaled();
    const change = scaled();
    const trained = theta.map((value, i) => value + change[i]!);
    const forgotten = theta.map((value, i) => (i % 20 === 0 ? value + change[i]! : value));
    store.add('sft', [theta.slice()]);
    store.add('warmed-up', [trained.slice()]);
    store.add('forgotten', [forgotten.slice()]);
    expect(bits(store.get('warmed-up', 'a'))).toEqual(bits(trained));
    expect(bits(store.get('forgotten', 'a'))).toEqual(bits(forgotten));
    // SFT and update whole, a twentieth of the entries moved, and sums that are rounded differently here and there.
    expect(store.bytes()).toBeLessThan(size * 4 * 3);
  });
});
