// Σ x² over one or many tensors: what the global gradient norm is made of. (Stock `tf.addN` of many tensors would exceed the
// buffers that a WebGPU program may bind.)
import type { tf } from '../../tf';
import { runKernel } from '../host';
import './clip';
import './cpu';
import './webgpu';

export const SUM_SQUARES = 'AlloSumSquares';
export const CLIP_FACTOR = 'AlloClipFactor';

/** Σ x² over all entries of the tensors, of any shapes → [1]; at least one tensor. No gradient. */
export function sumSquares(...tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return runKernel(SUM_SQUARES, Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor]))) as tf.Tensor1D;
}

/**
 * Σ x² [1] → the norm √Σ x², and min(1, max / (norm + 1e-6)), both [1]. The factor is 0, at which the optimiser changes nothing, when
 * the norm or the `loss` (one number) is not finite, or with `refusesZeros` exactly 0, or when the factor before this one (`last` [1]) was 0. No gradient.
 */
export function clipFactor(
  sum: tf.Tensor1D,
  loss: tf.Tensor,
  last: tf.Tensor1D,
  maxNorm: number,
  refusesZeros = false,
): [norm: tf.Tensor1D, factor: tf.Tensor1D] {
  return runKernel(CLIP_FACTOR, { sum, loss, last }, { maxNorm, refusesZeros }) as [tf.Tensor1D, tf.Tensor1D];
}
