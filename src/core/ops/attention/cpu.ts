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

/** Σ_d a[aAt + d] · b[bAt + d] in four partial sums: twice as fast as one, since additions need not wait for each other. */
function dot(a: HostArray | Float64Array, aAt: number, b: HostArray, bAt: number, width: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let d = 0;
  for (; d + 4 <= width; d += 4) {
    s0 += a[aAt + d]! * b[bAt + d]!;
    s1 += a[aAt + d + 1]! * b[bAt + d + 1]!;
    s2 += a[aAt + d + 2]! * b[bAt + d + 2]!;
    s3 += a[aAt + d + 3]! * b[bAt + d + 3]!;
  }
  for (; d < width; d++) s0 += a[aAt + d]! * b[bAt + d]!;
  return s0 + s1 + (s2 + s3);
}

/** Softmax of a query's scores over `count` keys, the first at `keyAt`, into weights[0…count−1]. */
export function attentionWeights(
  query: Float64Array,
  k: HostArray,
  keyAt: number,
  keyStride: number,
  count: number,
  scale: number,
  weights: Float64Array,
): void {
  let highest = -Infinity;
  for (let j = 0; j < count; j++) {
    const score = dot(query, 0, k, keyAt + j * keyStride, query.length) * scale;
    weights[j] = score;
    if (score > highest) highest = score;
  }
  let total = 0;
  for (let j = 0; j < count; j++) {
    const weight = exp(weights[j]! - highest);
    weights[j] = weight;
    total += weight;
  }
  for (let j = 0; j < count; j++) weights[j] = weights[j]! / total;
}

/** out[outAt + d] = Σ_j weights[j] · values[at + j · stride + d], four columns at a time. */
export function weightedSum(
  weights: Float64Array,
  values: HostArray,
  at: number,
  stride: number,
  count: number,
  width: number,
  out: Float32Array,
  outAt: number,
): void {
  let d = 0;
  for (; d + 4 <= width; d += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0, v = at + d; j < count; j++, v += stride) {
      const weight = weights[j]!;
      s0 += weight * values[v]!;
      s1 += weight * values[v + 1]!;
      s2 += weight * values[v + 2]!;
      s3 += weight * values[v + 3]!;
    }
    out[outAt + d] = s0;
    out[outAt + d + 1] = s1;
    out[outAt + d + 2] = s2;
    out[outAt + d + 3] = s3;
  }
  for (; d < width; d++) {
    let sum = 0;
    for (let j = 0; j < count; j++) sum += weights[j]! * values[at + j * stride + d]!;
    out[outAt + d] = sum;
  }
}

/** One head's slice of a row, as float64. */
export function loadRow(from: HostArray, at: number, to: Float64Array): void {
  for (let d = 0; d < to.length; d++) to[d] = from[at + d]!;
}

registerHostKernel({
  name: 'AlloAttention',
  outputs: ({ q }) => [q!],
  run({ q, k, v, starts }, [out], attributes, shapes) {
    const { rows, heads, group, headWidth, queryStride, keyStride, scale } = planOf(shapes, attributes);
    const weights = new Float64Array(rows);
    const query = new Float64Array(headWidth);
    for (let n = 0; n < rows; n++) {
      const first = starts![n]!;
      const count = n - first + 1;
      for (let h = 0; h < heads; h++) {
        const queryAt = n * queryStride + h * headWidth;
        const keyAt = first * keyStride + Math.floor(h / group) * headWidth;
        loadRow(q!, queryAt, query);
        attentionWeights(query, k!, keyAt, keyStride, count, scale, weights);
        weightedSum(weights, v!, keyAt, keyStride, count, headWidth, out!, queryAt);
      }
    }
  },
  simd(heap, { q, k, v, starts }, [out], attributes, shapes) {
    const { rows, heads, group, headWidth, keyStride } = planOf(shapes, attributes);
    heap.run('attention', [q!, k!, v!, starts!, out!, rows, heads, group, headWidth, keyStride], heads, {
      scratchBytes: 4 * (rows + 3),
      nanoseconds: 8 * rows * headWidth,
    });
  },
});

registerHostKernel({
  name: 'AlloAttentionGrad',
  outputs: ({ q, k, v }) => [q!, k!, v!],
  run({ q, k, v, starts, dy }, [dq, dk, dv], attributes, shapes) {
    const { rows, heads, group, headWidth, queryStride, keyStride, scale } = planOf(shapes, attributes);
    const weights = new Float64Array(rows);
    const dScores = new Float64Array(rows);
    const query = new Float64Array(headWidth);
    const dOut = new Float64Array(headWidth);
    for (let n = 0; n < rows; n++) {
      const first = starts![n]!;
      const count = n - first + 1;
      for (let h = 0; h < heads; h++) {
        const queryAt = n * queryStride + h * headWidth;
        const keyAt = first * keyStride + Math.floor(h / group) * headWidth;
        loadRow(q!, queryAt, query);
        loadRow(dy!, queryAt, dOut);
        attentionWeights(query, k!, keyAt, keyStride, count, scale, weights);
        let delta = 0;
        for (let j = 0; j < count; j++) {
          const dWeight = dot(dOut, 0, v!, keyAt + j * keyStride, headWidth);
          dScores[j] = dWeight;
          delta += weights[j]! * dWeight;
        }
        for (let j = 0; j < count; j++) {
          const weight = weights[j]!;
          const dScore = weight * (dScores[j]! - delta) * scale;
          dScores[j] = dScore;
          const at = keyAt + j * keyStride;
          for (let d = 0; d < headWidth; d++) {
            dk![at + d] = dk![at + d]! + dScore * query[d]!;
            dv![at + d] = dv![at + d]! + weight * dOut[d]!;
          }
        }
        weightedSum(dScores, k!, keyAt, keyStride, count, headWidth, dq!, queryAt);
      }
    }
  },
  zeroed: true,
  simd(heap, { q, k, v, starts, dy }, [dq, dk, dv], attributes, shapes) {
    const { rows, heads, group, headWidth, keyStride } = planOf(shapes, attributes);
    const values = [q!, k!, v!, starts!, dy!, dq!, dk!, dv!, rows, heads, group, headWidth, keyStride];
    heap.run('attentionGrad', values, heads / group, {
      scratchBytes: 8 * (rows + 3),
      nanoseconds: 16 * rows * group * headWidth,
    });
  },
});
