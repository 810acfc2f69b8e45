// GPT-2: pre-norm decoder with LayerNorm, learned positions, fused q|k|v in [in, out] layout and tanh-GELU.
import { addBias } from '../ops/bias/op';
import { embedding } from '../ops/embedding/op';
import { gelu } from '../ops/gelu/op';
import { layerNorm } from '../ops/layerNorm/op';
import { linear } from '../ops/linear/op';
import { tf } from '../tf';
import type { AttentionStep, Model } from './model';

/** Token ids and positions [N] → hidden [N, C] after the final norm. */
export function gpt2Layers(model: Model, ids: tf.Tensor1D, positions: tf.Tensor1D, attend: AttentionStep): tf.Tensor2D {
  const { config } = model;
  const { width } = config;
  const table = (name: string) => model.get(`transformer.${name}.weight`) as unknown as tf.Tensor2D;
  const vector = (name: string) => model.get(name) as unknown as tf.Tensor1D;
  const project = (name: string, x: tf.Tensor2D): tf.Tensor2D =>
    addBias(linear(x, model.get(`${name}.weight`) as unknown as tf.Tensor2D, false), vector(`${name}.bias`));
  const norm = (name: string, x: tf.Tensor2D) =>
    layerNorm(x, vector(`${name}.weight`), vector(`${name}.bias`), config.normEpsilon);
  let x: tf.Tensor2D = tf.add(embedding(table('wte'), ids), embedding(table('wpe'), positions)); // [N, C]
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `transformer.h.${layer}`;
    const qkv = project(`${at}.attn.c_attn`, norm(`${at}.ln_1`, x)); // [N, 3C]
    const [q, k, v] = tf.split(qkv, [width, width, width], 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    x = tf.add(x, project(`${at}.attn.c_proj`, attend(layer, q, k, v)));
    x = tf.add(x, project(`${at}.mlp.c_proj`, gelu(project(`${at}.mlp.c_fc`, norm(`${at}.ln_2`, x)))));
  }
  return norm('transformer.ln_f', x);
}
