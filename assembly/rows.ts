// Norms and label log-probs: one row after the other. Rows first…last−1.
import { exp1, exp4, log, max4, sum4 } from './math';

/** y = x / rms(x) · weight. Rows of `width`. */
export function rmsNorm(
  x: usize,
  weight: usize,
  y: usize,
  width: i32,
  epsilon: f32,
  scratch: usize,
  first: i32,
  last: i32,
): void {
  const bytes = (<usize>width) << 2;
  for (let n = first; n < last; n++) {
    const at = x + <usize>n * bytes;
    const to = y + <usize>n * bytes;
    const scale = <f32>1 / Mathf.sqrt(dotRow(at, at, width) / <f32>width + epsilon);
    const times = f32x4.splat(scale);
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16)
      v128.store(to + c, f32x4.mul(f32x4.mul(v128.load(at + c), times), v128.load(weight + c)));
    for (; c < bytes; c += 4) store<f32>(to + c, load<f32>(at + c) * scale * load<f32>(weight + c));
  }
}

/** dx of rows first…last−1; dweight (zeroed) sums over all rows, so one worker must do them all. */
export function rmsNormGrad(
  x: usize,
  weight: usize,
  dy: usize,
  dx: usize,
  dweight: usize,
  width: i32,
  epsilon: f32,
  scratch: usize,
  first: i32,
  last: i32,
): void {
  const bytes = (<usize>width) << 2;
  for (let n = first; n < last; n++) {
    const at = <usize>n * bytes;
    let squares = f32x4.splat(0),
      products = squares;
    let square: f32 = 0,
      product: f32 = 0;
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) {
      const value = v128.load(x + at + c);
      squares = f32x4.add(squares, f32x4.mul(value, value));
      products = f32x4.add(products, f32x4.mul(f32x4.mul(v128.load(dy + at + c), v128.load(weight + c)), value));
    }
    for (; c < bytes; c += 4) {
      const value = load<f32>(x + at + c);
      square += value * value;
      product += load<f32>(dy + at + c) * load<f32>(weight + c) * value;
    }
    square += sum4(squares);
    product += sum4(products);
    const scale = <f32>1 / Mathf.sqrt(square / <f32>width + epsilon);
    const pull = (product * scale * scale * scale) / <f32>width;
    const scales = f32x4.splat(scale),
      pulls = f32x4.splat(pull);
    c = 0;
    for (; c + 16 <= bytes; c += 16) {
      const value = v128.load(x + at + c);
      const g = v128.load(dy + at + c);
      v128.store(
        dx + at + c,
        f32x4.sub(f32x4.mul(f32x4.mul(g, v128.load(weight + c)), scales), f32x4.mul(value, pulls)),
      );
      v128.store(dweight + c, f32x4.add(v128.load(dweight + c), f32x4.mul(f32x4.mul(g, value), scales)));
    }
    for (; c < bytes; c += 4) {
      const value = load<f32>(x + at + c);
      const g = load<f32>(dy + at + c);
      store<f32>(dx + at + c, g * load<f32>(weight + c) * scale - value * pull);
      store<f32>(dweight + c, load<f32>(dweight + c) + g * value * scale);
    }
  }
}

/** a · b of one row. */
function dotRow(a: usize, b: usize, width: i32): f32 {
  const bytes = (<usize>width) << 2;
  let sums = f32x4.splat(0);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) sums = f32x4.add(sums, f32x4.mul(v128.load(a + c), v128.load(b + c)));
  let sum = sum4(sums);
  for (; c < bytes; c += 4) sum += load<f32>(a + c) * load<f32>(b + c);
  return sum;
}

/** Largest number of a row. */
function highestOf(at: usize, width: i32): f32 {
  const end = at + ((<usize>width) << 2);
  let most = f32x4.splat(-Infinity);
  for (; at + 16 <= end; at += 16) most = f32x4.max(most, v128.load(at));
  let highest = max4(most);
  for (; at < end; at += 4) highest = max(highest, load<f32>(at));
  return highest;
}

/** Σ e^(x − highest) of a row; the terms are kept at `terms` unless it is 0. */
function sumExp(at: usize, width: i32, highest: f32, terms: usize): f32 {
  const bytes = (<usize>width) << 2;
  const least = f32x4.splat(highest);
  let sums = f32x4.splat(0);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) {
    const e = exp4(f32x4.sub(v128.load(at + c), least));
    if (terms) v128.store(terms + c, e);
    sums = f32x4.add(sums, e);
  }
  let sum = sum4(sums);
  for (; c < bytes; c += 4) {
    const e = exp1(load<f32>(at + c) - highest);
    if (terms) store<f32>(terms + c, e);
    sum += e;
  }
  return sum;
}

/** logps (zeroed) of the slots first…last−1: log-softmax of row rows[m] at labels[m]. Slots with a label below 0 stay 0. */
export function tokenLogps(
  logits: usize,
  labels: usize,
  rows: usize,
  logps: usize,
  width: i32,
  scratch: usize,
  first: i32,
  last: i32,
): void {
  for (let m = first; m < last; m++) {
    const slot = (<usize>m) << 2;
    const label = load<i32>(labels + slot);
    if (label < 0) continue;
    const at = logits + ((<usize>(load<i32>(rows + slot) * width)) << 2);
    const highest = highestOf(at, width);
    const total = sumExp(at, width, highest, 0);
    store<f32>(logps + slot, <f32>(<f64>load<f32>(at + ((<usize>label) << 2)) - <f64>highest - log(total)));
  }
}

/** dlogits (zeroed) of the slots first…last−1: dy · (1[label] − softmax). */
export function tokenLogpsGrad(
  logits: usize,
  labels: usize,
  rows: usize,
  dy: usize,
  dlogits: usize,
  width: i32,
  scratch: usize,
  first: i32,
  last: i32,
): void {
  const bytes = (<usize>width) << 2;
  for (let m = first; m < last; m++) {
    const slot = (<usize>m) << 2;
    const label = load<i32>(labels + slot);
    const g = load<f32>(dy + slot);
    if (label < 0 || g == 0) continue;
    const row = <usize>load<i32>(rows + slot) * bytes;
    const total = sumExp(logits + row, width, highestOf(logits + row, width), dlogits + row);
    const times = -g / total;
    const scale = f32x4.splat(times);
    let c = dlogits + row;
    const end = c + bytes;
    for (; c + 16 <= end; c += 16) v128.store(c, f32x4.mul(v128.load(c), scale));
    for (; c < end; c += 4) store<f32>(c, load<f32>(c) * times);
    const at = dlogits + row + ((<usize>label) << 2);
    store<f32>(at, load<f32>(at) + g);
  }
}

/** Sum of a row. */
function sumRow(at: usize, width: i32): f32 {
  const end = at + (<usize>width << 2);
  let sums = f32x4.splat(0);
  for (; at + 16 <= end; at += 16) sums = f32x4.add(sums, v128.load(at));
  let sum = sum4(sums);
  for (; at < end; at += 4) sum += load<f32>(at);
  return sum;
}

/** Σ (x − mean)² of a row. */
function spread(at: usize, width: i32, mean: f32): f32 {
  const end = at + (<usize>width << 2);
  const middle = f32x4.splat(mean);
  let sums = f32x4.splat(0);
  for (; at + 16 <= end; at += 16) {
    const x = f32x4.sub(v128.load(at), middle);
    sums = f32x4.add(sums, f32x4.mul(x, x));
  }
  let sum = sum4(sums);
  for (; at < end; at += 4) sum += (load<f32>(at) - mean) * (load<f32>(at) - mean);
  return sum;
}

/** y = (x − mean) / sd · weight + bias. */
export function layerNorm(
  x: usize, weight: usize, bias: usize, y: usize, width: i32, epsilon: f32, scratch: usize, first: i32, last: i32,
): void {
  const bytes = <usize>width << 2;
  for (let n = first; n < last; n++) {
    const at = x + <usize>n * bytes;
    const to = y + <usize>n * bytes;
    const mean = sumRow(at, width) / <f32>width;
    const scale = <f32>1 / Mathf.sqrt(spread(at, width, mean) / <f32>width + epsilon);
    const means = f32x4.splat(mean), scales = f32x4.splat(scale);
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) {
      const normal = f32x4.mul(f32x4.sub(v128.load(at + c), means), scales);
      v128.store(to + c, f32x4.add(f32x4.mul(normal, v128.load(weight + c)), v128.load(bias + c)));
    }
    for (; c < bytes; c += 4)
      store<f32>(to + c, (load<f32>(at + c) - mean) * scale * load<f32>(weight + c) + load<f32>(bias + c));
  }
}

/** dx of rows first…last−1; dweight and dbias (zeroed) sum over all rows, so one worker must do them all. */
export function layerNormGrad(
  x: usize, weight: usize, dy: usize, dx: usize, dweight: usize, dbias: usize, width: i32, epsilon: f32,
  scratch: usize, first: i32, last: i32,
): void {
  const bytes = <usize>width << 2;
  for (let n = first; n < last; n++) {
    const at = <usize>n * bytes;
    const mean = sumRow(x + at, width) / <f32>width;
    const scale = <f32>1 / Mathf.sqrt(spread(x + at, width, mean) / <f32>width + epsilon);
    const means = f32x4.splat(mean), scales = f32x4.splat(scale);
    let sums = f32x4.splat(0), products = sums;
    let sum: f32 = 0, product: f32 = 0;
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) {
      const g = f32x4.mul(v128.load(dy + at + c), v128.load(weight + c));
      sums = f32x4.add(sums, g);
      products = f32x4.add(products, f32x4.mul(g, f32x4.mul(f32x4.sub(v128.load(x + at + c), means), scales)));
    }
    for (; c < bytes; c += 4) {
      const g = load<f32>(dy + at + c) * load<f32>(weight + c);
      sum += g;
      product += g * (load<f32>(x + at + c) - mean) * scale;
    }
    sum = (sum + sum4(sums)) / <f32>width;
    product = (product + sum4(products)) / <f32>width;
    const shift = f32x4.splat(sum), pull = f32x4.splat(product);
    c = 0;
    for (; c + 16 <= bytes; c += 16) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x + at + c), means), scales);
      const g = v128.load(dy + at + c);
      const inner = f32x4.sub(f32x4.sub(f32x4.mul(g, v128.load(weight + c)), shift), f32x4.mul(normal, pull));
      v128.store(dx + at + c, f32x4.mul(scales, inner));
      v128.store(dweight + c, f32x4.add(v128.load(dweight + c), f32x4.mul(g, normal)));
      v128.store(dbias + c, f32x4.add(v128.load(dbias + c), g));
    }
    for (; c < bytes; c += 4) {
      const normal = (load<f32>(x + at + c) - mean) * scale;
      const g = load<f32>(dy + at + c);
      store<f32>(dx + at + c, scale * (g * load<f32>(weight + c) - sum - normal * product));
      store<f32>(dweight + c, load<f32>(dweight + c) + g * normal);
      store<f32>(dbias + c, load<f32>(dbias + c) + g);
    }
  }
}

/** y = x + bias. */
export function addBias(x: usize, bias: usize, y: usize, width: i32, scratch: usize, first: i32, last: i32): void {
  const bytes = <usize>width << 2;
  for (let n = first; n < last; n++) {
    const at = <usize>n * bytes;
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) v128.store(y + at + c, f32x4.add(v128.load(x + at + c), v128.load(bias + c)));
    for (; c < bytes; c += 4) store<f32>(y + at + c, load<f32>(x + at + c) + load<f32>(bias + c));
  }
}

/** Sums (zeroed) over all rows, so one worker must do them all. */
export function columnSum(x: usize, sums: usize, width: i32, scratch: usize, first: i32, last: i32): void {
  const bytes = <usize>width << 2;
  for (let n = first; n < last; n++) {
    const at = x + <usize>n * bytes;
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) v128.store(sums + c, f32x4.add(v128.load(sums + c), v128.load(at + c)));
    for (; c < bytes; c += 4) store<f32>(sums + c, load<f32>(sums + c) + load<f32>(at + c));
  }
}

/** Turns pairs (i, i + half) of every head by the row's position; sign −1 turns back. table [positions, 2 · half]: cosines, sines. */
export function rope(
  x: usize, positions: usize, table: usize, y: usize, width: i32, half: i32, sign: f32, scratch: usize, first: i32, last: i32,
): void {
  const bytes = <usize>half << 2;
  const row = <usize>width << 2;
  const signs = f32x4.splat(sign);
  for (let n = first; n < last; n++) {
    const cosines = table + <usize>load<i32>(positions + (<usize>n << 2)) * 2 * bytes;
    const sines = cosines + bytes;
    for (let head = <usize>n * row; head < <usize>(n + 1) * row; head += 2 * bytes) {
      let i: usize = 0;
      for (; i + 16 <= bytes; i += 16) {
        const c = v128.load(cosines + i), s = f32x4.mul(signs, v128.load(sines + i));
        const a = v128.load(x + head + i), b = v128.load(x + head + bytes + i);
        v128.store(y + head + i, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
        v128.store(y + head + bytes + i, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)));
      }
      for (; i < bytes; i += 4) {
        const c = load<f32>(cosines + i), s = sign * load<f32>(sines + i);
        const a = load<f32>(x + head + i), b = load<f32>(x + head + bytes + i);
        store<f32>(y + head + i, a * c - b * s);
        store<f32>(y + head + bytes + i, b * c + a * s);
      }
    }
  }
}
