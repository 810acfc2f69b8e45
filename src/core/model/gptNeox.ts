// GPT-NeoX (Pythia): pre-norm decoder with LayerNorm, RoPE on the first part of every head, fused projection head by head, exact GELU, and
// attention and feed-forward side by side or one after the other.
import { embedding } from '../ops/embedding/op';
import { linearWith } from '../ops/fusedLinear/op';
import { geluErf } from '../ops/geluErf/op';
import { layerNorm } from '../ops/layerNorm/op';
import { skipLayerNorm } from '../ops/skipNorm/op';
import { splitHeads } from '../ops/splitHeads/op';
import type { tf } from '../tf';
import type { Architecture, Model } from './model';

const matrix = (model: Model, name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor2D;
const scale = (model: Model, name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor1D;
const bias = (model: Model, name: string) => model.get(`${name}.bias`) as unknown as tf.Tensor1D;

export const gptNeox: Architecture = {
  blockAt: (layer) => `gpt_neox.layers.${layer}.`,

  embed: (model, ids) => embedding(matrix(model, 'gpt_neox.embed_in'), ids),

  block(model, layer, x, positions, attend, take) {
    const { heads: count, normEpsilon, parallelResidual } = model.config;
    const at = `gpt_neox.layers.${layer}`;
    const project = (name: string, y: tf.Tensor2D, residual?: tf.Tensor2D) =>
      linearWith(y, matrix(model, `${at}.${name}`), { bias: bias(model, `${at}.${name}`), residual });
    const norm = (name: string, y: tf.Tensor2D) =>
      skipLayerNorm(y, scale(model, `${at}.${name}`), bias(model, `${at}.${name}`), normEpsilon);
    const [normed, skip] = norm('input_layernorm', x);
    const fused = project('attention.query_key_value', normed); // [N, H · 3 · D]
    const [q, k, v] = splitHeads(fused, positions, model.tables!.rope, count);
    const heads = take(attend(layer, { q, k, v })); // [N, C]
    const taken = take(skip);
    const feedForward = (inner: tf.Tensor2D, residual: tf.Tensor2D) =>
      project('mlp.dense_4h_to_h', geluErf(project('mlp.dense_h_to_4h', inner)), residual);
    if (!parallelResidual) {
      const [inner, innerSkip] = norm('post_attention_layernorm', project('attention.dense', heads, taken));
      return feedForward(inner, innerSkip);
    }
    const [inner, innerSkip] = norm('post_attention_layernorm', taken);
    return feedForward(inner, project('attention.dense', heads, innerSkip));
  },

  finalNorm: (model, x) =>
    layerNorm(
      x,
      scale(model, 'gpt_neox.final_layer_norm'),
      bias(model, 'gpt_neox.final_layer_norm'),
      model.config.normEpsilon,
    ),
};
