import { describe, expect, it } from 'vitest';
import { type ModelConfig, tensorSpecs } from '../model/config';
import { axisLabel, axisTerms } from './axisLabels';

const llama: ModelConfig = {
  architecture: 'llama',
  vocabularySize: 10,
  width: 128,
  layers: 1,
  heads: 4,
  kvHeads: 2,
  mlpWidth: 352,
  normEpsilon: 1e-5,
  ropeTheta: 10000,
  tiedHead: false,
  attentionBias: true,
  maxPositions: 64,
};
const gpt2: ModelConfig = { ...llama, architecture: 'gpt2', kvHeads: 4 };
const vocabulary = ['<pad>', 'carry'];

/** "row label | column label" of the same index, for the tensor whose name ends so. */
const labels = (model: ModelConfig, ending: string, index: number) => {
  const spec = tensorSpecs(model).find(({ name }) => name.endsWith(ending))!;
  return (['row', 'column'] as const).map((axis) => axisLabel(spec, model, axis, index, vocabulary)).join(' | ');
};

describe('axisLabel', () => {
  it('speaks of a Llama in its terms', () => {
    expect(labels(llama, 'q_proj.weight', 113)).toBe('head 3, dim 17 | channel 113');
    expect(labels(llama, 'k_proj.weight', 37)).toBe('KV head 1, dim 5 | channel 37');
    expect(labels({ ...llama, kvHeads: 4 }, 'v_proj.weight', 37)).toBe('head 1, dim 5 | channel 37');
    expect(labels(llama, 'o_proj.weight', 33)).toBe('channel 33 | head 1, dim 1');
    expect(labels(llama, 'gate_proj.weight', 12)).toBe('MLP unit 12 | channel 12');
    expect(labels(llama, 'down_proj.weight', 12)).toBe('channel 12 | MLP unit 12');
    expect(labels(llama, 'embed_tokens.weight', 1)).toBe('token “carry” | channel 1');
    expect(labels(llama, 'lm_head.weight', 9)).toBe('token 9 | channel 9');
    expect(labels(llama, 'model.norm.weight', 12)).toBe('the vector | channel 12');
    expect(labels(llama, 'q_proj.bias', 32)).toBe('the vector | head 1, dim 0');
    expect(labels(llama, 'o_proj.bias', 32)).toBe('the vector | channel 32');
  });

  it('knows that GPT-2 stores [in, out] and fuses query, key and value', () => {
    expect(labels(gpt2, 'c_attn.weight', 127)).toBe('channel 127 | query head 3, dim 31');
    expect(labels(gpt2, 'c_attn.weight', 128)).toBe('channel 128 | key head 0, dim 0');
    expect(labels(gpt2, 'c_attn.bias', 383)).toBe('the vector | value head 3, dim 31');
    expect(labels(gpt2, 'attn.c_proj.weight', 33)).toBe('head 1, dim 1 | channel 33');
    expect(labels(gpt2, 'c_fc.weight', 5)).toBe('channel 5 | MLP unit 5');
    expect(labels(gpt2, 'c_fc.bias', 5)).toBe('the vector | MLP unit 5');
    expect(labels(gpt2, 'mlp.c_proj.weight', 5)).toBe('MLP unit 5 | channel 5');
    expect(labels(gpt2, 'wpe.weight', 5)).toBe('position 5 | channel 5');
    expect(labels(gpt2, 'ln_1.bias', 5)).toBe('the vector | channel 5');
  });

  it('counts heads by their own width, and takes GPT-NeoX’s fused heads apart', () => {
    const wide: ModelConfig = { ...llama, headWidth: 64, qkNorm: true };
    expect(labels(wide, 'q_proj.weight', 130)).toBe('head 2, dim 2 | channel 130');
    expect(labels(wide, 'k_norm.weight', 63)).toBe('the vector | dim 63');
    const neox: ModelConfig = { ...llama, architecture: 'gpt_neox', kvHeads: 4 };
    // Heads of 32: head 1 begins at 96 with its query.
    expect(labels(neox, 'query_key_value.weight', 97)).toBe('query head 1, dim 1 | channel 97');
    expect(labels(neox, 'query_key_value.weight', 130)).toBe('key head 1, dim 2 | channel 130');
    expect(labels(neox, 'query_key_value.bias', 383)).toBe('the vector | value head 3, dim 31');
    expect(labels(neox, 'attention.dense.weight', 33)).toBe('channel 33 | head 1, dim 1');
    expect(labels(neox, 'dense_h_to_4h.weight', 5)).toBe('MLP unit 5 | channel 5');
    expect(labels(neox, 'dense_4h_to_h.weight', 5)).toBe('channel 5 | MLP unit 5');
    expect(labels(neox, 'embed_out.weight', 1)).toBe('token “carry” | channel 1');
  });

  it('groups heads, and counts what it does not know', () => {
    const fused = tensorSpecs(gpt2).find(({ name }) => name.endsWith('c_attn.weight'))!;
    const { groups, short } = axisTerms(fused, gpt2, 'column');
    expect(groups).toHaveLength(12);
    expect(groups[4]).toEqual({ start: 128, label: 'k head 0' });
    expect(short(161)).toBe('k head 1, dim 1');
    expect(axisLabel({ name: 'odd', shape: [2, 2] }, llama, 'row', 1)).toBe('row 1');
    expect(axisLabel({ name: 'odd', shape: [2, 2] }, llama, 'column', 1)).toBe('column 1');
  });

  it('numbers what it cannot tell apart without a model', () => {
    const of = (name: string, shape: readonly number[], axis: 'row' | 'column', index: number) =>
      axisLabel({ name, shape }, null, axis, index, vocabulary);
    expect(of('model.layers.0.self_attn.q_proj.weight', [128, 128], 'row', 113)).toBe('query dim 113');
    expect(of('model.layers.0.self_attn.k_proj.weight', [64, 128], 'row', 9)).toBe('key dim 9');
    expect(of('model.layers.0.mlp.up_proj.weight', [352, 128], 'row', 211)).toBe('MLP unit 211');
    expect(of('model.embed_tokens.weight', [10, 128], 'row', 1)).toBe('token “carry”');
    // GPT-2's thirds: 3 × 4 columns, 5 is the second of the keys.
    expect(of('h.0.attn.c_attn.weight', [4, 12], 'column', 5)).toBe('key dim 1');
    expect(of('h.0.attn.c_attn.bias', [12], 'column', 11)).toBe('value dim 3');
    expect(of('conv.weight', [2, 3, 4], 'row', 5)).toBe('row 5');
  });
});
