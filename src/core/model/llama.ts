// Llama: pre-norm decoder with RMSNorm, rotate-half RoPE, grouped-query attention and SwiGLU.
import { addBias } from '../ops/bias/op';
import { embedding } from '../ops/embedding/op';
import { linears, linearWith, swigluLinear } from '../ops/fusedLinear/op';
import { rmsNorm } from '../ops/rmsNorm/op';
import { ropePair, ropeTable } from '../ops/rope/op';
import { skipRmsNorm } from '../ops/skipNorm/op';
import type { tf } from '../tf';
import type { ModelConfig } from './config';
import type { AttentionStep, Model } from './model';

export const createLlamaTables = (config: ModelConfig): { rope: tf.Tensor2D } => ({
  rope: ropeTable(config.maxPositions, config.width / config.heads, config.ropeTheta),
});

/** Token ids and positions [N] → hidden [N, C] after the final norm; or [S, C] of the rows that are `wanted`. */
export function llamaLayers(
  model: Model,
  ids: tf.Tensor1D,
  positions: tf.Tensor1D,
  attend: AttentionStep,
  wanted?: tf.Tensor1D,
): tf.Tensor2D {
  const { config } = model;
  const weight = (name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor2D;
  const scale = (name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor1D;
  const table = model.tables!.rope;
  const isBiased = config.attentionBias;
  const withBias = (name: string, y: tf.Tensor2D): tf.Tensor2D =>
    isBiased ? addBias(y, model.get(`${name}.bias`) as unknown as tf.Tensor1D) : y;
  let x = embedding(weight('model.embed_tokens'), ids); // [N, C]
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `model.layers.${layer}`;
    const attentionAt = `${at}.self_attn`;
    const [normed, skip] = skipRmsNorm(x, scale(`${at}.input_layernorm`), config.normEpsilon);
    const names = ['q_proj', 'k_proj', 'v_proj'].map((name) => `${attentionAt}.${name}`);
    const [q, k, v] = linears(normed, names.map(weight)).map((y, i) => withBias(names[i]!, y));
    const [turnedQ, turnedK] = ropePair(q!, k!, positions, table);
    // Behind the last attention every row goes its own way.
    const take = (rows: tf.Tensor2D) => (wanted && layer === config.layers - 1 ? embedding(rows, wanted) : rows);
    const heads = take(attend(layer, { q: turnedQ, k: turnedK, v: v! })); // [N, H·D]
    const bias = isBiased ? (model.get(`${attentionAt}.o_proj.bias`) as unknown as tf.Tensor1D) : undefined;
    const middle = linearWith(heads, weight(`${attentionAt}.o_proj`), { bias, residual: take(skip) }); // [N, C]
    const [inner, innerSkip] = skipRmsNorm(middle, scale(`${at}.post_attention_layernorm`), config.normEpsilon);
    const [gate, up] = linears(inner, [weight(`${at}.mlp.gate_proj`), weight(`${at}.mlp.up_proj`)]); // [N, F]
    x = swigluLinear(gate!, up!, weight(`${at}.mlp.down_proj`), innerSkip);
  }
  return rmsNorm(x, scale('model.norm'), config.normEpsilon);
}
