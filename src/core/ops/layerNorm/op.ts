// LayerNorm: y = (x − mean) / sqrt(var + ε) · weight + bias, row by row (GPT-2).
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const LAYER_NORM = 'AlloLayerNorm';
export const LAYER_NORM_GRAD = 'AlloLayerNormGrad';

/** x [N, C], weight [C], bias [C] → [N, C]. */
export function layerNorm(x: tf.Tensor2D, weight: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  assertShape('layerNorm', 'weight', weight.shape, [x.shape[1]]);
  assertShape('layerNorm', 'bias', bias.shape, [x.shape[1]]);
  return runKernel(LAYER_NORM, { x, weight, bias }, { epsilon }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: LAYER_NORM,
  inputsToSave: ['x', 'weight'],
  gradFunc: (dy, saved, attrs) => {
    const [x, weight] = saved as [tf.Tensor2D, tf.Tensor1D];
    const { epsilon } = attrs as unknown as { epsilon: number };
    const [dx, dweight, dbias] = runKernel(
      LAYER_NORM_GRAD,
      { x, weight, dy: dy as tf.Tensor2D },
      { epsilon },
    ) as tf.Tensor[];
    return { x: () => dx!, weight: () => dweight!, bias: () => dbias! };
  },
});
