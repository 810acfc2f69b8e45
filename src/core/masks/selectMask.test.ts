import { describe, expect, it } from 'vitest';
import type { TensorSpec } from '../model/config';
import { createRng } from '../rng';
import { compareWithReference } from './compareReference';
import { NonFiniteDeltaError } from './deltas';
import { randomNeurons } from './neuronMask';
import { ReferenceMaskError } from './neuronMaskReference';
import { type MaskOptions, selectMask } from './selectMask';
import { maskSource } from './source';
import { EVERYTHING } from './tensorKinds';

const EMBEDDING = 'model.embed_tokens.weight';
const QUERY = 'model.layers.0.self_attn.q_proj.weight';
const NORM = 'model.norm.weight';
const specs: TensorSpec[] = [
  { name: EMBEDDING, shape: [2, 3] },
  { name: QUERY, shape: [2, 2] },
  { name: NORM, shape: [2] },
];
const update = new Map([
  [EMBEDDING, Float32Array.of(0.5, -4, 0, 2, 2, -2)],
  [QUERY, Float32Array.of(3, 1, -2, 0)],
  [NORM, Float32Array.of(8, 0)],
]);
const gradient = new Map([
  [EMBEDDING, Float32Array.of(0, 0, 0, 0, 0, 9)],
  [QUERY, Float32Array.of(0, 0, 0, -7)],
  [NORM, Float32Array.of(0, 0)],
]);
const source = maskSource(specs, update, gradient);
const all: MaskOptions = { rule: 'most', lower: 0, upper: 50, scope: EVERYTHING };
const bits = (options: Partial<MaskOptions>, from = source) =>
  [...selectMask(from, { ...all, ...options }).mask.values()].map((mask) => mask.join(''));

describe('selectMask', () => {
  it('takes the most changed of all tensors, and says what became of ties', () => {
    const found = selectMask(source, all);
    // Ranked: 8, 4, 3, then four times 2, 1, 0.5, three zeros; six of twelve are taken.
    expect([...found.mask.values()].map((mask) => mask.join(''))).toEqual(['010111', '1000', '10']);
    expect(found).toMatchObject({
      selected: 6,
      total: 12,
      requestedShare: 0.5,
      achievedShare: 0.5,
      edges: { lower: null, upper: { threshold: 2, ties: 4, taken: 3 } },
    });
    expect(
      found.tensors.map(({ name, kind, layer, rows, columns, selected, density, rank }) => [
        name,
        kind,
        layer,
        rows,
        columns,
        selected,
        density,
        rank,
      ]),
    ).toEqual([
      [EMBEDDING, 'embedding', null, 2, 3, 4, 4 / 6, 1],
      [QUERY, 'q', 0, 2, 2, 1, 0.25, 3],
      [NORM, 'norm', null, 1, 2, 1, 0.5, 2],
    ]);
  });

  it('takes the least changed, a band, nothing and everything', () => {
    expect(bits({ rule: 'least', upper: 25 })).toEqual(['001000', '0001', '01']);
    expect(bits({ lower: 25, upper: 50 })).toEqual(['000111', '0000', '00']);
    expect(bits({ upper: 0 })).toEqual(['000000', '0000', '00']);
    expect(bits({ upper: 100 })).toEqual(['111111', '1111', '11']);
    expect(selectMask(source, { ...all, lower: 100, upper: 100 })).toMatchObject({
      selected: 0,
      edges: { lower: { threshold: 0, ties: 3, taken: 0 }, upper: null },
    });
    expect(() => bits({ lower: 60 })).toThrow(RangeError);
    expect(() => bits({ upper: 101 })).toThrow(RangeError);
  });

  it('ranks only what the scope takes', () => {
    const scope = { embeddings: false, norms: false, head: true };
    expect(selectMask(source, { ...all, scope })).toMatchObject({ selected: 2, total: 4, achievedShare: 0.5 });
    expect(bits({ scope })).toEqual(['000000', '1010', '00']);
    const { tensors } = selectMask(source, { ...all, scope });
    expect(tensors.map(({ inScope, rank }) => [inScope, rank])).toEqual([
      [false, null],
      [true, 1],
      [false, null],
    ]);
    expect(selectMask(maskSource([specs[2]!], update), { ...all, scope })).toMatchObject({
      total: 0,
      achievedShare: 0,
    });
  });

  it('gives every tensor the same quota', () => {
    const found = selectMask(source, { ...all, rule: 'per-tensor', upper: 75 });
    // 4 of 6, 3 of 4, 1 of 2.
    expect([...found.mask.values()].map((mask) => mask.join(''))).toEqual(['010111', '1110', '10']);
    expect(found).toMatchObject({ selected: 8, requestedShare: 0.75, edges: { lower: null, upper: null } });
    expect(found.tensors.map(({ edges }) => edges?.upper)).toEqual([
      { threshold: 2, ties: 3, taken: 3 },
      { threshold: 1, ties: 1, taken: 1 },
      { threshold: 8, ties: 1, taken: 1 },
    ]);
  });

  it('ranks the accumulated gradient when asked to', () => {
    expect(bits({ rule: 'gradient', upper: 17 })).toEqual(['000001', '0001', '00']);
    const without = maskSource(specs, update);
    expect(without.hasGradient).toBe(false);
    expect(() => bits({ rule: 'gradient' }, without)).toThrow('No accumulated gradient');
  });

  it('draws random masks of equal size by seed and stream', () => {
    const draw = (seed: number, stream?: string) => bits({ rule: 'random', seed, ...(stream && { stream }) }).join('');
    expect([...draw(1)].filter((bit) => bit === '1')).toHaveLength(6);
    expect(draw(1)).toBe(draw(1));
    const ofRun = randomNeurons([6, 4, 2], 6, createRng(3, 'run').fork('mask/improving'));
    expect(draw(3, 'run/mask/improving')).toBe(ofRun.map((mask) => mask.join('')).join(''));
  });

  it('offers the released rule as it is', () => {
    const found = selectMask(source, { ...all, rule: 'reference', upper: 30 });
    // Pool: 3 of 6, 2 of 4, 1 of 2 = {4, 2, 2}, {3, 2}, {8}; the third largest is 3.
    expect(found).toMatchObject({ selected: 3, edges: { lower: null, upper: { threshold: 3, ties: 1, taken: 1 } } });
    expect([...found.mask.values()].map((mask) => mask.join(''))).toEqual(['010000', '1000', '10']);
    expect(() => bits({ rule: 'reference', upper: 60 })).toThrow(ReferenceMaskError);
  });

  it('names what is missing, of another size, or not finite', () => {
    expect(() => maskSource(specs, new Map([[EMBEDDING, new Float32Array(6)]]))).toThrow(`"${QUERY}" is missing`);
    expect(() => maskSource([{ name: NORM, shape: [3] }], update)).toThrow('has 2 values, its shape 3');
    const broken = new Map(update).set(QUERY, Float32Array.of(1, 2, Infinity, 4));
    expect(() => bits({}, maskSource(specs, broken))).toThrow(new NonFiniteDeltaError(QUERY, 2));
    expect(() => bits({ rule: 'per-tensor' }, maskSource(specs, broken))).toThrow(NonFiniteDeltaError);
  });
});

describe('compareWithReference', () => {
  const compare = (options: Partial<MaskOptions>, from = source) =>
    compareWithReference(from, { ...all, ...options }, selectMask(from, { ...all, ...options }));
  const one = (values: number[], others: number[][] = []) =>
    maskSource(
      [values, ...others].map((row, i) => ({ name: `t${i}`, shape: [row.length] })),
      new Map([values, ...others].map((row, i) => [`t${i}`, Float32Array.from(row)])),
    );

  it('is equal where values are coarse and nothing ties', () => {
    expect(compare({ upper: 50 }, one([1, 2, 3, 4]))).toEqual({
      applies: true,
      selected: 2,
      achievedShare: 0.5,
      difference: 0,
      differingBits: 0,
      causes: [],
      cutTensors: [],
      why: 'The reference rule takes the same weights.',
    });
  });

  it('counts ties that are all kept', () => {
    expect(compare({ upper: 50 })).toMatchObject({
      selected: 7,
      difference: 1,
      differingBits: 1,
      causes: [{ edge: 'upper', cause: 'ties', more: 1 }],
      why: 'The reference rule takes more weights: weights that tie with the threshold are all kept.',
    });
    // All zeros tie with the last one.
    expect(compare({ rule: 'least', upper: 10 }, one([0, 0, 0, 0, 0, 0, 0, 1, 2, 3]))).toMatchObject({
      difference: 6,
      causes: [{ cause: 'ties', more: 6 }],
    });
  });

  it('counts what rounding the threshold adds or loses', () => {
    // Between 256 and 512 bfloat16 has steps of 2: 301 rounds to 300 (to even), 303 to 304.
    const down = compare({ upper: 25 }, one([301, 300.5, 300, 299, 1, 1, 1, 1]));
    expect(down).toMatchObject({ difference: 1, causes: [{ edge: 'upper', cause: 'rounding', more: 1 }] });
    const up = compare({ upper: 25 }, one([305, 303, 300, 299, 1, 1, 1, 1]));
    expect(up).toMatchObject({ difference: -1, differingBits: 1, causes: [{ cause: 'rounding', more: -1 }] });
  });

  it('counts what the per-tensor prefix adds, and names the tensor it cuts', () => {
    // Ranks 1 to 4 of 20 lie in the first tensor, whose prefix holds 2: the pool goes on with 4 values of the other.
    const found = compare({ upper: 20 }, one([9, 8, 7, 6, 0], [[5, 4, 3, 2.5, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]]));
    expect(found).toMatchObject({
      selected: 6,
      difference: 2,
      causes: [{ edge: 'upper', cause: 'prefix', more: 2 }],
      cutTensors: ['t0'],
    });
  });

  it('has causes that add up to the difference', () => {
    const rng = createRng(8, 'causes');
    let compared = 0;
    for (let round = 0; round < 150; round++) {
      const coarse = rng.int(2) === 1;
      const value = () => (coarse ? rng.int(12) : rng.normal() * 1e-3);
      const row = () => Array.from({ length: 10 + rng.int(90) }, value);
      const from = one(row(), [row(), row()]);
      const upper = 1 + rng.int(50);
      const options = {
        rule: rng.pick(['most', 'least', 'reference'] as const),
        lower: rng.int(2) ? 0 : rng.int(upper),
        upper,
      };
      const reference = { ...all, ...options };
      let found: ReturnType<typeof compare>;
      try {
        found = compare(options, from);
      } catch (error) {
        expect(error).toBeInstanceOf(ReferenceMaskError);
        continue;
      }
      if (!found.applies) continue;
      compared++;
      expect(found.causes.reduce((sum, { more }) => sum + more, 0)).toBe(found.difference);
      const exact = selectMask(from, { ...reference, rule: options.rule === 'reference' ? 'most' : options.rule });
      expect(found.selected - exact.selected).toBe(found.difference);
    }
    expect(compared).toBeGreaterThan(50);
  });

  it('says where the script has no such rule or fails', () => {
    expect(compare({ rule: 'random' })).toMatchObject({ applies: false });
    expect(compare({ rule: 'per-tensor' })).toMatchObject({ applies: false });
    expect(compare({ upper: 2.5 })).toEqual({
      applies: false,
      why: 'The reference rule takes whole percentages, got 0 and 2.5.',
    });
    expect(compare({ upper: 75 })).toMatchObject({ applies: false, why: expect.stringContaining('above 50 %') });
  });
});
