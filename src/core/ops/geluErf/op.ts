// GELU, exact form with the error function (PyTorch's default; GPT-NeoX). The tanh form is ops/gelu.
import { tf } from '../../tf';
import { runKernel } from '../host';
import './cpu';
import './webgpu';

export const GELU_ERF = 'AlloGeluErf';
export const GELU_ERF_GRAD = 'AlloGeluErfGrad';

/** x [N, F] → [N, F]: x/2 · (1 + erf(x/√2)). */
export function geluErf(x: tf.Tensor2D): tf.Tensor2D {
  return runKernel(GELU_ERF, { x }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: GELU_ERF,
  inputsToSave: ['x'],
  gradFunc: (dy, saved) => {
    const [x] = saved as [tf.Tensor2D];
    return { x: () => runKernel(GELU_ERF_GRAD, { x, dy: dy as tf.Tensor2D }) as tf.Tensor };
  },
});
