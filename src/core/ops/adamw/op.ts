// One AdamW update of one tensor, moments packed as (m, v) pairs; with an index only the selected entries have moments and
// move (ALGORITHM §7). The only kernels that change tensors: a second copy of weights and moments would be most of a large model's
// memory. The gradient is scaled by `scale` (clipping) on the way in, so no clipped copy is made; where `scale` is 0 the gradient is
// not sound, and nothing changes.
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const ADAMW = 'AlloAdamw';
export const ADAMW_MASKED = 'AlloAdamwMasked';

export interface AdamwStep {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** 1 − β1^k and 1 − β2^k of this update, or 1 without bias correction. */
  correction1: number;
  correction2: number;
  /** 'torch': decay first, ε after the bias correction. Otherwise Hugging Face's: ε before it, decay last. */
  torch: boolean;
}

/** How many entries of several small tensors are worth packing for one call: calls cost much on webgpu, nothing elsewhere. */
export const entriesTogether = (): number => (tf.getBackend() === 'webgpu' ? 1 << 20 : 0);

/** Changes parameter [any shape, n entries] and moments [n, 2] in place; gradient of the parameter's shape, scale [1]. */
export function adamw(
  parameter: tf.Tensor,
  gradient: tf.Tensor,
  moments: tf.Tensor2D,
  scale: tf.Tensor1D,
  step: AdamwStep,
): void {
  assertShape('adamw', 'gradient', gradient.shape, parameter.shape);
  assertShape('adamw', 'moments', moments.shape, [parameter.size, 2]);
  runKernel(ADAMW, { parameter, gradient, moments, scale }, { ...step });
}

/** As `adamw` for the k entries named by `index` (int32 [k], flat, ascending); moments [k, 2]. The others keep their bits. */
export function adamwMasked(
  parameter: tf.Tensor,
  gradient: tf.Tensor,
  moments: tf.Tensor2D,
  index: tf.Tensor1D,
  scale: tf.Tensor1D,
  step: AdamwStep,
): void {
  assertShape('adamwMasked', 'gradient', gradient.shape, parameter.shape);
  assertShape('adamwMasked', 'moments', moments.shape, [index.shape[0], 2]);
  runKernel(ADAMW_MASKED, { parameter, gradient, moments, index, scale }, { ...step });
}
