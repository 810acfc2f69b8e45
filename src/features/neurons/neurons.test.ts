import { describe, expect, it } from 'vitest';
import { selectionText } from '../../components/selectionText';
import { matrixShape, placeOf } from '../../core/masks/tensorKinds';
import { type ModelConfig, tensorSpecs } from '../../core/model/config';
import {
  densities,
  densityReach,
  densitySentence,
  labTitle,
  type MaskEvent,
  maskCaption,
  maskTitle,
  referenceText,
  ruleText,
} from './maskText';
import { tensorGrid, thumbScale } from './tensorGrid';
import { axesOf } from './tensorNames';

const llama: ModelConfig = {
  architecture: 'llama',
  vocabularySize: 180,
  width: 128,
  layers: 3,
  heads: 4,
  kvHeads: 2,
  mlpWidth: 352,
  normEpsilon: 1e-5,
  ropeTheta: 10000,
  tiedHead: true,
  attentionBias: false,
  maxPositions: 128,
};
const gpt2: ModelConfig = { ...llama, architecture: 'gpt2', kvHeads: 4 };
const spec = (name: string, model = llama) => tensorSpecs(model).find((one) => one.name === name)!;

describe('tensor names', () => {
  it('tells layer and kind of both architectures', () => {
    expect(placeOf('model.layers.12.self_attn.q_proj.weight')).toEqual({ layer: 12, kind: 'q_proj' });
    expect(placeOf('model.layers.0.input_layernorm.weight')).toEqual({ layer: 0, kind: 'input_layernorm' });
    expect(placeOf('model.embed_tokens.weight')).toEqual({ layer: null, kind: 'embed_tokens' });
    expect(placeOf('model.norm.weight')).toEqual({ layer: null, kind: 'norm' });
    expect(placeOf('lm_head.weight')).toEqual({ layer: null, kind: 'lm_head' });
    expect(placeOf('transformer.h.1.attn.c_proj.weight')).toEqual({ layer: 1, kind: 'attn.c_proj' });
    expect(placeOf('transformer.h.1.mlp.c_proj.bias')).toEqual({ layer: 1, kind: 'mlp.c_proj.bias' });
    expect(placeOf('transformer.h.1.attn.c_attn.bias')).toEqual({ layer: 1, kind: 'c_attn.bias' });
    expect(placeOf('something.else')).toEqual({ layer: null, kind: 'something.else' });
  });

  it('labels rows and columns in the terms of the model', () => {
    const q = axesOf(spec('model.layers.0.self_attn.q_proj.weight'), llama, []);
    expect(q.rows.label(37)).toBe('head 1, dim 5');
    expect(q.columns.label(12)).toBe('dim 12');
    expect(q.rows.groups.map((group) => group.start)).toEqual([0, 32, 64, 96]);
    const k = axesOf(spec('model.layers.0.self_attn.k_proj.weight'), llama, []);
    expect(k.rows.groups).toHaveLength(2);
    const o = axesOf(spec('model.layers.0.self_attn.o_proj.weight'), llama, []);
    expect([o.rows.label(3), o.columns.label(33)]).toEqual(['dim 3', 'head 1, dim 1']);
    const down = axesOf(spec('model.layers.0.mlp.down_proj.weight'), llama, []);
    expect([down.rows.label(0), down.columns.label(351)]).toEqual(['dim 0', 'unit 351']);
    const embed = axesOf(spec('model.embed_tokens.weight'), llama, ['<pad>', '␣b']);
    expect([embed.rows.label(0), embed.rows.label(1), embed.rows.label(9)]).toEqual(['<pad>', '␣b', '#9']);
    const norm = axesOf(spec('model.norm.weight'), llama, []);
    expect([norm.rows.label(0), norm.columns.label(5)]).toEqual(['vector', 'dim 5']);
  });

  it('knows that GPT-2 stores [in, out] and fuses query, key and value', () => {
    const fused = axesOf(spec('transformer.h.0.attn.c_attn.weight', gpt2), gpt2, []);
    expect([fused.rows.label(1), fused.columns.label(128 + 33)]).toEqual(['dim 1', 'k head 1, dim 1']);
    expect(fused.columns.groups).toHaveLength(12);
    expect(fused.columns.groups[4]).toEqual({ start: 128, label: 'k head 0' });
    const bias = axesOf(spec('transformer.h.0.mlp.c_fc.bias', gpt2), gpt2, []);
    expect(bias.columns.label(7)).toBe('unit 7');
    const wpe = axesOf(spec('transformer.wpe.weight', gpt2), gpt2, []);
    expect(wpe.rows.label(7)).toBe('pos 7');
  });
});

describe('the reference rule beside the lab', () => {
  const found = {
    ...{ applies: true, selected: 6, achievedShare: 0.03, difference: 1, differingBits: 1 },
    ...{ causes: [], cutTensors: [], why: 'The reference rule takes more weights: ties.' },
  } as const;

  it('says what it would take instead, and of itself how it differs from the exact ranking', () => {
    expect(referenceText(found, 'most')).toBe(`${found.why} It would select 6 (3\u202f%); 1 weight differs.`);
    expect(referenceText({ ...found, differingBits: 4 }, 'reference')).toBe(
      `${found.why} It selects 6 (3\u202f%); 4 weights differ from the exact ranking.`,
    );
  });

  it('counts nothing where there is no difference, or no such rule', () => {
    expect(referenceText({ ...found, differingBits: 0, why: 'The same.' }, 'most')).toBe('The same.');
    expect(referenceText({ applies: false, why: 'No rule.' }, 'random')).toBe(
      'No comparison with the reference rule: No rule.',
    );
  });
});

describe('atlas layout', () => {
  it('puts every tensor in its place exactly once', () => {
    for (const model of [llama, gpt2, { ...llama, tiedHead: false }]) {
      const specs = tensorSpecs(model);
      const grid = tensorGrid(specs);
      const cells = grid.layers.flatMap((row) => row.cells.flat());
      expect(cells.length + grid.before.length + grid.after.length).toBe(specs.length);
      expect(grid.layers.map((row) => row.layer)).toEqual([0, 1, 2]);
    }
    expect(tensorGrid(tensorSpecs(gpt2)).kinds).toEqual([
      'ln_1',
      'c_attn',
      'attn.c_proj',
      'ln_2',
      'c_fc',
      'mlp.c_proj',
    ]);
    const grid = tensorGrid(tensorSpecs(llama));
    expect(grid.kinds.slice(0, 5)).toEqual(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj']);
    expect(grid.before.map((one) => one.name)).toEqual(['model.embed_tokens.weight']);
    expect(grid.after.map((one) => one.name)).toEqual(['model.norm.weight']);
  });

  it('uses one scale, bands for vectors and a cap for long vocabularies', () => {
    // Columns of a layer: q, k, v 128 each, o 128, gate 128, up 128, down 352 → 1120.
    const size = thumbScale(tensorSpecs(llama), 560);
    expect(size(spec('model.layers.0.self_attn.q_proj.weight'))).toEqual({ width: 64, height: 64 });
    expect(size(spec('model.layers.0.mlp.gate_proj.weight'))).toEqual({ width: 64, height: 176 });
    expect(size(spec('model.norm.weight'))).toEqual({ width: 64, height: 10 });
    expect(size({ name: 'model.embed_tokens.weight', shape: [8192, 128] })).toEqual({ width: 64, height: 176 });
    expect(matrixShape({ name: 'x', shape: [7] })).toEqual({ rows: 1, columns: 7 });
  });
});

const mask = (change: Partial<MaskEvent> = {}): MaskEvent => ({
  type: 'mask',
  purpose: 'forgetting',
  ...{ rule: 'top', score: 'change', source: null },
  lowerPercent: 0,
  requestedPercent: 5,
  selected: 10,
  total: 200,
  threshold: 0.000317,
  ties: 1,
  tensors: [
    { name: 'model.layers.0.self_attn.v_proj.weight', shape: [10, 10], selected: 10 },
    { name: 'model.norm.weight', shape: [100], selected: 0 },
  ],
  ...change,
});

describe('a mask in words', () => {
  it('states request, result, rule and threshold', () => {
    expect(maskTitle(mask({ rule: 'random', purpose: 'improving' }), { method: 'dpo' })).toMatch(
      /^DPO may change 10 of 200/,
    );
    expect(maskTitle(mask(), { method: 'allo' })).toBe(
      'Forgetting may change 10 of 200 weights: the 5\u202f% that moved most in the warm-up.',
    );
    expect(maskCaption(mask())).toBe('Requested 5\u202f%, achieved 5.000\u202f%. |Δ| ≥ 3.17e−4, no ties.');
    expect(ruleText(mask({ source: 'qa' }))).toBe('the 5\u202f% that moved most in the warm-up on qa');
    expect(ruleText(mask({ score: 'gradient' }))).toBe(
      'the 5\u202f% ranked first by the summed gradient of the warm-up',
    );
    expect(ruleText(mask({ rule: 'least', score: 'gradient', source: 'qa', lowerPercent: 2 }))).toBe(
      'the 5\u202f% ranked last by the summed gradient of the warm-up on qa, after the first 2\u202f%',
    );
    expect(maskCaption(mask({ score: 'gradient' }))).toContain('|Σ g| ≥ 3.17e−4, no ties.');
    expect(maskCaption(mask({ ties: 4 }))).toContain('4 weights tie there, the earlier ones are taken');
    expect(maskCaption(mask({ rule: 'random', threshold: null }))).toBe('Requested 5\u202f%, achieved 5.000\u202f%.');
    expect(ruleText(mask({ lowerPercent: 2 }))).toBe(
      'the 5\u202f% that moved most in the warm-up, after the first 2\u202f%',
    );
    expect(ruleText(mask({ rule: 'random' }))).toBe('5\u202f% drawn at random');
  });

  it('says of the lab what it says of a run', () => {
    const selection = {
      ...{ requestedShare: 0.03, achievedShare: 0.031, selected: 6, total: 200 },
      edges: { upper: { threshold: 0.5, ties: 3, taken: 2 }, lower: { threshold: 0.75, ties: 1, taken: 1 } },
    };
    expect(selectionText(selection, 'most')).toBe(
      'Requested 3\u202f%, achieved 3.100\u202f%: 6 of N = 200. |Δ| ≥ 0.500, 3 weights tie there, the first 2 taken; |Δ| < 0.750, no ties.',
    );
    expect(selectionText(selection, 'gradient')).toContain('|Σ g| ≥ 0.500');
    const tied = { ...selection, edges: { lower: null, upper: { threshold: 0.5, ties: 3, taken: 3 } } };
    expect(selectionText(tied, 'most')).toContain('|Δ| ≥ 0.500, 3 weights tie there, all taken.');
    expect(selectionText({ ...selection, selected: 0, edges: { lower: null, upper: null } }, 'most')).toMatch(
      /0 of N = 200\. Nothing is selected\.$/,
    );
    expect(selectionText({ ...selection, edges: { lower: null, upper: null } }, 'per-tensor')).toContain(
      'no one threshold for all',
    );
    expect(labTitle({ rule: 'least', lower: 1, upper: 5 })).toBe(
      'The lab’s mask: the 4\u202f% that moved least in the warm-up, after the first 1\u202f%.',
    );
  });

  it('measures density against the requested share', () => {
    expect(densities(mask()).map(({ label, density, times }) => [label, density, times])).toEqual([
      ['layer 0 v_proj', 0.1, 2],
      ['norm', 0, 0],
    ]);
    expect(densitySentence(mask())).toBe(
      'Densest: layer 0 v_proj 10\u202f% (2.00× the requested share). Sparsest: norm 0\u202f% (0× the requested share).',
    );
    expect(densityReach(mask())).toBeCloseTo(0.15, 12);
    expect(densityReach(mask({ requestedPercent: 100 }))).toBe(1);
  });
});
