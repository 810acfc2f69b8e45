// A bias added to every row. Stock `tf.add` would do forward, but its gradient transposes and reduces, which is slow without a
// GPU of one's own.
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const ADD_BIAS = 'AlloAddBias';
export const COLUMN_SUM = 'AlloColumnSum';

/** x [N, C] + bias [C] → [N, C]. */
export function addBias(x: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  assertShape('addBias', 'bias', bias.shape, [x.shape[1]]);
  return runKernel(ADD_BIAS, { x, bias }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: ADD_BIAS,
  gradFunc: (dy) => ({
    x: () => (dy as tf.Tensor).clone(),
    bias: () => runKernel(COLUMN_SUM, { x: dy as tf.Tensor }) as tf.Tensor,
  }),
});
