// GPT-2: pre-norm decoder with LayerNorm, learned positions, fused q|k|v in [in, out] layout and tanh-GELU.
import { embedding } from '../ops/embedding/op';
import { geluLinear, linearWith } from '../ops/fusedLinear/op';
import { layerNorm } from '../ops/layerNorm/op';
import { skipLayerNorm } from '../ops/skipNorm/op';
import { tf } from '../tf';
import type { Architecture, Model } from './model';

const matrix = (model: Model, name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor2D;
const scale = (model: Model, name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor1D;
const bias = (model: Model, name: string) => model.get(`${name}.bias`) as unknown as tf.Tensor1D;

export const gpt2: Architecture = {
  blockAt: (layer) => `transformer.h.${layer}.`,

  embed: (model, ids, positions) =>
    tf.add(
      embedding(matrix(model, 'transformer.wte'), ids),
      embedding(matrix(model, 'transformer.wpe'), positions),
    ) as tf.Tensor2D,

  block(model, layer, x, _, attend, take) {
    const project = (name: string, y: tf.Tensor2D, residual?: tf.Tensor2D) =>
      linearWith(y, matrix(model, name), { bias: bias(model, name), residual }, false);
    const norm = (name: string, y: tf.Tensor2D) =>
      skipLayerNorm(y, scale(model, name), bias(model, name), model.config.normEpsilon);
    const at = `transformer.h.${layer}`;
    const [normed, skip] = norm(`${at}.ln_1`, x);
    const heads = take(attend(layer, project(`${at}.attn.c_attn`, normed))); // [N, C] from [N, 3C]
    const [inner, innerSkip] = norm(`${at}.ln_2`, project(`${at}.attn.c_proj`, heads, take(skip)));
    const before = project(`${at}.mlp.c_fc`, inner); // [N, F]
    return geluLinear(before, matrix(model, `${at}.mlp.c_proj`), bias(model, `${at}.mlp.c_proj`), innerSkip);
  },

  finalNorm: (model, x) =>
    layerNorm(x, scale(model, 'transformer.ln_f'), bias(model, 'transformer.ln_f'), model.config.normEpsilon),
};
