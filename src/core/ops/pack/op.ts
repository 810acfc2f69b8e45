// Several tensors laid end to end in one, and taken apart again. On webgpu that is buffer copies without a program, so that
// what then works on all of them (the optimiser, the gradient norm) is one program instead of one a tensor.
import type { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const PACK = 'AlloPack';
export const UNPACK = 'AlloUnpack';

const numbered = (tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> =>
  Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor]));

/** Float tensors of any shapes → [total entries], in their order. No gradient. */
export function pack(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return runKernel(PACK, numbered(tensors)) as tf.Tensor1D;
}

/** The reverse: stretches of `flat`, shaped like the given tensors (whose values are not read). No gradient. */
export function unpack(flat: tf.Tensor1D, like: readonly tf.Tensor[]): tf.Tensor[] {
  assertShape('unpack', 'flat', flat.shape, [like.reduce((sum, { size }) => sum + size, 0)]);
  return [runKernel(UNPACK, { flat, ...numbered(like) })].flat();
}
