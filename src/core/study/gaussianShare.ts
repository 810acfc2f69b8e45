// What a change without any concentration would look like: the share of the squared sum that the largest entries of Gaussian numbers hold.
import { exp } from '../math';

const END = 12;
const PIECES = 2400;
const DENSITY = 1 / Math.sqrt(2 * Math.PI);

/** ∫ from z to ∞ of the normal density times xᵏ, k 0 or 2, by Simpson's rule. */
function upperIntegral(z: number, k: 0 | 2): number {
  const width = (END - z) / PIECES;
  let sum = 0;
  for (let i = 0; i <= PIECES; i++) {
    const x = z + i * width;
    const weight = i === 0 || i === PIECES ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * (k === 0 ? 1 : x * x) * DENSITY * exp((-x * x) / 2);
  }
  return (sum * width) / 3;
}

/** Share of Σ x² in the top `percent` of many independent Gaussian x by |x|: .44 at 10 %. */
export function gaussianShare(percent: number): number {
  if (percent <= 0) return 0;
  if (percent >= 100) return 1;
  let [low, high] = [0, END];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (2 * upperIntegral(middle, 0) > percent / 100) low = middle;
    else high = middle;
  }
  return 2 * upperIntegral(low, 2);
}
