// Causal attention over packed sequences, its gradient, and attention to a key/value cache. Work is divided by heads (or by rows of
// the batch, in decoding), so every output number is made by one worker, in one order.
import { exp4, max4, sum4 } from './math';

/** a · b over `width` numbers. */
// @ts-expect-error: decorator
@inline
function dot(a: usize, b: usize, width: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0;
  let d = 0;
  for (; d + 8 <= width; d += 8) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a + (<usize>d << 2)), v128.load(b + (<usize>d << 2))));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(a + (<usize>d << 2), 16), v128.load(b + (<usize>d << 2), 16)));
  }
  if (d + 4 <= width) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a + (<usize>d << 2)), v128.load(b + (<usize>d << 2))));
    d += 4;
  }
  let sum = sum4(f32x4.add(s0, s1));
  for (; d < width; d++) sum += load<f32>(a + (<usize>d << 2)) * load<f32>(b + (<usize>d << 2));
  return sum;
}

/** a · b for four rows b, `stride` bytes apart; `width` is a multiple of 4. The same bits as four times `dot`. */
// @ts-expect-error: decorator
@inline
function dots4(a: usize, b: usize, stride: usize, width: i32): v128 {
  const b1 = b + stride, b2 = b1 + stride, b3 = b2 + stride;
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
  const bytes = <usize>width << 2;
  let d: usize = 0;
  for (; d + 32 <= bytes; d += 32) {
    let x = v128.load(a + d);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b + d)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b1 + d)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(b2 + d)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(b3 + d)));
    x = v128.load(a + d, 16);
    t0 = f32x4.add(t0, f32x4.mul(x, v128.load(b + d, 16)));
    t1 = f32x4.add(t1, f32x4.mul(x, v128.load(b1 + d, 16)));
    t2 = f32x4.add(t2, f32x4.mul(x, v128.load(b2 + d, 16)));
    t3 = f32x4.add(t3, f32x4.mul(x, v128.load(b3 + d, 16)));
  }
  if (d < bytes) {
    const x = v128.load(a + d);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b + d)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b1 + d)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(b2 + d)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(b3 + d)));
  }
  s0 = f32x4.add(s0, t0), s1 = f32x4.add(s1, t1), s2 = f32x4.add(s2, t2), s3 = f32x4.add(s3, t3);
  // As sum4, (lane 0 + lane 2) + (lane 1 + lane 3), of all four.
  const low = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 4, 1, 5), v128.shuffle<f32>(s0, s1, 2, 6, 3, 7));
  const high = f32x4.add(v128.shuffle<f32>(s2, s3, 0, 4, 1, 5), v128.shuffle<f32>(s2, s3, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(low, high, 0, 1, 4, 5), v128.shuffle<f32>(low, high, 2, 3, 6, 7));
}

/** out[j] = a · (row j of b) for `count` rows. */
// @ts-expect-error: decorator
@inline
function dots(a: usize, b: usize, stride: usize, count: i32, width: i32, out: usize): void {
  let j = 0;
  if ((width & 3) == 0) {
    for (; j + 4 <= count; j += 4) v128.store(out + (<usize>j << 2), dots4(a, b + <usize>j * stride, stride, width));
  }
  for (; j < count; j++) store<f32>(out + (<usize>j << 2), dot(a, b + <usize>j * stride, width));
}

/** to += x · from over `width` numbers. */
// @ts-expect-error: decorator
@inline
function addScaled(to: usize, x: f32, from: usize, width: i32): void {
  const times = f32x4.splat(x);
  let d = 0;
  for (; d + 4 <= width; d += 4) {
    const at = <usize>d << 2;
    v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.mul(times, v128.load(from + at))));
  }
  for (; d < width; d++) {
    const at = <usize>d << 2;
    store<f32>(to + at, load<f32>(to + at) + x * load<f32>(from + at));
  }
}

/** out = Σ_j weights[j] · values[j], rows `stride` bytes apart. */
function weightedSum(weights: usize, values: usize, stride: usize, count: i32, width: i32, out: usize): void {
  let d = 0;
  for (; d + 16 <= width; d += 16) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let from = values + (<usize>d << 2);
    for (let j = 0; j < count; j++, from += stride) {
      const weight = v128.load_splat<f32>(weights + (<usize>j << 2));
      s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(from)));
      s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(from, 16)));
      s2 = f32x4.add(s2, f32x4.mul(weight, v128.load(from, 32)));
      s3 = f32x4.add(s3, f32x4.mul(weight, v128.load(from, 48)));
    }
    v128.store(out + (<usize>d << 2), s0);
    v128.store(out + (<usize>d << 2), s1, 16);
    v128.store(out + (<usize>d << 2), s2, 32);
    v128.store(out + (<usize>d << 2), s3, 48);
  }
  for (; d + 8 <= width; d += 8) {
    let s0 = f32x4.splat(0), s1 = s0;
    let from = values + (<usize>d << 2);
    for (let j = 0; j < count; j++, from += stride) {
      const weight = v128.load_splat<f32>(weights + (<usize>j << 2));
      s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(from)));
      s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(from, 16)));
    }
    v128.store(out + (<usize>d << 2), s0);
    v128.store(out + (<usize>d << 2), s1, 16);
  }
  for (; d < width; d++) {
    let sum: f32 = 0;
    let from = values + (<usize>d << 2);
    for (let j = 0; j < count; j++, from += stride) sum += load<f32>(weights + (<usize>j << 2)) * load<f32>(from);
    store<f32>(out + (<usize>d << 2), sum);
  }
}

/** Softmax of a query's scores over `count` keys into weights[0…count−1]; `weights` has room for 3 more. */
function softmaxScores(query: usize, keys: usize, stride: usize, count: i32, width: i32, scale: f32, weights: usize): void {
  dots(query, keys, stride, count, width, weights);
  // The room behind the last score must not win the maximum, nor count in the sum.
  for (let j = count; j < ((count + 3) & ~3); j++) store<f32>(weights + (<usize>j << 2), -Infinity);
  const end = weights + (<usize>((count + 3) & ~3) << 2);
  let most = f32x4.splat(-Infinity);
  const scales = f32x4.splat(scale);
  for (let at = weights; at < end; at += 16) {
    const scores = f32x4.mul(v128.load(at), scales);
    v128.store(at, scores);
    most = f32x4.max(most, scores);
  }
  const highest = f32x4.splat(max4(most));
  let total = f32x4.splat(0);
  for (let at = weights; at < end; at += 16) {
    const e = exp4(f32x4.sub(v128.load(at), highest));
    v128.store(at, e);
    if (at + 16 < end || (count & 3) == 0) total = f32x4.add(total, e);
    else {
      for (let j: i32 = 0; j < (count & 3); j++)
        total = f32x4.replace_lane(total, 0, f32x4.extract_lane(total, 0) + load<f32>(at + (<usize>j << 2)));
    }
  }
  const share = f32x4.splat(1 / sum4(total));
  for (let at = weights; at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), share));
}

/** Heads first…last−1. q, out [rows, heads · width]; k, v [rows, keyRow]; starts int32 [rows]. `scratch`: room for rows + 3 numbers. */
export function attention(
  q: usize, k: usize, v: usize, starts: usize, out: usize, rows: i32, heads: i32, group: i32, width: i32, keyRow: i32,
  scratch: usize, first: i32, last: i32,
): void {
  const scale: f32 = <f32>1 / Mathf.sqrt(<f32>width);
  const queryRow = heads * width;
  const stride = <usize>keyRow << 2;
  for (let h = first; h < last; h++) {
    const keyHead = <usize>((h / group) * width) << 2;
    for (let n = 0; n < rows; n++) {
      const start = load<i32>(starts + (<usize>n << 2));
      const count = n - start + 1;
      const at = <usize>(n * queryRow + h * width) << 2;
      const keyAt = <usize>start * stride + keyHead;
      softmaxScores(q + at, k + keyAt, stride, count, width, scale, scratch);
      weightedSum(scratch, v + keyAt, stride, count, width, out + at);
    }
  }
}

/** Key/value heads first…last−1, with all query heads of their group. dq, dk, dv are zeroed. `scratch`: room for 2 (rows + 3) numbers. */
export function attentionGrad(
  q: usize, k: usize, v: usize, starts: usize, dy: usize, dq: usize, dk: usize, dv: usize, rows: i32, heads: i32, group: i32,
  width: i32, keyRow: i32, scratch: usize, first: i32, last: i32,
): void {
  const scale: f32 = <f32>1 / Mathf.sqrt(<f32>width);
  const queryRow = heads * width;
  const stride = <usize>keyRow << 2;
  const dScores = scratch + (<usize>(rows + 3) << 2);
  for (let h = first * group; h < last * group; h++) {
    const keyHead = <usize>((h / group) * width) << 2;
    for (let n = 0; n < rows; n++) {
      const start = load<i32>(starts + (<usize>n << 2));
      const count = n - start + 1;
      const at = <usize>(n * queryRow + h * width) << 2;
      const keyAt = <usize>start * stride + keyHead;
      softmaxScores(q + at, k + keyAt, stride, count, width, scale, scratch);
      dots(dy + at, v + keyAt, stride, count, width, dScores);
      let delta: f32 = 0;
      for (let j = 0; j < count; j++)
        delta += load<f32>(scratch + (<usize>j << 2)) * load<f32>(dScores + (<usize>j << 2));
      for (let j = 0; j < count; j++) {
        const weight = load<f32>(scratch + (<usize>j << 2));
        const dScore = weight * (load<f32>(dScores + (<usize>j << 2)) - delta) * scale;
        store<f32>(dScores + (<usize>j << 2), dScore);
        const to = keyAt + <usize>j * stride;
        addScaled(dk + to, dScore, q + at, width);
        addScaled(dv + to, weight, dy + at, width);
      }
      weightedSum(dScores, k + keyAt, stride, count, width, dq + at);
    }
  }
}

/** Rows first…last−1 of the batch. q, out [batch, heads · width]; keys, values [batch, positions, keyRow]; lengths int32 [batch]. */
export function decodeAttention(
  q: usize, keys: usize, values: usize, lengths: usize, out: usize, positions: i32, heads: i32, group: i32, width: i32, keyRow: i32,
  scratch: usize, first: i32, last: i32,
): void {
  const scale: f32 = <f32>1 / Mathf.sqrt(<f32>width);
  const stride = <usize>keyRow << 2;
  for (let b = first; b < last; b++) {
    const count = load<i32>(lengths + (<usize>b << 2));
    for (let h = 0; h < heads; h++) {
      const at = <usize>((b * heads + h) * width) << 2;
      const keyAt = <usize>(b * positions) * stride + (<usize>((h / group) * width) << 2);
      softmaxScores(q + at, keys + keyAt, stride, count, width, scale, scratch);
      weightedSum(scratch, values + keyAt, stride, count, width, out + at);
    }
  }
}
