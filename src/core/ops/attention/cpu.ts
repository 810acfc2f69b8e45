// Causal attention over packed sequences and its gradient as loops, one query row at a time: cpu and wasm.
import { exp } from '../../math';
import { type Attributes, type HostArray, registerHostKernel, type Shape } from '../host';

interface Plan {
  rows: number;
  heads: number;
  group: number;
  headWidth: number;
  queryStride: number;
  keyStride: number;
  scale: number;
}

function planOf(shapes: Readonly<Record<string, Shape>>, attributes: Attributes): Plan {
  const [rows, width] = shapes.q as [number, number];
  const heads = attributes.heads as number;
  const headWidth = width / heads;
  return {
    rows,
    heads,
    group: heads / (attributes.kvHeads as number),
    headWidth,
    queryStride: width,
    keyStride: shapes.k![1]!,
    scale: 1 / Math.sqrt(headWidth),
  };
}

/** Softmax of a query's scores over `count` keys, the first at `keyAt`, into weights[0…count−1]. */
export function attentionWeights(
  q: HostArray,
  queryAt: number,
  k: HostArray,
  keyAt: number,
  keyStride: number,
  count: number,
  width: number,
  scale: number,
  weights: Float64Array,
): void {
  let highest = -Infinity;
  for (let j = 0; j < count; j++) {
    const at = keyAt + j * keyStride;
    let sum = 0;
    for (let d = 0; d < width; d++) sum += q[queryAt + d]! * k[at + d]!;
    sum *= scale;
    weights[j] = sum;
    if (sum > highest) highest = sum;
  }
  let total = 0;
  for (let j = 0; j < count; j++) {
    const weight = exp(weights[j]! - highest);
    weights[j] = weight;
    total += weight;
  }
  for (let j = 0; j < count; j++) weights[j] = weights[j]! / total;
}

/** out[queryAt…] = Σ_j weights[j] · values of key j. */
export function weightedSum(
  weights: Float64Array,
  values: HostArray,
  valueAt: number,
  valueStride: number,
  count: number,
  sum: Float64Array,
  out: Float32Array,
  outAt: number,
): void {
  const width = sum.length;
  sum.fill(0);
  for (let j = 0; j < count; j++) {
    const weight = weights[j]!;
    const at = valueAt + j * valueStride;
    for (let d = 0; d < width; d++) sum[d] = sum[d]! + weight * values[at + d]!;
  }
  for (let d = 0; d < width; d++) out[outAt + d] = sum[d]!;
}

registerHostKernel({
  name: 'AlloAttention',
  outputs: ({ q }) => [q!],
  run({ q, k, v, starts }, [out], attributes, shapes) {
    const { rows, heads, group, headWidth, queryStride, keyStride, scale } = planOf(shapes, attributes);
    const weights = new Float64Array(rows);
    const sum = new Float64Array(headWidth);
    for (let n = 0; n < rows; n++) {
      const first = starts![n]!;
      const count = n - first + 1;
      for (let h = 0; h < heads; h++) {
        const queryAt = n * queryStride + h * headWidth;
        const keyAt = first * keyStride + Math.floor(h / group) * headWidth;
        attentionWeights(q!, queryAt, k!, keyAt, keyStride, count, headWidth, scale, weights);
        weightedSum(weights, v!, keyAt, keyStride, count, sum, out!, queryAt);
      }
    }
  },
});

registerHostKernel({
  name: 'AlloAttentionGrad',
  outputs: ({ q, k, v }) => [q!, k!, v!],
  run({ q, k, v, starts, dy }, [dq, dk, dv], attributes, shapes) {
    const { rows, heads, group, headWidth, queryStride, keyStride, scale } = planOf(shapes, attributes);
    const weights = new Float64Array(rows);
    const dWeights = new Float64Array(rows);
    const dQuery = new Float64Array(headWidth);
    for (let n = 0; n < rows; n++) {
      const first = starts![n]!;
      const count = n - first + 1;
      for (let h = 0; h < heads; h++) {
        const queryAt = n * queryStride + h * headWidth;
        const keyAt = first * keyStride + Math.floor(h / group) * headWidth;
        attentionWeights(q!, queryAt, k!, keyAt, keyStride, count, headWidth, scale, weights);
        let delta = 0;
        for (let j = 0; j < count; j++) {
          const at = keyAt + j * keyStride;
          let dot = 0;
          for (let d = 0; d < headWidth; d++) dot += dy![queryAt + d]! * v![at + d]!;
          dWeights[j] = dot;
          delta += weights[j]! * dot;
        }
        dQuery.fill(0);
        for (let j = 0; j < count; j++) {
          const at = keyAt + j * keyStride;
          const weight = weights[j]!;
          const dScore = weight * (dWeights[j]! - delta) * scale;
          for (let d = 0; d < headWidth; d++) {
            dQuery[d] = dQuery[d]! + dScore * k![at + d]!;
            dk![at + d] = dk![at + d]! + dScore * q![queryAt + d]!;
            dv![at + d] = dv![at + d]! + weight * dy![queryAt + d]!;
          }
        }
        for (let d = 0; d < headWidth; d++) dq![queryAt + d] = dQuery[d]!;
      }
    }
  },
});
