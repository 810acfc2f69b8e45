import { describe, expect, it } from 'vitest';
import { createRng } from '../rng';
import { agreementMatrix, compareMasks, type LabelledMask } from './agreement';
import { churnOf, churnOfUpdates } from './churn';
import { randomNeurons } from './neuronMask';
import { EVERYTHING } from './tensorKinds';

const labelled = (
  label: string,
  tensors: Record<string, number[]>,
  shapes: Record<string, number[]> = {},
): LabelledMask => ({
  label,
  specs: Object.entries(tensors).map(([name, bits]) => ({ name, shape: shapes[name] ?? [bits.length] })),
  mask: new Map(Object.entries(tensors).map(([name, bits]) => [name, Uint8Array.from(bits)])),
});
const a = labelled('a', { x: [1, 1, 0, 0, 0, 0, 0, 0], y: [1, 1, 1, 0] });
const b = labelled('b', { x: [1, 0, 1, 1, 1, 0, 0, 0], y: [1, 1, 0, 0] });

describe('compareMasks', () => {
  it('counts both, each and neither, beside the value by chance', () => {
    const { tensors, overall, anywhere, mismatches } = compareMasks(a, b);
    // x: 2 and 4 of 8 share 1 of 5 in the union; by chance 2·4/8 = 1, so 1 of 5 too.
    expect(tensors[0]).toEqual({
      name: 'x',
      entries: 8,
      both: 1,
      onlyA: 1,
      onlyB: 3,
      neither: 3,
      iou: 0.2,
      chanceBoth: 1,
      chanceIou: 0.2,
    });
    // y: 3 and 2 of 4 share 2 of 3; by chance 1.5 of 3.5.
    expect(tensors[1]).toMatchObject({ both: 2, onlyA: 1, onlyB: 0, neither: 1, iou: 2 / 3, chanceBoth: 1.5 });
    expect(tensors[1]!.chanceIou).toBeCloseTo(3 / 7, 15);
    // Together 5 and 6 of 12 share 3 of 8; per tensor 2.5 of 8.5 by chance, anywhere 30/12 = 2.5 as it happens.
    expect(overall).toMatchObject({
      entries: 12,
      both: 3,
      onlyA: 2,
      onlyB: 3,
      neither: 4,
      iou: 3 / 8,
      chanceBoth: 2.5,
    });
    expect(overall.chanceIou).toBeCloseTo(2.5 / 8.5, 15);
    expect(anywhere).toEqual({ chanceBoth: 2.5, chanceIou: 2.5 / 8.5 });
    expect(mismatches).toEqual([]);
  });

  it('keeps the tensors’ densities in the overall chance value, and not in “anywhere”', () => {
    // Both masks live in x alone: there 2·2/2 = 2 are shared by chance; anywhere 2·2/8.
    const both = labelled('c', { x: [1, 1], y: [0, 0, 0, 0, 0, 0] });
    const { overall, anywhere } = compareMasks(both, both);
    expect(overall).toMatchObject({ iou: 1, chanceBoth: 2, chanceIou: 1 });
    expect(anywhere).toEqual({ chanceBoth: 0.5, chanceIou: 0.5 / 3.5 });
  });

  it('finds the chance value in random masks', () => {
    const rng = createRng(4, 'agreement');
    const draw = (count: number) => labelled('r', { x: [...randomNeurons([20_000], count, rng)[0]!] });
    const { overall } = compareMasks(draw(2000), draw(4000));
    expect(overall.chanceBoth).toBe(400);
    expect(Math.abs(overall.both - 400)).toBeLessThan(60); // sd 17
  });

  it('has no overlap to speak of where both are empty', () => {
    const empty = labelled('e', { x: [0, 0] });
    expect(compareMasks(empty, empty).overall).toMatchObject({ iou: null, chanceIou: null, neither: 2 });
    expect(compareMasks(labelled('n', {}), labelled('n', {})).overall).toMatchObject({ entries: 0, iou: null });
  });

  it('lists tensors that are missing or have another shape', () => {
    const c = labelled('c', { x: [1, 0, 1, 1, 1, 0, 0, 0], z: [1] }, { x: [2, 4] });
    const { tensors, overall, mismatches } = compareMasks(a, c);
    expect(tensors).toEqual([]);
    expect(overall.entries).toBe(0);
    expect(mismatches).toEqual([
      { name: 'x', shapes: [[8], [2, 4]] },
      { name: 'y', shapes: [[4], null] },
      { name: 'z', shapes: [null, [1]] },
    ]);
  });
});

describe('agreementMatrix', () => {
  it('agrees with every pair compared alone', () => {
    const rng = createRng(9, 'matrix');
    const masks = Array.from({ length: 8 }, (_, i) => {
      const [x, y] = randomNeurons([100, 50], 10 * i, rng);
      return labelled(`m${i}`, { x: [...x!], y: [...y!] });
    });
    const matrix = agreementMatrix(masks);
    expect(matrix.selected).toEqual([0, 10, 20, 30, 40, 50, 60, 70]);
    for (const [i, row] of matrix.pairs.entries())
      for (const [j, pair] of row.entries()) expect(pair).toEqual(compareMasks(masks[i]!, masks[j]!).overall);
    expect(() => agreementMatrix([...masks, masks[0]!])).toThrow(RangeError);
  });

  it('compares what all have alike, and lists the rest', () => {
    const odd = labelled('odd', { x: [1, 1, 0, 0, 0, 0, 0, 0] });
    const { pairs, mismatches } = agreementMatrix([a, b, odd]);
    expect(pairs[0]![2]).toMatchObject({ entries: 8, both: 2, iou: 1 });
    expect(pairs[0]![1]).toMatchObject({ entries: 8, both: 1 });
    expect(mismatches).toEqual([{ name: 'y', shapes: [[4], [4], null] }]);
  });
});

describe('churn', () => {
  it('says how much of the final mask is there at each step', () => {
    const specs = [{ name: 'x', shape: [4] }];
    const bits: Record<number, number[]> = { 1: [0, 0, 1, 1], 5: [1, 0, 0, 1], 9: [1, 1, 0, 0] };
    const points = churnOf(specs, [1, 5, 9], (step) => new Map([['x', Uint8Array.from(bits[step]!)]]));
    expect(points).toEqual([
      { step: 1, selected: 2, shareOfFinal: 0, chanceShare: 0.5, iouWithFinal: 0, iouWithPrevious: null },
      { step: 5, selected: 2, shareOfFinal: 0.5, chanceShare: 0.5, iouWithFinal: 1 / 3, iouWithPrevious: 1 / 3 },
      { step: 9, selected: 2, shareOfFinal: 1, chanceShare: 0.5, iouWithFinal: 1, iouWithPrevious: 1 / 3 },
    ]);
    expect(churnOf(specs, [], () => new Map())).toEqual([]);
  });

  it('selects by a rule from the changes of several steps', () => {
    const specs = [{ name: 'x', shape: [4] }];
    const updates = [
      { step: 10, update: new Map([['x', Float32Array.of(1, 2, 3, 4)]]) },
      { step: 20, update: new Map([['x', Float32Array.of(9, 2, 3, 8)]]) },
    ];
    const options = { rule: 'most', lower: 0, upper: 50, scope: EVERYTHING } as const;
    expect(churnOfUpdates(specs, updates, options).map(({ shareOfFinal }) => shareOfFinal)).toEqual([0.5, 1]);
  });
});
