// Llama: pre-norm decoder with RMSNorm, rotate-half RoPE, grouped-query attention and SwiGLU. Its relatives too: Mistral, Qwen2 (biases on q, k, v),
// Qwen3 (queries and keys normalised head by head).
import { addBias } from '../ops/bias/op';
import { embedding } from '../ops/embedding/op';
import { linears, linearWith, swigluLinear } from '../ops/fusedLinear/op';
import { rmsNorm } from '../ops/rmsNorm/op';
import { ropePair } from '../ops/rope/op';
import { skipRmsNorm } from '../ops/skipNorm/op';
import { tf } from '../tf';
import type { Architecture, Model } from './model';

const matrix = (model: Model, name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor2D;
const scale = (model: Model, name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor1D;
const bias = (model: Model, name: string) => model.get(`${name}.bias`) as unknown as tf.Tensor1D;

/** RMSNorm of every head alone: rows [N, heads · D], weight [D]. */
function headNorm(rows: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  const [count, width] = rows.shape;
  const headWidth = weight.shape[0];
  const heads = tf.reshape(rows, [(count * width) / headWidth, headWidth]) as tf.Tensor2D;
  return tf.reshape(rmsNorm(heads, weight, epsilon), [count, width]);
}

/** The second half of a block from its normalised rows `inner` and the rows that skip it, [N, C] each; `at` says where its weights are. */
function feedForward(model: Model, at: string, inner: tf.Tensor2D, skip: tf.Tensor2D): tf.Tensor2D {
  const down = matrix(model, `${at}.down_proj`);
  const names = [`${at}.gate_proj`, `${at}.up_proj`];
  const [gate, up] = linears(
    inner,
    names.map((name) => matrix(model, name)),
  ); // [N, F]
  if (!model.config.mlpBias) return swigluLinear(gate!, up!, down, skip);
  const [withGate, withUp] = [gate!, up!].map((y, i) => addBias(y, bias(model, names[i]!)));
  return swigluLinear(withGate!, withUp!, down, addBias(skip, bias(model, `${at}.down_proj`)));
}

export const llama: Architecture = {
  blockAt: (layer) => `model.layers.${layer}.`,

  embed: (model, ids) => embedding(matrix(model, 'model.embed_tokens'), ids),

  block(model, layer, x, positions, attend, take) {
    const { normEpsilon, attentionBias, qkNorm } = model.config;
    const at = `model.layers.${layer}`;
    const attentionAt = `${at}.self_attn`;
    const [normed, skip] = skipRmsNorm(x, scale(model, `${at}.input_layernorm`), normEpsilon);
    const names = ['q_proj', 'k_proj', 'v_proj'].map((name) => `${attentionAt}.${name}`);
    const projected = linears(
      normed,
      names.map((name) => matrix(model, name)),
    );
    const withBias = (y: tf.Tensor2D, i: number) => (attentionBias ? addBias(y, bias(model, names[i]!)) : y);
    const [q, k, v] = projected.map(withBias);
    const evened = (y: tf.Tensor2D, name: string) =>
      qkNorm ? headNorm(y, scale(model, `${attentionAt}.${name}`), normEpsilon) : y;
    const [turnedQ, turnedK] = ropePair(evened(q!, 'q_norm'), evened(k!, 'k_norm'), positions, model.tables!.rope);
    const heads = take(attend(layer, { q: turnedQ, k: turnedK, v: v! })); // [N, H·D]
    const out = `${attentionAt}.o_proj`;
    const outBias = attentionBias === true ? bias(model, out) : undefined;
    const middle = linearWith(heads, matrix(model, out), { bias: outBias, residual: take(skip) }); // [N, C]
    const [inner, innerSkip] = skipRmsNorm(middle, scale(model, `${at}.post_attention_layernorm`), normEpsilon);
    return feedForward(model, `${at}.mlp`, inner, innerSkip);
  },

  finalNorm: (model, x) => rmsNorm(x, scale(model, 'model.norm'), model.config.normEpsilon),
};
