// Numeric gradient check: a kernel's gradient against central differences of its own forward pass, on cpu.
import { createRng } from '../core/rng';
import { tf } from '../core/tf';

/** float32 results limit what differences can resolve: steps of 2^-6 on values of size 1. */
const STEP = 1 / 64;

/**
 * Compares d(Σ f(inputs) · g)/d(inputs), g random, with central differences, for up to `probes` random entries an input.
 * Returns the largest error relative to max(1, |numeric|): about 1e-3 for a right gradient of a smooth f.
 */
export function gradientError(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  probes = 40,
): number {
  return tf.tidy(() => {
    const rng = createRng(5, 'gradient check');
    const y = f(...inputs);
    const weights = Float64Array.from({ length: y.size }, () => rng.normal());
    const objective = (...tensors: tf.Tensor[]): number =>
      tf.tidy(() =>
        f(...tensors)
          .dataSync<'float32'>()
          .reduce((sum, value, i) => sum + value * weights[i]!, 0),
      );
    const gradients = tf.grads(f)([...inputs], tf.tensor(Float32Array.from(weights), y.shape));
    let worst = 0;
    inputs.forEach((input, which) => {
      const values = input.dataSync<'float32'>();
      const analytic = gradients[which]!.dataSync<'float32'>();
      const shifted = (i: number, by: number): number => {
        const moved = new Float32Array(values);
        moved[i] = moved[i]! + by;
        return objective(...inputs.map((other, j) => (j === which ? tf.tensor(moved, input.shape) : other)));
      };
      const entries = Array.from({ length: values.length }, (_, i) => i);
      for (const i of rng.sample(entries, Math.min(probes, entries.length))) {
        // Richardson: two step sizes cancel the h² term.
        const coarse = (shifted(i, STEP) - shifted(i, -STEP)) / (2 * STEP);
        const fine = (shifted(i, STEP / 2) - shifted(i, -STEP / 2)) / STEP;
        const numeric = (4 * fine - coarse) / 3;
        worst = Math.max(worst, Math.abs(analytic[i]! - numeric) / Math.max(1, Math.abs(numeric)));
      }
    });
    return worst;
  });
}
