// WGSL text that searches an integer buffer in order, used where a scatter would need atomics.
import type { Vector } from './gpu';

/**
 * Leaves in `found` the first place ≥ `first` of `count` vectors where `test` holds, or −1. `test(m, type)` compares the m-th
 * vector; `type` is the integer vector's name.
 */
export function findFirst(
  vector: Vector,
  first: string,
  count: string,
  test: (m: string, type: string) => string,
): string {
  if (vector === 1)
    return `
      var found = -1;
      for (var m = ${first}; m < ${count}; m += 1) { if (${test('m', 'i32')}) { found = m; break; } }`;
  const places = ['x', 'y', 'z', 'w'].slice(0, vector);
  return `
    var found = -1;
    for (var m = ${first} / ${vector}; m < ${count} && found < 0; m += 1) {
      let hit = ${test('m', `vec${vector}<i32>`)};
      if (any(hit)) {
        ${places
          .map(
            (place, i) =>
              `if (found < 0 && hit.${place} && ${vector} * m + ${i} >= ${first}) { found = ${vector} * m + ${i}; }`,
          )
          .join('\n')}
      }
    }`;
}
