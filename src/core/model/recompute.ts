// Activation recomputation (gradient checkpointing): of a block only its input is kept, and for its gradient the block runs again.
import { valueAndGradients } from '../ops/gradients';
import { tf } from '../tf';

/**
 * block(x), whose inner tensors are not kept for the gradient. `weights` are all that the block reads and that has a gradient. The block
 * runs twice and must do the same both times; everything else it reads has to be there both times.
 */
export function recomputed(
  block: (x: tf.Tensor2D) => tf.Tensor2D,
  x: tf.Tensor2D,
  weights: readonly tf.Tensor[],
): tf.Tensor2D {
  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const input = args[0] as tf.Tensor2D;
    const save = args.at(-1) as tf.GradSaveFunc;
    save([input]);
    return {
      value: block(input),
      gradFunc: (dy, saved) => {
        const [again] = saved as [tf.Tensor2D];
        const { value, gradients } = valueAndGradients(() => block(again), [again, ...weights], dy as tf.Tensor2D);
        value.dispose();
        return gradients;
      },
    };
  })(x, ...weights) as tf.Tensor2D;
}
