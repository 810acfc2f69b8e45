import { describe, expect, it } from 'vitest';
import { parseHfConfig } from './hf';

const LLAMA = {
  model_type: 'llama',
  vocab_size: 180,
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 3,
  num_attention_heads: 4,
};
const GPT2 = { model_type: 'gpt2', vocab_size: 50257, n_positions: 1024, n_embd: 768, n_head: 12, n_layer: 12 };

describe('parseHfConfig', () => {
  it('reads a Llama with the defaults of its library', () => {
    expect(parseHfConfig(LLAMA)).toEqual({
      architecture: 'llama',
      vocabularySize: 180,
      width: 128,
      layers: 3,
      heads: 4,
      kvHeads: 4,
      mlpWidth: 352,
      normEpsilon: 1e-6,
      ropeTheta: 10000,
      tiedHead: false,
      attentionBias: false,
      maxPositions: 2048,
    });
    const given = { num_key_value_heads: 2, rms_norm_eps: 1e-5, rope_theta: 5e5, tie_word_embeddings: true };
    expect(parseHfConfig({ ...LLAMA, ...given, attention_bias: true, max_position_embeddings: 99 })).toMatchObject({
      ...{ kvHeads: 2, normEpsilon: 1e-5, ropeTheta: 5e5, tiedHead: true, attentionBias: true, maxPositions: 99 },
    });
  });

  it('reads a GPT-2: tied head, four times as wide inside unless it says otherwise', () => {
    expect(parseHfConfig(GPT2)).toMatchObject({
      ...{ architecture: 'gpt2', width: 768, mlpWidth: 3072, kvHeads: 12, tiedHead: true, normEpsilon: 1e-5 },
    });
    expect(parseHfConfig({ ...GPT2, n_inner: null }).mlpWidth).toBe(3072);
    expect(parseHfConfig({ ...GPT2, n_inner: 100 }).mlpWidth).toBe(100);
  });

  it.each([
    ['vocab_size', { ...LLAMA, vocab_size: '180' }],
    ['hidden_size', { ...LLAMA, hidden_size: undefined }],
    ['num_hidden_layers', { ...LLAMA, num_hidden_layers: 0 }],
    ['intermediate_size', { ...LLAMA, intermediate_size: 1.5 }],
    ['n_head', { ...GPT2, n_head: -1 }],
    ['n_positions', { ...GPT2, n_positions: 1e9 }],
    ['model_type', { ...LLAMA, model_type: 'mamba' }],
    ['model_type', {}],
    ['model_type', null],
    ['model_type', [1]],
  ])('names the field %s', (field, json) => {
    expect(() => parseHfConfig(json)).toThrow(`config.json, field “${field}”`);
  });

  it('refuses widths and heads that do not divide', () => {
    expect(() => parseHfConfig({ ...LLAMA, num_attention_heads: 128, num_key_value_heads: 128 })).toThrow(
      'head width 1 is odd',
    );
    expect(() => parseHfConfig({ ...LLAMA, num_attention_heads: 5 })).toThrow('width 128 is no multiple of 5 heads');
    expect(() => parseHfConfig({ ...LLAMA, num_key_value_heads: 3 })).toThrow('4 heads are no multiple of 3');
  });
});
