// The configurations of real models, as their config.json has them, against the parameter counts that are known of them. No weights.
import { expect, test } from 'vitest';
import { parameterCount, tensorSpecs } from './config';
import { parseHfConfig } from './hf';

const SMOLLM2_135M = {
  architectures: ['LlamaForCausalLM'],
  attention_bias: false,
  attention_dropout: 0.0,
  bos_token_id: 0,
  eos_token_id: 0,
  hidden_act: 'silu',
  hidden_size: 576,
  initializer_range: 0.041666666666666664,
  intermediate_size: 1536,
  is_llama_config: true,
  max_position_embeddings: 8192,
  model_type: 'llama',
  num_attention_heads: 9,
  num_hidden_layers: 30,
  num_key_value_heads: 3,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_interleaved: false,
  rope_scaling: null,
  rope_theta: 100000,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_cache: true,
  vocab_size: 49152,
};
const TINYLLAMA_1B = {
  attention_bias: false,
  hidden_act: 'silu',
  hidden_size: 2048,
  intermediate_size: 5632,
  max_position_embeddings: 2048,
  model_type: 'llama',
  num_attention_heads: 32,
  num_hidden_layers: 22,
  num_key_value_heads: 4,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  rope_theta: 10000.0,
  tie_word_embeddings: false,
  vocab_size: 32000,
};
const LLAMA32_1B = {
  attention_bias: false,
  head_dim: 64,
  hidden_act: 'silu',
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  mlp_bias: false,
  model_type: 'llama',
  num_attention_heads: 32,
  num_hidden_layers: 16,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32.0,
    high_freq_factor: 4.0,
    low_freq_factor: 1.0,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
  rope_theta: 500000.0,
  tie_word_embeddings: true,
  vocab_size: 128256,
};
const MISTRAL_7B = {
  hidden_act: 'silu',
  hidden_size: 4096,
  intermediate_size: 14336,
  max_position_embeddings: 32768,
  model_type: 'mistral',
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_theta: 10000.0,
  sliding_window: 4096,
  tie_word_embeddings: false,
  vocab_size: 32000,
};
const QWEN25_05B = {
  hidden_act: 'silu',
  hidden_size: 896,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 24,
  model_type: 'qwen2',
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  tie_word_embeddings: true,
  use_mrope: false,
  use_sliding_window: false,
  vocab_size: 151936,
};
const QWEN3_06B = {
  attention_bias: false,
  head_dim: 128,
  hidden_act: 'silu',
  hidden_size: 1024,
  intermediate_size: 3072,
  max_position_embeddings: 40960,
  max_window_layers: 28,
  model_type: 'qwen3',
  num_attention_heads: 16,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1000000,
  sliding_window: null,
  tie_word_embeddings: true,
  use_sliding_window: false,
  vocab_size: 151936,
};
const PYTHIA_70M = {
  hidden_act: 'gelu',
  hidden_size: 512,
  intermediate_size: 2048,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 2048,
  model_type: 'gpt_neox',
  num_attention_heads: 8,
  num_hidden_layers: 6,
  rotary_emb_base: 10000,
  rotary_pct: 0.25,
  tie_word_embeddings: false,
  use_parallel_residual: true,
  vocab_size: 50304,
};
const GPT2 = {
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
  model_type: 'gpt2',
  n_ctx: 1024,
  n_embd: 768,
  n_head: 12,
  n_layer: 12,
  n_positions: 1024,
  vocab_size: 50257,
};

test.each([
  ['SmolLM2-135M', SMOLLM2_135M, 134_515_008],
  ['TinyLlama-1.1B', TINYLLAMA_1B, 1_100_048_384],
  ['Llama-3.2-1B', LLAMA32_1B, 1_235_814_400],
  ['Mistral-7B-v0.1', MISTRAL_7B, 7_241_732_096],
  ['Qwen2.5-0.5B', QWEN25_05B, 494_032_768],
  ['Qwen3-0.6B', QWEN3_06B, 596_049_920],
  ['Pythia-70m', PYTHIA_70M, 70_426_624],
  ['GPT-2', GPT2, 124_439_808],
])('%s has its known number of parameters', (_, json, count) => {
  expect(parameterCount(parseHfConfig(json))).toBe(count);
});

test('what is special about them', () => {
  expect(parseHfConfig(SMOLLM2_135M)).toEqual({
    architecture: 'llama',
    vocabularySize: 49152,
    width: 576,
    layers: 30,
    heads: 9,
    kvHeads: 3,
    mlpWidth: 1536,
    normEpsilon: 1e-5,
    ropeTheta: 100000,
    tiedHead: true,
    attentionBias: false,
    maxPositions: 8192,
  });
  expect(parseHfConfig(LLAMA32_1B).ropeScaling).toEqual({
    ...{ kind: 'llama3', factor: 32, lowFactor: 1, highFactor: 4, originalPositions: 8192 },
  });
  // Longer sequences would need the window.
  expect(parseHfConfig(MISTRAL_7B)).toMatchObject({ architecture: 'llama', maxPositions: 4096, kvHeads: 8 });
  expect(parseHfConfig(QWEN25_05B)).toMatchObject({ attentionBias: 'qkv', maxPositions: 32768 });
  expect(parseHfConfig(QWEN3_06B)).toMatchObject({ qkNorm: true, headWidth: 128, attentionBias: false });
  expect(parseHfConfig(PYTHIA_70M)).toMatchObject({ rotaryWidth: 16, parallelResidual: true, tiedHead: false });
});

test('the tensors of a Qwen3 and a Pythia layer', () => {
  const layer = (json: object, at: string) =>
    tensorSpecs(parseHfConfig(json))
      .filter(({ name }) => name.startsWith(at))
      .map(({ name, shape }) => [name.slice(at.length), ...shape]);
  expect(layer(QWEN3_06B, 'model.layers.27.')).toEqual([
    ['self_attn.q_proj.weight', 2048, 1024],
    ['self_attn.k_proj.weight', 1024, 1024],
    ['self_attn.v_proj.weight', 1024, 1024],
    ['self_attn.o_proj.weight', 1024, 2048],
    ['self_attn.q_norm.weight', 128],
    ['self_attn.k_norm.weight', 128],
    ['mlp.gate_proj.weight', 3072, 1024],
    ['mlp.up_proj.weight', 3072, 1024],
    ['mlp.down_proj.weight', 1024, 3072],
    ['input_layernorm.weight', 1024],
    ['post_attention_layernorm.weight', 1024],
  ]);
  expect(layer(PYTHIA_70M, 'gpt_neox.layers.5.')).toEqual([
    ['input_layernorm.weight', 512],
    ['input_layernorm.bias', 512],
    ['post_attention_layernorm.weight', 512],
    ['post_attention_layernorm.bias', 512],
    ['attention.query_key_value.weight', 1536, 512],
    ['attention.query_key_value.bias', 1536],
    ['attention.dense.weight', 512, 512],
    ['attention.dense.bias', 512],
    ['mlp.dense_h_to_4h.weight', 2048, 512],
    ['mlp.dense_h_to_4h.bias', 2048],
    ['mlp.dense_4h_to_h.weight', 512, 2048],
    ['mlp.dense_4h_to_h.bias', 512],
  ]);
});
