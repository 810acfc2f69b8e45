// Activations, AdamW and sums of squares over numbers first…last−1.
import { exp1, exp4 } from './math';

/** x · σ(x) · up. */
export function swiglu(gate: usize, up: usize, y: usize, scratch: usize, first: i32, last: i32): void {
  const one = f32x4.splat(1);
  const end = <usize>last << 2;
  let i = <usize>first << 2;
  for (; i + 16 <= end; i += 16) {
    const x = v128.load(gate + i);
    const s = f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
    v128.store(y + i, f32x4.mul(f32x4.mul(x, s), v128.load(up + i)));
  }
  for (; i < end; i += 4) {
    const x = load<f32>(gate + i);
    store<f32>(y + i, x * (<f32>1 / (<f32>1 + exp1(-x))) * load<f32>(up + i));
  }
}

export function swigluGrad(gate: usize, up: usize, dy: usize, dgate: usize, dup: usize, scratch: usize, first: i32, last: i32): void {
  const one = f32x4.splat(1);
  const end = <usize>last << 2;
  let i = <usize>first << 2;
  for (; i + 16 <= end; i += 16) {
    const x = v128.load(gate + i);
    const s = f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
    const g = v128.load(dy + i);
    const slope = f32x4.add(one, f32x4.mul(x, f32x4.sub(one, s)));
    v128.store(dgate + i, f32x4.mul(f32x4.mul(g, v128.load(up + i)), f32x4.mul(s, slope)));
    v128.store(dup + i, f32x4.mul(g, f32x4.mul(x, s)));
  }
  for (; i < end; i += 4) {
    const x = load<f32>(gate + i);
    const s = <f32>1 / (<f32>1 + exp1(-x));
    const g = load<f32>(dy + i);
    store<f32>(dgate + i, g * load<f32>(up + i) * (s * (<f32>1 + x * (<f32>1 - s))));
    store<f32>(dup + i, g * (x * s));
  }
}

/** sqrt(2/π) and the cubic term of GELU's tanh form. */
const ROOT: f32 = 0.7978845608028654;
const CUBIC: f32 = 0.044715;

/** tanh(u) = 1 − 2 / (e^2u + 1). */
// @ts-expect-error: decorator
@inline
function tanh4(u: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(exp4(f32x4.add(u, u)), one)));
}

// @ts-expect-error: decorator
@inline
function gelu4(x: v128): v128 {
  const u = f32x4.mul(f32x4.mul(f32x4.splat(ROOT), x), f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.splat(CUBIC), f32x4.mul(x, x))));
  return f32x4.mul(f32x4.mul(f32x4.splat(0.5), x), f32x4.add(f32x4.splat(1), tanh4(u)));
}

// @ts-expect-error: decorator
@inline
function geluSlope4(x: v128): v128 {
  const one = f32x4.splat(1), half = f32x4.splat(0.5), square = f32x4.mul(x, x);
  const u = f32x4.mul(f32x4.mul(f32x4.splat(ROOT), x), f32x4.add(one, f32x4.mul(f32x4.splat(CUBIC), square)));
  const t = tanh4(u);
  const du = f32x4.mul(f32x4.splat(ROOT), f32x4.add(one, f32x4.mul(f32x4.splat(3 * CUBIC), square)));
  const left = f32x4.mul(half, f32x4.add(one, t));
  return f32x4.add(left, f32x4.mul(f32x4.mul(f32x4.mul(half, x), f32x4.sub(one, f32x4.mul(t, t))), du));
}

/** GELU, tanh form. */
export function gelu(x: usize, y: usize, scratch: usize, first: i32, last: i32): void {
  const end = <usize>last << 2;
  let i = <usize>first << 2;
  for (; i + 16 <= end; i += 16) v128.store(y + i, gelu4(v128.load(x + i)));
  for (; i < end; i += 4) store<f32>(y + i, f32x4.extract_lane(gelu4(v128.load_splat<f32>(x + i)), 0));
}

export function geluGrad(x: usize, dy: usize, dx: usize, scratch: usize, first: i32, last: i32): void {
  const end = <usize>last << 2;
  let i = <usize>first << 2;
  for (; i + 16 <= end; i += 16) v128.store(dx + i, f32x4.mul(v128.load(dy + i), geluSlope4(v128.load(x + i))));
  for (; i < end; i += 4)
    store<f32>(dx + i, load<f32>(dy + i) * f32x4.extract_lane(geluSlope4(v128.load_splat<f32>(x + i)), 0));
}

/** 1/√(2π), the density of the normal distribution at 0. */
const DENSITY: f32 = 0.3989422804014327;

/** The normal distribution's share below x from `bell` = e^(−x²/2): Abramowitz and Stegun 7.1.26, at most 1.5e-7 off. */
// @ts-expect-error: decorator
@inline
function share4(x: v128, bell: v128): v128 {
  const one = f32x4.splat(1);
  const t = f32x4.div(one, f32x4.add(one, f32x4.mul(f32x4.splat(0.23164189), f32x4.abs(x))));
  let p = f32x4.splat(1.061405429);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.453152027));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.421413741));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.284496736));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(f32x4.splat(0.5), bell), f32x4.mul(p, t));
  return v128.bitselect(f32x4.sub(one, tail), tail, f32x4.ge(x, f32x4.splat(0)));
}

// @ts-expect-error: decorator
@inline
function bell4(x: v128): v128 {
  return exp4(f32x4.mul(f32x4.splat(-0.5), f32x4.mul(x, x)));
}

// @ts-expect-error: decorator
@inline
function geluErf4(x: v128): v128 {
  return f32x4.mul(x, share4(x, bell4(x)));
}

// @ts-expect-error: decorator
@inline
function geluErfSlope4(x: v128): v128 {
  const bell = bell4(x);
  return f32x4.add(share4(x, bell), f32x4.mul(f32x4.mul(x, f32x4.splat(DENSITY)), bell));
}

/** GELU, exact form. */
export function geluErf(x: usize, y: usize, scratch: usize, first: i32, last: i32): void {
  const end = <usize>last << 2;
  let i = <usize>first << 2;
  for (; i + 16 <= end; i += 16) v128.store(y + i, geluErf4(v128.load(x + i)));
  for (; i < end; i += 4) store<f32>(y + i, f32x4.extract_lane(geluErf4(v128.load_splat<f32>(x + i)), 0));
}

export function geluErfGrad(x: usize, dy: usize, dx: usize, scratch: usize, first: i32, last: i32): void {
  const end = <usize>last << 2;
  let i = <usize>first << 2;
  for (; i + 16 <= end; i += 16) v128.store(dx + i, f32x4.mul(v128.load(dy + i), geluErfSlope4(v128.load(x + i))));
  for (; i < end; i += 4)
    store<f32>(dx + i, load<f32>(dy + i) * f32x4.extract_lane(geluErfSlope4(v128.load_splat<f32>(x + i)), 0));
}
