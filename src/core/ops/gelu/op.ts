// GELU, tanh form (GPT-2's gelu_new).
import { tf } from '../../tf';
import { runKernel } from '../host';
import './cpu';
import './webgpu';

export const GELU = 'AlloGelu';
export const GELU_GRAD = 'AlloGeluGrad';

/** x [N, F] → [N, F]: x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³))). */
export function gelu(x: tf.Tensor2D): tf.Tensor2D {
  return runKernel(GELU, { x }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: GELU,
  inputsToSave: ['x'],
  gradFunc: (dy, saved) => {
    const [x] = saved as [tf.Tensor2D];
    return { x: () => runKernel(GELU_GRAD, { x, dy: dy as tf.Tensor2D }) as tf.Tensor };
  },
});
