// y = x · Wᵀ (Hugging Face layout [out, in]) or x · W (GPT-2 layout [in, out]). Bias is added by the caller.
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const MATMUL = 'AlloMatMul';

/** Matrix product with either side transposed in place. a [M, K] (or [K, M]), b [K, N] (or [N, K]) → [M, N]. */
export function matmul(a: tf.Tensor2D, b: tf.Tensor2D, transposeA = false, transposeB = false): tf.Tensor2D {
  const inner = transposeA ? a.shape[0] : a.shape[1];
  const other = transposeB ? b.shape[1] : b.shape[0];
  if (inner !== other) {
    throw new Error(`matmul: inner sizes ${inner} and ${other} differ (a [${a.shape}], b [${b.shape}])`);
  }
  return runKernel(MATMUL, { a, b }, { transposeA, transposeB }) as tf.Tensor2D;
}

/** x [N, in] · weight → [N, out]; `outFirst` says that the weight is [out, in]. */
export function linear(x: tf.Tensor2D, weight: tf.Tensor2D, outFirst = true): tf.Tensor2D {
  const width = x.shape[1];
  assertShape('linear', 'weight', weight.shape, outFirst ? [weight.shape[0], width] : [width, weight.shape[1]]);
  return matmul(x, weight, false, outFirst);
}

tf.registerGradient({
  kernelName: MATMUL,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved, attrs) => {
    const [a, b] = saved as [tf.Tensor2D, tf.Tensor2D];
    const g = dy as tf.Tensor2D;
    const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
    return {
      a: () => (transposeA ? matmul(b, g, transposeB, true) : matmul(g, b, false, !transposeB)),
      b: () => (transposeB ? matmul(g, a, true, transposeA) : matmul(a, g, !transposeA, false)),
    };
  },
});
