import { describe, expect, it } from 'vitest';
import { runGolden } from '../../testing/golden';
import { createRng, type Rng } from '../rng';
import { NonFiniteDeltaError, type TensorDelta, weightDeltas } from './deltas';
import { magnitudeIndex } from './magnitudeIndex';
import { countAtPercent, type MaskRule, randomNeurons, selectNeurons } from './neuronMask';

const tensors = (...rows: number[][]): TensorDelta[] =>
  rows.map((row, i) => ({ name: `t${i}`, values: Float32Array.from(row) }));
const bits = (masks: readonly Uint8Array[]) => masks.map((mask) => [...mask]);

/** The definition, by sorting everything. */
function bySorting(deltas: readonly TensorDelta[], rule: MaskRule): number[][] {
  const all = deltas.flatMap(({ values }, tensor) =>
    [...values].map((value, index) => ({ tensor, index, size: Math.abs(value) })),
  );
  const sign = rule.order === 'most' ? 1 : -1;
  all.sort((a, b) => sign * (b.size - a.size) || a.tensor - b.tensor || a.index - b.index);
  const masks = deltas.map(({ values }) => new Array<number>(values.length).fill(0));
  const [from, to] = [Math.floor((all.length * rule.lower) / 100), Math.floor((all.length * rule.upper) / 100)];
  for (const { tensor, index } of all.slice(from, to)) masks[tensor]![index] = 1;
  return masks;
}

function randomDeltas(rng: Rng): TensorDelta[] {
  const grid = [1, 1e-3, 1e-38][rng.int(3)]!;
  const levels = 1 + rng.int(30);
  const fine = rng.int(2) === 1;
  const value = () => (fine ? rng.normal() * grid : (rng.int(2 * levels + 1) - levels) * grid);
  return tensors(...Array.from({ length: 1 + rng.int(5) }, () => Array.from({ length: rng.int(120) }, value)));
}

describe('selectNeurons', () => {
  it('agrees with the golden file, the reference rule included', async () => {
    expect(await runGolden('topk_mask.json')).toEqual({ passed: 10, failed: 0, failures: [] });
  });

  it('ranks all tensors together, by magnitude, ties by position', () => {
    const deltas = tensors([0.1, -3, 2], [2, -2, 0]);
    const { masks, ...rest } = selectNeurons(deltas, { lower: 0, upper: 50, order: 'most' });
    expect(bits(masks)).toEqual([
      [0, 1, 1],
      [1, 0, 0],
    ]);
    expect(rest).toEqual({
      selected: 3,
      total: 6,
      kLower: 0,
      kUpper: 3,
      threshold: 2,
      tiesAtThreshold: 3,
      edges: { lower: null, upper: { threshold: 2, ties: 3, taken: 2 } },
    });
    const band = selectNeurons(deltas, { lower: 50, upper: 100, order: 'most' });
    expect(bits(band.masks)).toEqual([
      [1, 0, 0],
      [0, 1, 1],
    ]);
    expect(band.edges).toEqual({
      lower: { threshold: 2, ties: 3, taken: 1 },
      upper: { threshold: 0, ties: 1, taken: 1 },
    });
    const inOneTie = selectNeurons(tensors([5, 5, 5, 5, 1]), { lower: 20, upper: 60, order: 'most' });
    expect(bits(inOneTie.masks)).toEqual([[0, 1, 1, 0, 0]]);
    expect(inOneTie.edges.lower).toEqual({ threshold: 5, ties: 4, taken: 2 });
    expect(inOneTie.edges.upper).toEqual(inOneTie.edges.lower);
    const least = selectNeurons(deltas, { lower: 0, upper: 34, order: 'least' });
    expect(bits(least.masks)).toEqual([
      [1, 0, 0],
      [0, 0, 1],
    ]);
    expect(least.threshold).toBeCloseTo(0.1, 7);
  });

  it('equals a plain sort on random tensors, most of them full of ties', () => {
    const rng = createRng(11, 'mask');
    for (let round = 0; round < 400; round++) {
      const deltas = randomDeltas(rng);
      const [a, b] = [rng.int(101), rng.int(101)];
      const rule: MaskRule = {
        lower: Math.min(a, b),
        upper: Math.max(a, b),
        order: rng.pick(['most', 'least'] as const),
      };
      const result = selectNeurons(deltas, rule);
      expect(bits(result.masks)).toEqual(bySorting(deltas, rule));
      expect(result.masks.flatMap((mask) => [...mask]).filter(Boolean)).toHaveLength(result.selected);
    }
  });

  it('is the same with several ranks made ready in one pass, which gives each tensor’s size', () => {
    const rng = createRng(6, 'ready');
    for (let round = 0; round < 40; round++) {
      const deltas = randomDeltas(rng);
      const order = round % 2 ? 'most' : 'least';
      const ready = magnitudeIndex(deltas);
      const ranks = [0, 0.05, 0.3, 1].map((share) => Math.floor(share * ready.total));
      const sizes = [...ready.readying(order, ranks)];
      expect(sizes).toEqual(ready.total > 0 ? deltas.map(({ values }) => values.length) : []);
      const plain = magnitudeIndex(deltas);
      expect(ranks.map((k) => ready.end(order, k))).toEqual(ranks.map((k) => plain.end(order, k)));
      expect([...ready.readying(order, ranks)]).toEqual([]);
    }
  });

  it('treats −0, 0 and subnormal numbers like any other', () => {
    const { masks } = selectNeurons(tensors([-0, 0, 1e-45, -2e-45]), { lower: 0, upper: 50, order: 'most' });
    expect(bits(masks)).toEqual([[0, 0, 1, 1]]);
  });

  it('counts exact percentages', () => {
    expect(countAtPercent(1000, 10)).toBe(100);
    expect(countAtPercent(100_000, 0.29)).toBe(290);
    expect(countAtPercent(246, 2.5)).toBe(6);
    expect(countAtPercent(627_456, 10)).toBe(62_745);
    expect(countAtPercent(7, 0)).toBe(0);
    expect(countAtPercent(7, 100)).toBe(7);
  });

  it('names the tensor and the entry of a change that is not finite', () => {
    const deltas = tensors([1, 2], [0, Number.NaN, 1]);
    expect(() => selectNeurons(deltas, { lower: 0, upper: 10, order: 'most' })).toThrow(
      new NonFiniteDeltaError('t1', 1),
    );
    expect(() => selectNeurons(tensors([Infinity]), { lower: 0, upper: 0, order: 'least' })).toThrow(
      NonFiniteDeltaError,
    );
  });

  it('refuses impossible bands', () => {
    for (const [lower, upper] of [
      [-1, 5],
      [10, 5],
      [0, 101],
      [Number.NaN, 5],
    ] as const) {
      expect(() => selectNeurons(tensors([1]), { lower, upper, order: 'most' })).toThrow(RangeError);
    }
  });

  it('subtracts in float32', () => {
    const [delta] = weightDeltas([
      { name: 'w', reference: Float32Array.of(1e8, 1), trained: Float32Array.of(1e8 + 8, 0.75) },
    ]);
    expect(delta).toEqual({ name: 'w', values: Float32Array.of(8, -0.25) });
    expect(() => weightDeltas([{ name: 'w', reference: new Float32Array(2), trained: new Float32Array(3) }])).toThrow(
      '"w"',
    );
  });
});

describe('randomNeurons', () => {
  it('draws exactly the asked number, spread over all tensors, the same for the same seed', () => {
    const sizes = [5000, 0, 3000, 2000];
    const masks = randomNeurons(sizes, 1000, createRng(2, 'random mask'));
    const counts = masks.map((mask) => mask.reduce((sum, bit) => sum + bit, 0));
    expect(masks.map(({ length }) => length)).toEqual(sizes);
    expect(counts.reduce((a, b) => a + b)).toBe(1000);
    expect(Math.abs(counts[0]! - 500)).toBeLessThan(80);
    expect(randomNeurons(sizes, 1000, createRng(2, 'random mask'))).toEqual(masks);
    expect(randomNeurons([3], 3, createRng(1))).toEqual([Uint8Array.of(1, 1, 1)]);
    expect(() => randomNeurons([3], 4, createRng(1))).toThrow(RangeError);
  });
});
