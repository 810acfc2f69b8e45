// What both engines on TensorFlow.js share: waiting for the device, and products of one size.
import { tf } from '../../../../src/core/tf';
import type { MatmulSize } from '../../protocol';
import type { Products } from './engine';

/** Waits for the device: it works in order, so that when the number asked for last is there, everything is done. */
export async function readLast(tensor: tf.Tensor): Promise<void> {
  await tensor.data();
}

/** `multiply` over and over on the same operands, as the backend has them. */
export function tensorProducts(
  { rows, inner, columns }: MatmulSize,
  multiply: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D,
): Products {
  const a = tf.ones([rows, inner]) as tf.Tensor2D;
  const b = tf.ones([inner, columns]) as tf.Tensor2D;
  let last: tf.Tensor | null = null;
  return {
    run() {
      last?.dispose();
      last = multiply(a, b);
    },
    async settle() {
      const first = last!.slice([0, 0], [1, 1]);
      await readLast(first);
      first.dispose();
    },
  };
}
