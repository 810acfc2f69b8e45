// RMSNorm: y = x / sqrt(mean(x²) + ε) · weight, row by row (Llama normalises first, then scales).
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const RMS_NORM = 'AlloRmsNorm';
export const RMS_NORM_GRAD = 'AlloRmsNormGrad';

/** x [N, C], weight [C] → [N, C]. */
export function rmsNorm(x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  assertShape('rmsNorm', 'weight', weight.shape, [x.shape[1]]);
  return runKernel(RMS_NORM, { x, weight }, { epsilon }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: RMS_NORM,
  inputsToSave: ['x', 'weight'],
  gradFunc: (dy, saved, attrs) => {
    const [x, weight] = saved as [tf.Tensor2D, tf.Tensor1D];
    const { epsilon } = attrs as unknown as { epsilon: number };
    const [dx, dweight] = runKernel(RMS_NORM_GRAD, { x, weight, dy: dy as tf.Tensor2D }, { epsilon }) as tf.Tensor[];
    return { x: () => dx!, weight: () => dweight! };
  },
});
