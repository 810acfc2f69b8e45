// The config.json that goes with a checkpoint of the studio's own models, so that Transformers loads it. The way back is model/hf.ts.
import type { ModelConfig } from '../model/config';

/** Null for an architecture that has no config of this kind. */
export function checkpointConfig(model: ModelConfig): Record<string, unknown> | null {
  const shared = { torch_dtype: 'float32', tie_word_embeddings: model.tiedHead, vocab_size: model.vocabularySize };
  switch (model.architecture) {
    case 'llama':
      return {
        architectures: ['LlamaForCausalLM'],
        model_type: 'llama',
        ...shared,
        hidden_size: model.width,
        intermediate_size: model.mlpWidth,
        num_hidden_layers: model.layers,
        num_attention_heads: model.heads,
        num_key_value_heads: model.kvHeads,
        max_position_embeddings: model.maxPositions,
        rms_norm_eps: model.normEpsilon,
        rope_theta: model.ropeTheta,
        attention_bias: model.attentionBias,
        mlp_bias: false,
        hidden_act: 'silu',
      };
    case 'gpt2':
      return {
        architectures: ['GPT2LMHeadModel'],
        model_type: 'gpt2',
        ...shared,
        n_positions: model.maxPositions,
        n_embd: model.width,
        n_head: model.heads,
        n_layer: model.layers,
        n_inner: model.mlpWidth,
        layer_norm_epsilon: model.normEpsilon,
        activation_function: 'gelu_new',
      };
    default:
      return null;
  }
}
