import { describe, expect, it } from 'vitest';
import { createRng } from '../rng';
import { alignTokens, editCount } from './align';

const shown = (left: string, right: string) =>
  alignTokens([...left], [...right]).map(
    ({ kind, left: i, right: j }) => `${kind} ${i === null ? '-' : left[i]}${j === null ? '-' : right[j]}`,
  );

describe('alignTokens', () => {
  it('finds a shortest script, changes before deletions before insertions', () => {
    expect(shown('kitten', 'sitting')).toEqual([
      'changed ks',
      'same ii',
      'same tt',
      'same tt',
      'changed ei',
      'same nn',
      'inserted -g',
    ]);
    expect(shown('abcd', 'bd')).toEqual(['deleted a-', 'same bb', 'deleted c-', 'same dd']);
    expect(shown('', 'ab')).toEqual(['inserted -a', 'inserted -b']);
    expect(shown('ab', '')).toEqual(['deleted a-', 'deleted b-']);
    expect(alignTokens([], [])).toEqual([]);
  });

  it('covers both sides in order and costs the edit distance', () => {
    const rng = createRng(3, 'align');
    for (let round = 0; round < 40; round++) {
      const draw = () => Array.from({ length: rng.int(7) }, () => rng.int(3));
      const [left, right] = [draw(), draw()];
      const rows = alignTokens(left, right);
      expect(rows.flatMap((row) => (row.left === null ? [] : [row.left]))).toEqual([...left.keys()]);
      expect(rows.flatMap((row) => (row.right === null ? [] : [row.right]))).toEqual([...right.keys()]);
      expect(editCount(rows)).toBe(recursiveDistance(left, right));
    }
  });
});

function recursiveDistance(left: readonly number[], right: readonly number[]): number {
  if (left.length === 0 || right.length === 0) return left.length + right.length;
  const rest = (i: number, j: number) => recursiveDistance(left.slice(i), right.slice(j));
  if (left[0] === right[0]) return rest(1, 1);
  return 1 + Math.min(rest(1, 1), rest(1, 0), rest(0, 1));
}
