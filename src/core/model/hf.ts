// Hugging Face config.json ↔ ModelConfig.
import * as v from 'valibot';
import type { ModelConfig } from './config';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000_000));
const gpt2Schema = v.object({
  model_type: v.literal('gpt2'),
  vocab_size: positive,
  n_positions: positive,
  n_embd: positive,
  n_head: positive,
  n_layer: positive,
  n_inner: v.nullish(positive),
  layer_norm_epsilon: v.optional(v.number(), 1e-5),
  tie_word_embeddings: v.optional(v.boolean(), true),
});
const llamaSchema = v.object({
  model_type: v.literal('llama'),
  vocab_size: positive,
  hidden_size: positive,
  intermediate_size: positive,
  num_hidden_layers: positive,
  num_attention_heads: positive,
  num_key_value_heads: v.optional(positive),
  max_position_embeddings: v.optional(positive, 2048),
  rms_norm_eps: v.optional(v.number(), 1e-6),
  rope_theta: v.optional(v.number(), 10000),
  tie_word_embeddings: v.optional(v.boolean(), false),
  attention_bias: v.optional(v.boolean(), false),
});
const schema = v.variant('model_type', [gpt2Schema, llamaSchema]);

/** Parses an untrusted config.json object. Throws Error naming the field that is wrong or the architecture not supported. */
export function parseHfConfig(json: unknown): ModelConfig {
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const issue = result.issues[0];
    throw new Error(`config.json, field “${v.getDotPath(issue) ?? 'model_type'}”: ${issue.message}`);
  }
  const c = result.output;
  const config: ModelConfig =
    c.model_type === 'gpt2'
      ? {
          architecture: 'gpt2',
          vocabularySize: c.vocab_size,
          width: c.n_embd,
          layers: c.n_layer,
          heads: c.n_head,
          kvHeads: c.n_head,
          mlpWidth: c.n_inner ?? 4 * c.n_embd,
          normEpsilon: c.layer_norm_epsilon,
          ropeTheta: 0,
          tiedHead: c.tie_word_embeddings,
          attentionBias: true,
          maxPositions: c.n_positions,
        }
      : {
          architecture: 'llama',
          vocabularySize: c.vocab_size,
          width: c.hidden_size,
          layers: c.num_hidden_layers,
          heads: c.num_attention_heads,
          kvHeads: c.num_key_value_heads ?? c.num_attention_heads,
          mlpWidth: c.intermediate_size,
          normEpsilon: c.rms_norm_eps,
          ropeTheta: c.rope_theta,
          tiedHead: c.tie_word_embeddings,
          attentionBias: c.attention_bias,
          maxPositions: c.max_position_embeddings,
        };
  if (config.width % config.heads !== 0)
    throw new Error(`config.json: width ${config.width} is no multiple of ${config.heads} heads`);
  if (config.heads % config.kvHeads !== 0)
    throw new Error(`config.json: ${config.heads} heads are no multiple of ${config.kvHeads} key/value heads`);
  if (config.architecture === 'llama' && (config.width / config.heads) % 2 !== 0) {
    throw new Error(`config.json: head width ${config.width / config.heads} is odd; RoPE turns pairs`);
  }
  return config;
}
