// SwiGLU: silu(gate) · up, element by element (Llama's feed-forward).
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const SWIGLU = 'AlloSwiglu';
export const SWIGLU_GRAD = 'AlloSwigluGrad';

/** gate and up [N, F] → [N, F]. */
export function swiglu(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D {
  assertShape('swiglu', 'up', up.shape, gate.shape);
  return runKernel(SWIGLU, { gate, up }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: SWIGLU,
  inputsToSave: ['gate', 'up'],
  gradFunc: (dy, saved) => {
    const [gate, up] = saved as [tf.Tensor2D, tf.Tensor2D];
    const [dgate, dup] = runKernel(SWIGLU_GRAD, { gate, up, dy: dy as tf.Tensor2D }) as tf.Tensor[];
    return { gate: () => dgate!, up: () => dup! };
  },
});
