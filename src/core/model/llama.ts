// Llama: pre-norm decoder with RMSNorm, rotate-half RoPE, grouped-query attention and SwiGLU.
import { addBias } from '../ops/bias/op';
import { embedding } from '../ops/embedding/op';
import { linears, linearWith, swigluLinear } from '../ops/fusedLinear/op';
import { rmsNorm } from '../ops/rmsNorm/op';
import { ropePair, ropeTable } from '../ops/rope/op';
import { skipRmsNorm } from '../ops/skipNorm/op';
import type { tf } from '../tf';
import type { ModelConfig } from './config';
import type { Architecture, Model } from './model';

export const createLlamaTables = (config: ModelConfig): { rope: tf.Tensor2D } => ({
  rope: ropeTable(config.maxPositions, config.width / config.heads, config.ropeTheta),
});

const matrix = (model: Model, name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor2D;
const scale = (model: Model, name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor1D;

export const llama: Architecture = {
  blockAt: (layer) => `model.layers.${layer}.`,

  embed: (model, ids) => embedding(matrix(model, 'model.embed_tokens'), ids),

  block(model, layer, x, positions, attend, take) {
    const { normEpsilon, attentionBias } = model.config;
    const at = `model.layers.${layer}`;
    const attentionAt = `${at}.self_attn`;
    const biasOf = (name: string) => model.get(`${name}.bias`) as unknown as tf.Tensor1D;
    const withBias = (name: string, y: tf.Tensor2D): tf.Tensor2D => (attentionBias ? addBias(y, biasOf(name)) : y);
    const [normed, skip] = skipRmsNorm(x, scale(model, `${at}.input_layernorm`), normEpsilon);
    const names = ['q_proj', 'k_proj', 'v_proj'].map((name) => `${attentionAt}.${name}`);
    const projected = linears(
      normed,
      names.map((name) => matrix(model, name)),
    );
    const [q, k, v] = projected.map((y, i) => withBias(names[i]!, y));
    const [turnedQ, turnedK] = ropePair(q!, k!, positions, model.tables!.rope);
    const heads = take(attend(layer, { q: turnedQ, k: turnedK, v: v! })); // [N, H·D]
    const out = `${attentionAt}.o_proj`;
    const bias = attentionBias ? biasOf(out) : undefined;
    const middle = linearWith(heads, matrix(model, out), { bias, residual: take(skip) }); // [N, C]
    const [inner, innerSkip] = skipRmsNorm(middle, scale(model, `${at}.post_attention_layernorm`), normEpsilon);
    const [gate, up] = linears(inner, [matrix(model, `${at}.mlp.gate_proj`), matrix(model, `${at}.mlp.up_proj`)]); // [N, F]
    return swigluLinear(gate!, up!, matrix(model, `${at}.mlp.down_proj`), innerSkip);
  },

  finalNorm: (model, x) => rmsNorm(x, scale(model, 'model.norm'), model.config.normEpsilon),
};
