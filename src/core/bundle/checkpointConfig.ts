// The config.json that goes with a checkpoint in a bundle, so that Transformers loads it: from what a run tells of its model. The way back is
// model/hf.ts. A brought model that is saved as such keeps its own config.json (model/openModel.ts).
import { headWidthOf, type ModelConfig, rotaryWidthOf } from '../model/config';

type Json = Record<string, unknown>;

/** By architecture; the one that has all of the model's fields. */
export function checkpointConfig(model: ModelConfig): Json {
  switch (model.architecture) {
    case 'llama':
      return llamaConfig(model);
    case 'gpt2':
      return gpt2Config(model);
    case 'gpt_neox':
      return gptNeoxConfig(model);
  }
}

const sharedOf = (model: ModelConfig): Json => ({
  torch_dtype: 'float32',
  tie_word_embeddings: model.tiedHead,
  vocab_size: model.vocabularySize,
});

/** Of all models with RoPE. */
const rotarySizesOf = (model: ModelConfig): Json => ({
  hidden_size: model.width,
  intermediate_size: model.mlpWidth,
  num_hidden_layers: model.layers,
  num_attention_heads: model.heads,
  max_position_embeddings: model.maxPositions,
  ...(model.ropeScaling && { rope_scaling: scalingOf(model.ropeScaling) }),
});

function scalingOf(scaling: NonNullable<ModelConfig['ropeScaling']>): Json {
  if (scaling.kind === 'linear') return { rope_type: 'linear', factor: scaling.factor };
  return {
    rope_type: 'llama3',
    factor: scaling.factor,
    low_freq_factor: scaling.lowFactor,
    high_freq_factor: scaling.highFactor,
    original_max_position_embeddings: scaling.originalPositions,
  };
}

/** Llama's relatives by what only they have: Qwen3 normalises queries and keys, Qwen2 has biases on q, k and v alone. */
function llamaConfig(model: ModelConfig): Json {
  const [type, name] = model.qkNorm
    ? ['qwen3', 'Qwen3ForCausalLM']
    : model.attentionBias === 'qkv'
      ? ['qwen2', 'Qwen2ForCausalLM']
      : ['llama', 'LlamaForCausalLM'];
  return {
    ...{ architectures: [name], model_type: type },
    ...sharedOf(model),
    ...rotarySizesOf(model),
    num_key_value_heads: model.kvHeads,
    // Qwen3's default is another one than width / heads.
    ...((model.headWidth !== undefined || type === 'qwen3') && { head_dim: headWidthOf(model) }),
    rms_norm_eps: model.normEpsilon,
    rope_theta: model.ropeTheta,
    ...(type !== 'qwen2' && { attention_bias: model.attentionBias === true }),
    ...(type === 'llama' && { mlp_bias: model.mlpBias ?? false }),
    hidden_act: 'silu',
  };
}

const gpt2Config = (model: ModelConfig): Json => ({
  ...{ architectures: ['GPT2LMHeadModel'], model_type: 'gpt2' },
  ...sharedOf(model),
  n_positions: model.maxPositions,
  n_embd: model.width,
  n_head: model.heads,
  n_layer: model.layers,
  n_inner: model.mlpWidth,
  layer_norm_epsilon: model.normEpsilon,
  activation_function: 'gelu_new',
});

/** Readers take ⌊share · whole⌋, which the rounded quotient may fall below. */
function shareOf(part: number, whole: number): number {
  const share = part / whole;
  return Math.floor(whole * share) === part ? share : (part + 0.25) / whole;
}

const gptNeoxConfig = (model: ModelConfig): Json => ({
  ...{ architectures: ['GPTNeoXForCausalLM'], model_type: 'gpt_neox' },
  ...sharedOf(model),
  ...rotarySizesOf(model),
  layer_norm_eps: model.normEpsilon,
  rotary_emb_base: model.ropeTheta,
  rotary_pct: shareOf(rotaryWidthOf(model), headWidthOf(model)),
  use_parallel_residual: model.parallelResidual ?? false,
  attention_bias: true,
  hidden_act: 'gelu',
});
