// log softmax(logits)[label]: the [N, V] log-probs never leave the kernel. Slots gather rows, so that packed sequences come
// out as a rectangular [B, R] of response tokens; a slot with label −1 (no token) gives 0.
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const TOKEN_LOGPS = 'AlloTokenLogps';
export const TOKEN_LOGPS_GRAD = 'AlloTokenLogpsGrad';

/**
 * logits [N, V]; per slot m a label int32 [M] in −1…V−1 and the row of the logits int32 [M] that predicts it (each row at most
 * once among labels ≥ 0) → log-probs [M] in nats.
 */
export function tokenLogps(logits: tf.Tensor2D, labels: tf.Tensor1D, rows: tf.Tensor1D): tf.Tensor1D {
  assertShape('tokenLogps', 'rows', rows.shape, labels.shape);
  return runKernel(TOKEN_LOGPS, { logits, labels, rows }) as tf.Tensor1D;
}

tf.registerGradient({
  kernelName: TOKEN_LOGPS,
  inputsToSave: ['logits', 'labels', 'rows'],
  gradFunc: (dy, saved) => {
    const [logits, labels, rows] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
    return { logits: () => runKernel(TOKEN_LOGPS_GRAD, { logits, labels, rows, dy: dy as tf.Tensor1D }) as tf.Tensor };
  },
});
