import { describe, expect, it } from 'vitest';
import { headWidthOf, type ModelConfig, tensorSpecs } from '../model/config';
import { groupLayout, rankGroups, takeGroups } from './groups';
import { maskSource } from './source';
import { EVERYTHING } from './tensorKinds';

const llama: ModelConfig = {
  architecture: 'llama',
  vocabularySize: 5,
  width: 4,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  mlpWidth: 6,
  normEpsilon: 1e-5,
  ropeTheta: 10000,
  tiedHead: true,
  attentionBias: true,
  maxPositions: 8,
};
const gpt2: ModelConfig = { ...llama, architecture: 'gpt2', kvHeads: 2 };
const layouts = (model: ModelConfig, by: 'output' | 'input' | 'head') =>
  Object.fromEntries(
    tensorSpecs(model).map((spec) => {
      const layout = groupLayout(spec, by, headWidthOf(model));
      const short = spec.name.replace(/^(model\.layers\.0|transformer\.h\.0)\./, '');
      return [short, layout && `${layout.groups} ${layout.axis} × ${layout.width}`];
    }),
  );

describe('groupLayout', () => {
  it('takes outputs as rows in Llama and as columns in GPT-2', () => {
    expect(layouts(llama, 'output')).toMatchObject({
      'model.embed_tokens.weight': '5 row × 1',
      'self_attn.k_proj.weight': '2 row × 1',
      'mlp.down_proj.weight': '4 row × 1',
      'self_attn.q_proj.bias': '4 column × 1',
      'model.norm.weight': '4 column × 1',
    });
    expect(layouts(llama, 'input')).toMatchObject({ 'mlp.down_proj.weight': '6 column × 1' });
    expect(layouts(gpt2, 'output')).toMatchObject({
      'attn.c_attn.weight': '12 column × 1',
      'mlp.c_proj.weight': '4 column × 1',
      'transformer.wpe.weight': '8 row × 1',
    });
    expect(layouts(gpt2, 'input')).toMatchObject({ 'mlp.c_proj.weight': '6 row × 1' });
  });

  it('cuts attention into heads and nothing else', () => {
    const heads = (model: ModelConfig) =>
      Object.entries(layouts(model, 'head')).filter(([, layout]) => layout !== null);
    expect(heads(llama)).toEqual([
      ['self_attn.q_proj.weight', '2 row × 2'],
      ['self_attn.q_proj.bias', '2 column × 2'],
      ['self_attn.k_proj.weight', '1 row × 2'],
      ['self_attn.k_proj.bias', '1 column × 2'],
      ['self_attn.v_proj.weight', '1 row × 2'],
      ['self_attn.v_proj.bias', '1 column × 2'],
      ['self_attn.o_proj.weight', '2 column × 2'],
    ]);
    expect(heads(gpt2)).toEqual([
      ['attn.c_attn.weight', '6 column × 2'],
      ['attn.c_attn.bias', '6 column × 2'],
      ['attn.c_proj.weight', '2 row × 2'],
    ]);
  });
});

describe('takeGroups', () => {
  const UP = 'model.layers.0.mlp.up_proj.weight';
  const NORM = 'model.norm.weight';
  const specs = [
    { name: UP, shape: [3, 2] },
    { name: NORM, shape: [2] },
  ];
  const source = maskSource(
    specs,
    new Map([
      [UP, Float32Array.of(3, -1, 2, 2, 0, 4)],
      [NORM, Float32Array.of(0, -2.5)],
    ]),
  );

  it('takes whole rows by their mean square until the share is reached', () => {
    const ranking = rankGroups(source, { by: 'output', model: llama, scope: EVERYTHING });
    // Mean squares: rows 5, 4, 8; the vector's entries 0 and 6.25. Order: row 2, norm 1, row 0, row 1, norm 0.
    expect([...ranking.order]).toEqual([2, 4, 0, 1, 3]);
    const found = takeGroups(ranking, 50);
    expect([...found.mask.values()].map((mask) => mask.join(''))).toEqual(['110011', '01']);
    expect(found).toMatchObject({
      groups: 5,
      taken: 3,
      total: 8,
      selected: 5,
      requestedShare: 0.5,
      achievedShare: 0.625,
      tensors: [
        { name: UP, axis: 'row', groups: 3, taken: 2 },
        { name: NORM, axis: 'column', groups: 2, taken: 1 },
      ],
      // Single weights: 4, 3, 2.5 and the first of the two 2s; three of them lie in the groups. Chance: 4·3/6 + 1·1/2.
      overlap: { both: 3, onlyA: 2, onlyB: 1, neither: 2, iou: 0.5, chanceBoth: 2.5 },
    });
    expect(takeGroups(ranking, 0)).toMatchObject({ taken: 0, selected: 0 });
    expect(takeGroups(ranking, 100)).toMatchObject({ taken: 5, selected: 8, achievedShare: 1 });
    expect(() => takeGroups(ranking, 101)).toThrow(RangeError);
  });

  it('takes columns', () => {
    // Column means of the matrix: (9 + 4 + 0)/3 and (1 + 4 + 16)/3 = 7.
    const found = takeGroups(rankGroups(source, { by: 'input', model: llama, scope: EVERYTHING }), 30);
    expect([...found.mask.values()].map((mask) => mask.join(''))).toEqual(['010101', '00']);
  });

  it('takes heads, of the attention’s weights alone', () => {
    const QUERY = 'model.layers.0.self_attn.q_proj.weight';
    const OUT = 'model.layers.0.self_attn.o_proj.weight';
    const model = { ...llama, width: 4, heads: 2 };
    const attention = maskSource(
      [...specs, { name: QUERY, shape: [4, 2] }, { name: OUT, shape: [2, 4] }],
      new Map([
        [UP, new Float32Array(6).fill(9)],
        [NORM, new Float32Array(2)],
        [QUERY, Float32Array.of(1, 1, 1, 1, 2, 0, 2, 0)],
        [OUT, Float32Array.of(0, 0, 1, 3, 0, 0, 1, 1)],
      ]),
    );
    const ranking = rankGroups(attention, { by: 'head', model, scope: EVERYTHING });
    // Mean squares: q 1 and 2, o 0 and 3.
    expect([...ranking.order]).toEqual([3, 1, 0, 2]);
    const found = takeGroups(ranking, 40);
    expect([...found.mask]).toEqual([
      [QUERY, Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1)],
      [OUT, Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 1)],
    ]);
    expect(found).toMatchObject({ groups: 4, taken: 2, total: 16, selected: 8, achievedShare: 0.5 });
  });
});
