// Llama: pre-norm decoder with RMSNorm, rotate-half RoPE, grouped-query attention and SwiGLU.
import { addBias } from '../ops/bias/op';
import { embedding } from '../ops/embedding/op';
import { linear } from '../ops/linear/op';
import { rmsNorm } from '../ops/rmsNorm/op';
import { rope, ropeTable } from '../ops/rope/op';
import { swiglu } from '../ops/swiglu/op';
import { tf } from '../tf';
import type { ModelConfig } from './config';
import type { AttentionStep, Model } from './model';

export const createLlamaTables = (config: ModelConfig): { rope: tf.Tensor2D } => ({
  rope: ropeTable(config.maxPositions, config.width / config.heads, config.ropeTheta),
});

/** Token ids and positions [N] → hidden [N, C] after the final norm. */
export function llamaLayers(
  model: Model,
  ids: tf.Tensor1D,
  positions: tf.Tensor1D,
  attend: AttentionStep,
): tf.Tensor2D {
  const { config } = model;
  const weight = (name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor2D;
  const scale = (name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor1D;
  const table = model.tables!.rope;
  const project = (name: string, x: tf.Tensor2D): tf.Tensor2D => {
    const y = linear(x, weight(name));
    const isAttention = name.includes('self_attn');
    return config.attentionBias && isAttention ? addBias(y, model.get(`${name}.bias`) as unknown as tf.Tensor1D) : y;
  };
  let x = embedding(weight('model.embed_tokens'), ids); // [N, C]
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `model.layers.${layer}`;
    const normed = rmsNorm(x, scale(`${at}.input_layernorm`), config.normEpsilon);
    const q = rope(project(`${at}.self_attn.q_proj`, normed), positions, table);
    const k = rope(project(`${at}.self_attn.k_proj`, normed), positions, table);
    const v = project(`${at}.self_attn.v_proj`, normed);
    x = tf.add(x, project(`${at}.self_attn.o_proj`, attend(layer, q, k, v)));
    const inner = rmsNorm(x, scale(`${at}.post_attention_layernorm`), config.normEpsilon);
    const hidden = swiglu(project(`${at}.mlp.gate_proj`, inner), project(`${at}.mlp.up_proj`, inner)); // [N, F]
    x = tf.add(x, project(`${at}.mlp.down_proj`, hidden));
  }
  return rmsNorm(x, scale('model.norm'), config.normEpsilon);
}
