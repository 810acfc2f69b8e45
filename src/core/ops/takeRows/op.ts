// Some rows of a matrix, each at most once, so that its gradient only has to take them back: no sum, no search.
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const TAKE_ROWS = 'AlloTakeRows';

/**
 * x [N, C], rows int32 [S] (0…N−1, or −1 for a row of zeros) → [S, C]. `places` int32 [N] says the reverse: where in the result row n
 * went, −1 where it did not.
 */
export function takeRows(x: tf.Tensor2D, rows: tf.Tensor1D, places: tf.Tensor1D): tf.Tensor2D {
  assertShape('takeRows', 'places', places.shape, [x.shape[0]]);
  return runKernel(TAKE_ROWS, { x, rows, places }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: TAKE_ROWS,
  inputsToSave: ['rows', 'places'],
  gradFunc: (dy, saved) => {
    const [rows, places] = saved as [tf.Tensor1D, tf.Tensor1D];
    return { x: () => takeRows(dy as tf.Tensor2D, places, rows) };
  },
});
