import { describe, expect, it } from 'vitest';
import { createRng } from '../rng';
import { kthLargest } from './kthLargest';

describe('kthLargest', () => {
  it('finds what stands at that place when all are sorted, many equal ones among them', () => {
    const rng = createRng(3);
    for (const different of [1, 2, 7, 1000]) {
      for (const size of [1, 2, 3, 10, 257]) {
        const values = Float64Array.from({ length: size }, () => rng.int(different) / 8);
        const sorted = [...values].sort((a, b) => b - a);
        for (let k = 1; k <= size; k += Math.ceil(size / 20)) expect(kthLargest(values.slice(), k)).toBe(sorted[k - 1]);
      }
    }
  });

  it('tells doubles apart that are one float32', () => {
    expect(kthLargest(Float64Array.of(1, 1 + 2 ** -50, 1 - 2 ** -50), 2)).toBe(1);
  });

  it.each([0, 4, NaN])('knows no place %d among three', (k) => {
    expect(() => kthLargest(new Float64Array(3), k)).toThrow(RangeError);
  });
});
