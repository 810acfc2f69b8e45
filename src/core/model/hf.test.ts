import { describe, expect, it } from 'vitest';
import { FileError } from '../files/byteSource';
import { createRng } from '../rng';
import { parameterCount } from './config';
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

const QWEN2 = { ...LLAMA, model_type: 'qwen2' };
const QWEN3 = { ...LLAMA, model_type: 'qwen3', head_dim: 32 };
const MISTRAL = { ...LLAMA, model_type: 'mistral' };
const NEOX = { ...LLAMA, model_type: 'gpt_neox' };
const LLAMA3 = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192, factor: 8 };

describe('the relatives of Llama, and GPT-NeoX', () => {
  it('gives a head its own width, and leaves it out where it is width / heads', () => {
    expect(parseHfConfig({ ...LLAMA, head_dim: 48 })).toMatchObject({ headWidth: 48 });
    expect(parseHfConfig({ ...LLAMA, head_dim: 32 })).not.toHaveProperty('headWidth');
    expect(parseHfConfig({ ...LLAMA, num_attention_heads: 5, head_dim: 6 })).toMatchObject({ heads: 5, headWidth: 6 });
    expect(() => parseHfConfig({ ...LLAMA, head_dim: 33 })).toThrow('head width 33 is odd');
  });

  it('knows who has which biases and norms', () => {
    expect(parseHfConfig({ ...LLAMA, attention_bias: true, mlp_bias: true })).toMatchObject({
      ...{ attentionBias: true, mlpBias: true },
    });
    expect(parseHfConfig(QWEN2)).toMatchObject({ architecture: 'llama', attentionBias: 'qkv', maxPositions: 32768 });
    expect(parseHfConfig(QWEN3)).toMatchObject({ architecture: 'llama', attentionBias: false, qkNorm: true });
    expect(parseHfConfig({ ...QWEN3, head_dim: undefined })).toMatchObject({ headWidth: 128 });
    expect(parseHfConfig(NEOX)).toMatchObject({ attentionBias: true, rotaryWidth: 8, parallelResidual: true });
    expect(parseHfConfig({ ...NEOX, rotary_pct: 1 })).not.toHaveProperty('rotaryWidth');
  });

  it('keeps Mistral’s sequences inside its window', () => {
    expect(parseHfConfig(MISTRAL).maxPositions).toBe(4096);
    expect(parseHfConfig({ ...MISTRAL, sliding_window: null }).maxPositions).toBe(131072);
    expect(parseHfConfig({ ...MISTRAL, sliding_window: 8192, max_position_embeddings: 2048 }).maxPositions).toBe(2048);
    expect(parseHfConfig({ ...MISTRAL, layer_types: ['sliding_attention'] }).maxPositions).toBe(4096);
  });

  it('keeps Qwen’s sequences inside the window where it is used, whichever layers have it', () => {
    const window = { sliding_window: 64, max_window_layers: 1 };
    for (const qwen of [QWEN2, QWEN3]) {
      expect(parseHfConfig({ ...qwen, ...window }).maxPositions).toBe(32768);
      const layer_types = ['full_attention', 'sliding_attention'];
      const used = parseHfConfig({ ...qwen, ...window, use_sliding_window: true, layer_types });
      expect(used).toEqual({ ...parseHfConfig(qwen), maxPositions: 64 });
      expect(parseHfConfig({ ...qwen, use_sliding_window: true }).maxPositions).toBe(4096);
      expect(parseHfConfig({ ...qwen, use_sliding_window: true, sliding_window: null }).maxPositions).toBe(32768);
    }
  });

  it('reads RoPE in the older and in the newer spelling alike', () => {
    const scaling = { kind: 'llama3', factor: 8, lowFactor: 1, highFactor: 4, originalPositions: 8192 };
    const older = parseHfConfig({ ...LLAMA, rope_theta: 5e5, rope_scaling: { type: 'llama3', ...LLAMA3 } });
    const newer = parseHfConfig({ ...LLAMA, rope_parameters: { rope_theta: 5e5, rope_type: 'llama3', ...LLAMA3 } });
    expect(older).toMatchObject({ ropeTheta: 5e5, ropeScaling: scaling });
    expect(newer).toEqual(older);
    const linear = parseHfConfig({ ...LLAMA, rope_scaling: { type: 'linear', factor: 2 } });
    expect(linear.ropeScaling).toEqual({ kind: 'linear', factor: 2 });
    expect(parseHfConfig({ ...LLAMA, rope_parameters: { rope_type: 'default' } })).toEqual(parseHfConfig(LLAMA));
    const neox = { rope_theta: 500, rope_type: 'default', partial_rotary_factor: 0.5 };
    expect(parseHfConfig({ ...NEOX, rope_parameters: neox })).toMatchObject({ ropeTheta: 500, rotaryWidth: 16 });
    expect(parseHfConfig({ ...NEOX, rotary_emb_base: 77 }).ropeTheta).toBe(77);
  });

  // What transformers 4.57.6 and 5.17.0 computed with such files.
  it('takes of RoPE’s fields those that transformers takes', () => {
    const { rope_theta: _, ...bare } = { ...NEOX, rope_theta: 0 };
    expect(parseHfConfig({ ...bare, rope_theta: 777 }).ropeTheta).toBe(10_000);
    expect(parseHfConfig({ ...bare, rope_theta: 10_000, rotary_emb_base: 777 }).ropeTheta).toBe(777);
    const linear = { rope_type: 'linear', factor: 4 };
    const both = { rope_theta: 500, rope_scaling: linear, rope_parameters: { rope_type: 'default', rope_theta: 5 } };
    expect(parseHfConfig({ ...LLAMA, ...both })).toMatchObject({
      ...{ ropeTheta: 500, ropeScaling: { kind: 'linear', factor: 4 } },
    });
    expect(parseHfConfig({ ...LLAMA, ...both, rope_scaling: {} }).ropeTheta).toBe(5);
    expect(parseHfConfig({ ...LLAMA, rotary_emb_base: 777, rotary_pct: 0.5 })).toEqual(parseHfConfig(LLAMA));
    expect(parseHfConfig({ ...LLAMA, hidden_act: 'swish' })).toEqual(parseHfConfig(LLAMA));
    const same = { rope_scaling: { rope_type: 'llama3', ...LLAMA3 }, original_max_position_embeddings: 8192 };
    expect(parseHfConfig({ ...LLAMA, ...same }).ropeScaling).toMatchObject({ originalPositions: 8192 });
  });

  it.each<[string, string, object]>([
    ['model_type', '"smollm3" is not supported; supported: "llama", "mistral"', { ...LLAMA, model_type: 'smollm3' }],
    ['model_type', '"gemma2" is not supported', { ...LLAMA, model_type: 'gemma2' }],
    ['model_type', '"mixtral" is not supported', { ...LLAMA, model_type: 'mixtral' }],
    ['model_type', '"toString" is not supported', { ...LLAMA, model_type: 'toString' }],
    [
      'hidden_act',
      '"gelu" is not supported; supported: "silu", "swish" (in a llama model)',
      { ...LLAMA, hidden_act: 'gelu' },
    ],
    ['hidden_act', '"gelu_new" is not supported; supported: "gelu"', { ...NEOX, hidden_act: 'gelu_new' }],
    ['activation_function', '"relu" is not supported', { ...GPT2, activation_function: 'relu' }],
    ['scale_attn_weights', 'false is not supported; supported: true', { ...GPT2, scale_attn_weights: false }],
    ['scale_attn_by_inverse_layer_idx', 'true is not', { ...GPT2, scale_attn_by_inverse_layer_idx: true }],
    ['quantization_config', 'an object is not supported', { ...QWEN2, quantization_config: { bits: 4 } }],
    ['layer_types', '"sliding_attention" is not', { ...QWEN3, layer_types: ['full_attention', 'sliding_attention'] }],
    ['attention_bias', 'false is not supported; supported: true', { ...NEOX, attention_bias: false }],
    ['partial_rotary_factor', '0.5 is not supported', { ...LLAMA, partial_rotary_factor: 0.5 }],
    [
      'rope_parameters.partial_rotary_factor',
      '0.5 is not supported',
      { ...LLAMA, rope_parameters: { partial_rotary_factor: 0.5 } },
    ],
    [
      'rope_scaling.rope_type',
      '"yarn" is not supported; supported: "default", "linear", "llama3"',
      { ...LLAMA, rope_scaling: { rope_type: 'yarn', factor: 4 } },
    ],
    ['rope_scaling.rope_type', '"dynamic" is not', { ...LLAMA, rope_scaling: { type: 'dynamic', factor: 4 } }],
    ['rope_parameters.rope_type', '"longrope" is', { ...LLAMA, rope_parameters: { rope_type: 'longrope' } }],
    [
      'rope_parameters.full_attention',
      'one set of numbers',
      { ...LLAMA, rope_parameters: { full_attention: { rope_theta: 5 } } },
    ],
    [
      'rope_scaling.type',
      '"linear" and rope_type "default" contradict each other',
      { ...LLAMA, rope_scaling: { type: 'linear', rope_type: 'default', factor: 4 } },
    ],
    [
      'original_max_position_embeddings',
      '32 is not what rope_scaling says (8192)',
      { ...LLAMA, rope_scaling: { rope_type: 'llama3', ...LLAMA3 }, original_max_position_embeddings: 32 },
    ],
    ['is_causal', 'false is not supported; supported: true', { ...NEOX, is_causal: false }],
    ['per_layer_config', 'an object is not', { ...LLAMA, per_layer_config: { 1: { rms_norm_eps: 0.5 } } }],
    ['rope_scaling.factor', 'is missing', { ...LLAMA, rope_scaling: { type: 'linear' } }],
    ['rope_scaling.low_freq_factor', 'is missing', { ...LLAMA, rope_scaling: { rope_type: 'llama3', factor: 8 } }],
    [
      'rope_scaling.high_freq_factor',
      '1 is not above low_freq_factor 1',
      { ...LLAMA, rope_scaling: { rope_type: 'llama3', ...LLAMA3, high_freq_factor: 1 } },
    ],
  ])('refuses by the field %s: %s', (field, problem, json) => {
    const read = () => parseHfConfig(json);
    expect(read).toThrow(FileError);
    expect(read).toThrow(`config.json, field “${field}”: `);
    expect(read).toThrow(problem);
  });

  it('refuses RoPE over no or half a pair', () => {
    expect(() => parseHfConfig({ ...NEOX, rotary_pct: 0.01 })).toThrow('0 numbers of a head turn; RoPE turns pairs');
    expect(() => parseHfConfig({ ...NEOX, rotary_pct: 0.1 })).toThrow('3 numbers of a head turn; RoPE turns pairs');
  });

  it('lists no tensors of a model with a million layers', () => {
    expect(() => parseHfConfig({ ...LLAMA, num_hidden_layers: 1_000_000 })).toThrow('field “num_hidden_layers”');
  });
});

describe('a mutated file', () => {
  const mutations = Number(process.env.FUZZ ?? 2000);
  it(`is read or refused by FileError, ${mutations} times`, () => {
    const rng = createRng(7, 'config.json');
    const odd = [
      null,
      true,
      false,
      -1,
      0,
      0.5,
      1e9,
      1e308,
      '',
      'gpt2',
      'llama',
      '__proto__',
      [],
      {},
      [{}],
      { type: {} },
    ];
    const bases: object[] = [LLAMA, GPT2, QWEN2, QWEN3, MISTRAL, NEOX].map((json) => ({
      ...json,
      ...{ rope_scaling: { rope_type: 'llama3', ...LLAMA3 }, layer_types: ['full_attention'] },
    }));
    let [read, refused] = [0, 0];
    for (let i = 0; i < mutations; i++) {
      const json: Record<string, unknown> = structuredClone(rng.pick(bases)) as Record<string, unknown>;
      for (let n = rng.int(3); n >= 0; n--) {
        const inner = json.rope_scaling;
        const target = rng.int(4) === 0 && typeof inner === 'object' && inner !== null ? inner : json;
        Object.assign(target, { [rng.pick(Object.keys(target).concat('head_dim', 'rotary_pct'))]: rng.pick(odd) });
      }
      try {
        const config = parseHfConfig(json);
        expect(parameterCount(config)).toBeGreaterThan(0);
        read++;
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        expect(error.message.length).toBeLessThan(400);
        refused++;
      }
    }
    expect(Math.min(read, refused)).toBeGreaterThan(mutations / 20);
  });
});
