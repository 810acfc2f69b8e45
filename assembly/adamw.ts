// One AdamW update of entries first…last−1, moments in pairs (m, v), in place: every entry, or the selected ones. 1 − β comes in from outside
// (fresh1, fresh2): as a difference of 32-bit numbers it would be off by 5e-5.

/** All entries. p moves by rate · m / (sqrt(v) · root + ε) and shrinks by `decay`: before that (torch) or after it. */
export function adamw(
  parameter: usize, gradient: usize, moments: usize, scale: usize,
  beta1: f32, fresh1: f32, beta2: f32, fresh2: f32, rate: f32, root: f32, epsilon: f32, decay: f32, torch: i32, scratch: usize, first: i32, last: i32,
): void {
  const s = f32x4.splat(load<f32>(scale));
  const b1 = f32x4.splat(beta1), c1 = f32x4.splat(fresh1), b2 = f32x4.splat(beta2), c2 = f32x4.splat(fresh2);
  const rates = f32x4.splat(rate), roots = f32x4.splat(root), epsilons = f32x4.splat(epsilon), keep = f32x4.splat(<f32>1 - decay);
  let i = first;
  for (; i + 4 <= last; i += 4) {
    const at = <usize>i << 2;
    const low = v128.load(moments + 2 * at), high = v128.load(moments + 2 * at, 16);
    const g = f32x4.mul(v128.load(gradient + at), s);
    const m = f32x4.add(f32x4.mul(b1, v128.shuffle<f32>(low, high, 0, 2, 4, 6)), f32x4.mul(c1, g));
    const v = f32x4.add(f32x4.mul(b2, v128.shuffle<f32>(low, high, 1, 3, 5, 7)), f32x4.mul(c2, f32x4.mul(g, g)));
    v128.store(moments + 2 * at, v128.shuffle<f32>(m, v, 0, 4, 1, 5));
    v128.store(moments + 2 * at, v128.shuffle<f32>(m, v, 2, 6, 3, 7), 16);
    const moved = f32x4.div(f32x4.mul(rates, m), f32x4.add(f32x4.mul(f32x4.sqrt(v), roots), epsilons));
    const p = v128.load(parameter + at);
    v128.store(parameter + at, torch ? f32x4.sub(f32x4.mul(p, keep), moved) : f32x4.mul(f32x4.sub(p, moved), keep));
  }
  for (; i < last; i++) entry(parameter, gradient, moments, load<f32>(scale), beta1, fresh1, beta2, fresh2, rate, root, epsilon, decay, torch, i, i);
}

/** The entries named by `index`. */
export function adamwMasked(
  parameter: usize, gradient: usize, moments: usize, index: usize, scale: usize,
  beta1: f32, fresh1: f32, beta2: f32, fresh2: f32, rate: f32, root: f32, epsilon: f32, decay: f32, torch: i32, scratch: usize, first: i32, last: i32,
): void {
  const s = load<f32>(scale);
  for (let k = first; k < last; k++)
    entry(parameter, gradient, moments, s, beta1, fresh1, beta2, fresh2, rate, root, epsilon, decay, torch, load<i32>(index + (<usize>k << 2)), k);
}

/** Entry i, whose moments are the k-th. */
function entry(
  parameter: usize, gradient: usize, moments: usize, scale: f32,
  beta1: f32, fresh1: f32, beta2: f32, fresh2: f32, rate: f32, root: f32, epsilon: f32, decay: f32, torch: i32, i: i32, k: i32,
): void {
  const at = <usize>i << 2;
  const pair = <usize>k << 3;
  const g = load<f32>(gradient + at) * scale;
  const m = beta1 * load<f32>(moments + pair) + fresh1 * g;
  const v = beta2 * load<f32>(moments + pair, 4) + fresh2 * (g * g);
  store<f32>(moments + pair, m);
  store<f32>(moments + pair, v, 4);
  const moved = (rate * m) / (Mathf.sqrt(v) * root + epsilon);
  const p = load<f32>(parameter + at);
  store<f32>(parameter + at, torch ? p * (<f32>1 - decay) - moved : (p - moved) * (<f32>1 - decay));
}
