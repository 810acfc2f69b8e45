import { expect, test } from 'vitest';
import { createRng } from '../rng';
import { countBoth, countDiffering, countOnes } from './countBits';

test('counts ones, ones of both and differences, by hand', () => {
  const a = Uint8Array.of(1, 0, 1, 1, 0, 1);
  const b = Uint8Array.of(1, 1, 0, 1, 0, 1);
  expect([countOnes(a), countOnes(b), countBoth(a, b), countDiffering(a, b)]).toEqual([4, 4, 3, 2]);
  expect(countOnes(new Uint8Array(0))).toBe(0);
});

test('no byte of a sum of words overflows, whole or at an odd place of its buffer', () => {
  for (const [length, offset] of [
    [4 * 255, 0],
    [4 * 256 + 3, 0],
    [100_003, 1],
    [100_003, 4],
  ] as const) {
    const full = new Uint8Array(new ArrayBuffer(length + offset), offset, length).fill(1);
    expect(countOnes(full)).toBe(length);
    const rng = createRng(1, `bits ${length}`);
    const some = full.map(() => (rng.next() < 0.3 ? 1 : 0));
    expect(countBoth(full, some)).toBe(some.reduce((sum, bit) => sum + bit, 0));
  }
});
