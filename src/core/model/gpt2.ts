// GPT-2: pre-norm decoder with LayerNorm, learned positions, fused q|k|v in [in, out] layout and tanh-GELU.
import { embedding } from '../ops/embedding/op';
import { geluLinear, linearWith } from '../ops/fusedLinear/op';
import { layerNorm } from '../ops/layerNorm/op';
import { skipLayerNorm } from '../ops/skipNorm/op';
import { tf } from '../tf';
import type { AttentionStep, Model } from './model';

/** Token ids and positions [N] → hidden [N, C] after the final norm; or [S, C] of the rows that are `wanted`. */
export function gpt2Layers(
  model: Model,
  ids: tf.Tensor1D,
  positions: tf.Tensor1D,
  attend: AttentionStep,
  wanted?: tf.Tensor1D,
): tf.Tensor2D {
  const { layers, normEpsilon } = model.config;
  const matrix = (name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor2D;
  const scale = (name: string) => model.get(`${name}.weight`) as unknown as tf.Tensor1D;
  const bias = (name: string) => model.get(`${name}.bias`) as unknown as tf.Tensor1D;
  const project = (name: string, x: tf.Tensor2D, residual?: tf.Tensor2D) =>
    linearWith(x, matrix(name), { bias: bias(name), residual }, false);
  const norm = (name: string, x: tf.Tensor2D) => skipLayerNorm(x, scale(name), bias(name), normEpsilon);
  let x: tf.Tensor2D = tf.add(
    embedding(matrix('transformer.wte'), ids),
    embedding(matrix('transformer.wpe'), positions),
  ); // [N, C]
  for (let layer = 0; layer < layers; layer++) {
    const at = `transformer.h.${layer}`;
    const [normed, skip] = norm(`${at}.ln_1`, x);
    // Behind the last attention every row goes its own way.
    const take = (rows: tf.Tensor2D) => (wanted && layer === layers - 1 ? embedding(rows, wanted) : rows);
    const heads = take(attend(layer, project(`${at}.attn.c_attn`, normed))); // [N, C] from [N, 3C]
    const [inner, innerSkip] = norm(`${at}.ln_2`, project(`${at}.attn.c_proj`, heads, take(skip)));
    const before = project(`${at}.mlp.c_fc`, inner); // [N, F]
    x = geluLinear(before, matrix(`${at}.mlp.c_proj`), bias(`${at}.mlp.c_proj`), innerSkip);
  }
  return layerNorm(x, scale('transformer.ln_f'), bias('transformer.ln_f'), normEpsilon);
}
