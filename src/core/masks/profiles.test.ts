import { describe, expect, it } from 'vitest';
import { createRng } from '../rng';
import { cellFacts, rankOf } from './cellFacts';
import { magnitudeHistogram } from './magnitudeHistogram';
import { magnitudeIndex } from './magnitudeIndex';
import { tensorProfile } from './profiles';

const spec = { name: 'w', shape: [3, 4] };
const mask = Uint8Array.of(1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0);

describe('tensorProfile', () => {
  it('counts rows and columns, and names the hot and the dead', () => {
    const { rows, columns, ...rest } = tensorProfile(spec, mask, { leastExpected: 1 });
    expect(rest).toEqual({ entries: 12, selected: 4, density: 1 / 3 });
    expect([...rows.counts]).toEqual([3, 0, 1]);
    expect([...columns.counts]).toEqual([2, 0, 1, 1]);
    expect(rows.expected).toBeCloseTo(4 / 3, 15);
    expect(rows.dead).toEqual([1]);
    expect(columns.dead).toEqual([1]);
    expect(rows.hottest).toEqual([
      { index: 0, selected: 3, times: 2.25 },
      { index: 2, selected: 1, times: 0.75 },
    ]);
    expect(columns.hottest.map(({ index }) => index)).toEqual([0, 2, 3]);
  });

  it('calls a line dead only where enough was expected', () => {
    expect(tensorProfile(spec, mask).rows.dead).toEqual([]);
    const empty = new Uint8Array(12);
    expect(tensorProfile(spec, empty, { leastExpected: 1 }).rows.dead).toEqual([]);
    expect(tensorProfile(spec, empty, { leastExpected: 1, density: 0.25 }).rows.dead).toEqual([0, 1, 2]);
  });

  it('draws a vector as one row, and refuses a mask of another size', () => {
    const { rows, columns } = tensorProfile({ name: 'v', shape: [3] }, Uint8Array.of(0, 1, 1), { hottest: 1 });
    expect([[...rows.counts], [...columns.counts]]).toEqual([[2], [0, 1, 1]]);
    expect(columns.hottest).toHaveLength(1);
    expect(() => tensorProfile(spec, new Uint8Array(3))).toThrow('has 3 entries, not 12');
  });
});

describe('magnitudeHistogram', () => {
  it('has equal steps on a logarithmic axis, zeros apart', () => {
    const index = magnitudeIndex([{ name: 'w', values: Float32Array.of(1, -2, 4, 8, 16, 0, -0, 3) }]);
    const chosen = new Map([['w', Uint8Array.of(0, 0, 1, 1, 1, 0, 1, 0)]]);
    const found = magnitudeHistogram(index, chosen, 4);
    [1, 2, 4, 8, 16].forEach((edge, i) => {
      expect(found.edges[i]! / edge).toBeCloseTo(1, 6);
    });
    expect([...found.selected]).toEqual([0, 0, 1, 2]);
    expect([...found.others]).toEqual([1, 2, 0, 0]);
    expect(found.zeros).toEqual({ selected: 1, others: 1 });
    expect(found.edges[4]).toBe(16);
  });

  it('agrees with a search in the borders it names, down to subnormal numbers and tiny ranges', () => {
    const rng = createRng(6, 'histogram');
    for (const [scale, offset] of [
      [1e-3, 0],
      [1e-40, 0],
      [1e-6, 1],
    ] as const) {
      const values = Float32Array.from({ length: 3000 }, () => offset + rng.normal() * rng.normal() * scale);
      const chosen = Uint8Array.from(values, () => rng.int(2));
      const found = magnitudeHistogram(magnitudeIndex([{ name: 'w', values }]), new Map([['w', chosen]]), 37);
      const expected = new Array<number>(37).fill(0);
      for (const [i, value] of values.entries()) {
        if (value === 0 || chosen[i] === 0) continue;
        let bin = 36;
        while (bin > 0 && Math.abs(value) < found.edges[bin]!) bin--;
        expected[bin]!++;
      }
      expect([...found.selected]).toEqual(expected);
      const counted = [...found.selected, ...found.others].reduce((sum, count) => sum + count, 0);
      expect(counted + found.zeros.selected + found.zeros.others).toBe(3000);
    }
  });

  it('has one bin for one size, none when nothing moved', () => {
    const of = (...values: number[]) =>
      magnitudeHistogram(magnitudeIndex([{ name: 'w', values: Float32Array.from(values) }]), new Map());
    expect(of(2, -2)).toMatchObject({ edges: Float64Array.of(2, 2), others: Uint32Array.of(2) });
    expect(of(0, 0)).toMatchObject({ edges: new Float64Array(0), zeros: { selected: 0, others: 2 } });
    expect(() => magnitudeHistogram(magnitudeIndex([]), new Map(), 0)).toThrow(RangeError);
  });
});

describe('cell facts', () => {
  const deltas = [
    { name: 'w', values: Float32Array.of(3, -1, 2, 0) },
    { name: 'v', values: Float32Array.of(1, -5) },
  ];
  const index = magnitudeIndex(deltas);

  it('ranks a cell exactly, ties by position', () => {
    const ranks = (order: 'most' | 'least') =>
      deltas.map(({ name, values }) => [...values].map((_, flat) => rankOf(index, name, flat, order)));
    expect(ranks('most')).toEqual([
      [2, 4, 3, 6],
      [5, 1],
    ]);
    expect(ranks('least')).toEqual([
      [5, 2, 4, 1],
      [3, 6],
    ]);
    expect(() => rankOf(index, 'w', 4, 'most')).toThrow(RangeError);
    expect(() => rankOf(index, 'x', 0, 'most')).toThrow(RangeError);
  });

  it('says what a cell is', () => {
    const matrix = { name: 'w', shape: [2, 2] };
    const facts = (row: number, column: number) =>
      cellFacts(
        index,
        { spec: matrix, values: deltas[0]!.values, row, column },
        new Map([['w', Uint8Array.of(1, 0, 1, 0)]]),
      );
    expect(facts(0, 1)).toEqual({
      row: 0,
      column: 1,
      flat: 1,
      value: -1,
      selected: false,
      rank: 4,
      ties: 2,
      total: 6,
    });
    expect(facts(1, 0)).toMatchObject({ flat: 2, value: 2, selected: true, rank: 3, ties: 1 });
    expect(() => facts(0, 2)).toThrow('no cell at row 0, column 2');
    const outside = { spec: { name: 'n', shape: [1] }, values: Float32Array.of(7), row: 0, column: 0 };
    expect(cellFacts(index, outside, new Map())).toMatchObject({ value: 7, selected: false, rank: null, ties: null });
  });
});
