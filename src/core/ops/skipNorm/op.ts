// A block's normalisation together with the connection that skips the block: the input is handed on, and its gradient from
// there is added inside the norm's own gradient, so no program of its own adds them up.
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import '../layerNorm/op';
import '../rmsNorm/op';
import './cpu';
import './webgpu';

export const SKIP_LAYER_NORM = 'AlloSkipLayerNorm';
export const SKIP_RMS_NORM = 'AlloSkipRmsNorm';

/** x [N, C], weight and bias [C] → [the normalised rows, x]; both must be used. */
export function skipLayerNorm(
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  epsilon: number,
): [tf.Tensor2D, tf.Tensor2D] {
  assertShape('skipLayerNorm', 'weight', weight.shape, [x.shape[1]]);
  assertShape('skipLayerNorm', 'bias', bias.shape, [x.shape[1]]);
  return runKernel(SKIP_LAYER_NORM, { x, weight, bias }, { epsilon }) as [tf.Tensor2D, tf.Tensor2D];
}

/** x [N, C], weight [C] → [the normalised rows, x]; both must be used. */
export function skipRmsNorm(x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): [tf.Tensor2D, tf.Tensor2D] {
  assertShape('skipRmsNorm', 'weight', weight.shape, [x.shape[1]]);
  return runKernel(SKIP_RMS_NORM, { x, weight }, { epsilon }) as [tf.Tensor2D, tf.Tensor2D];
}

for (const kernelName of [SKIP_LAYER_NORM, SKIP_RMS_NORM]) {
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x', 'weight'],
    gradFunc: (dys, saved, attrs) => {
      const [x, weight] = saved as [tf.Tensor2D, tf.Tensor1D];
      const [dy, skip] = dys as tf.Tensor[];
      const { epsilon } = attrs as unknown as { epsilon: number };
      const gradients = runKernel(`${kernelName}Grad`, { x, weight, dy: dy!, skip: skip! }, { epsilon });
      const [dx, dweight, dbias] = gradients as tf.Tensor[];
      return { x: () => dx!, weight: () => dweight!, bias: () => dbias! };
    },
  });
}
