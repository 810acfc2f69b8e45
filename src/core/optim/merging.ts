// Online merging optimisers OnDARE and OnTIES (arXiv 2405.17931): each Adam step is thinned out and merged with the SFT model's
// task vector τ = θ_SFT − θ_base. The paper's rules (default) and the released code's. ALGORITHM §9; golden file `online_merging`.
// Moments are float64: OnTIES ranks step sizes that are nearly all ±lr at first, and float32 would order them by rounding noise.
import { power } from '../math';
import type { Rng } from '../rng';

export interface MergingOptions {
  method: 'ondare' | 'onties';
  variant: 'paper' | 'reference';
  betas: readonly [number, number];
  eps: number;
  /** Share p of the entries that survive sparsification. */
  reserveShare: number;
  /** Merge weight α of the task vector. */
  alpha: number;
  /** Off: only the thinned step is applied (gradient dropout). */
  useMerge: boolean;
  /** Scale what survives so that the tensor's L1 norm stays. */
  rescale: boolean;
  /** Bound of the reference OnDARE's task vector and of rescaled OnDARE steps. */
  clipValue: number;
  /** Merge every this many steps; in between plain Adam steps, rolled back and merged together at the next. */
  mergeEvery: number;
  correctBias: boolean;
  /** Decoupled, after the step. */
  weightDecay: number;
}

/** The merging state of one parameter tensor. */
export interface MergingState {
  m: Float64Array;
  v: Float64Array;
  tau: Float64Array;
  /** Sum of the plain steps since the last merge; null when every step merges. */
  pending: Float64Array | null;
  step: number;
}

/** 0/1 keep decisions for OnDARE, one per entry; OnTIES decides by magnitude. */
export interface KeepMasks {
  step: Uint8Array;
  tau: Uint8Array;
}

/** Independent Bernoulli(share) keep decisions. */
export function drawKeep(size: number, share: number, rng: Rng): Uint8Array {
  return new Uint8Array(size).map(() => (rng.next() < share ? 1 : 0));
}

/**
 * State for one tensor. The reference variant thins τ here, once (OnDARE with `tauKeep`, scaled by 1/p and clamped); so does
 * OnTIES, whose thinning is not random. The paper's OnDARE thins τ anew in every step.
 */
export function createMergingState(
  tau: ArrayLike<number>,
  options: MergingOptions,
  tauKeep?: Uint8Array,
): MergingState {
  const { method, variant, reserveShare, clipValue } = options;
  let thinned: Float64Array = Float64Array.from(tau);
  if (method === 'onties') keepLargest(thinned, reserveShare, options.rescale);
  else if (variant === 'reference') {
    if (!tauKeep) throw new TypeError("The reference OnDARE needs the task vector's keep mask at the start.");
    thinned = thinned.map((value, i) => (tauKeep[i] ? clamp(value / reserveShare, clipValue) : 0));
  }
  return {
    m: new Float64Array(tau.length),
    v: new Float64Array(tau.length),
    tau: thinned,
    pending: options.mergeEvery > 1 ? new Float64Array(tau.length) : null,
    step: 0,
  };
}

/**
 * One step on one tensor, in place: moments in `state`, then `params`. `mask` (a neuron mask) zeroes the final increment.
 * `keep` is needed by OnDARE on merging steps.
 */
export function mergingStep(
  params: Float32Array | Float64Array,
  gradient: ArrayLike<number>,
  state: MergingState,
  options: MergingOptions,
  rate: number,
  keep?: KeepMasks,
  mask?: Uint8Array,
): void {
  state.step++;
  const step = adamStep(gradient, state, options, rate);
  const { pending } = state;
  let increment = step;
  if (pending && state.step % options.mergeEvery !== 0) {
    for (let i = 0; i < step.length; i++) pending[i]! += step[i]!;
  } else {
    const rollback = pending?.slice();
    if (pending) for (let i = 0; i < step.length; i++) step[i]! += pending[i]!;
    pending?.fill(0);
    increment =
      options.method === 'ondare' ? mergeOnDare(step, state, options, keep) : mergeOnTies(step, state, options);
    if (rollback) increment = increment.map((value, i) => value - rollback[i]!);
  }
  for (let i = 0; i < params.length; i++) {
    if (mask && !mask[i]) continue;
    params[i]! += increment[i]!;
    if (options.weightDecay > 0) params[i]! -= rate * options.weightDecay * params[i]!;
  }
}

/** −s·M/(√V + eps), the Hugging Face form of ALGORITHM §7. Updates the moments. */
function adamStep(
  gradient: ArrayLike<number>,
  state: MergingState,
  options: MergingOptions,
  rate: number,
): Float64Array {
  const { m, v } = state;
  const [beta1, beta2] = options.betas;
  const scale = options.correctBias
    ? (rate * Math.sqrt(1 - power(beta2, state.step))) / (1 - power(beta1, state.step))
    : rate;
  const step = new Float64Array(m.length);
  for (let i = 0; i < m.length; i++) {
    const g = gradient[i]!;
    m[i] = beta1 * m[i]! + (1 - beta1) * g;
    v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
    step[i] = (-scale * m[i]!) / (Math.sqrt(v[i]!) + options.eps);
  }
  return step;
}

function mergeOnDare(
  step: Float64Array,
  state: MergingState,
  { variant, reserveShare, alpha, useMerge, rescale, clipValue, eps }: MergingOptions,
  keep: KeepMasks | undefined,
): Float64Array {
  if (!keep) throw new TypeError('OnDARE needs keep masks for a merging step.');
  const survivorScale = variant === 'reference' ? 1 / reserveShare : 1;
  const before = absoluteSum(step);
  let thinned: Float64Array = step.map((value, i) => (keep.step[i] ? value * survivorScale : 0));
  if (rescale && before >= 1e-8) {
    const factor = before / (absoluteSum(thinned) + eps);
    thinned = thinned.map((value) => clamp(value * factor, clipValue));
  }
  if (!useMerge) return thinned;
  const keepsTau = (i: number) => variant === 'reference' || keep.tau[i] === 1; // the reference thinned τ at the start
  return thinned.map((value, i) => (1 - alpha) * value + (keepsTau(i) ? alpha * state.tau[i]! : 0));
}

function mergeOnTies(step: Float64Array, state: MergingState, options: MergingOptions): Float64Array {
  const { variant, alpha, useMerge } = options;
  keepLargest(step, options.reserveShare, options.rescale);
  if (variant === 'paper') {
    if (!useMerge) return step;
    return step.map((value, i) => signConsensus((1 - alpha) * value, alpha * state.tau[i]!));
  }
  // As released: the sign of the unweighted sum decides (0 counts as positive), the weights come after.
  return step.map((value, i) => {
    const tau = state.tau[i]!;
    const majority = tau + value >= 0 ? 1 : -1;
    const keptStep = Math.sign(value) === majority ? value : 0;
    const keptTau = Math.sign(tau) === majority ? tau : 0;
    return useMerge ? (1 - alpha) * keptStep + alpha * keptTau : keptStep;
  });
}

/** Equal signs add; otherwise the larger magnitude wins, and equal magnitudes cancel. */
function signConsensus(a: number, b: number): number {
  if (a * b >= 0 || Math.abs(a) === Math.abs(b)) return a + b;
  return Math.abs(a) > Math.abs(b) ? a : b;
}

/** Zero all but the floor(share·n) largest magnitudes, in place; none are dropped when that count is 0. */
function keepLargest(values: Float64Array, share: number, rescale: boolean): void {
  const count = Math.floor(share * values.length);
  if (share >= 1 || count < 1) return;
  const before = absoluteSum(values);
  const order = Uint32Array.from(values, (_, i) => i).sort(
    (a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || a - b,
  );
  for (const index of order.subarray(count)) values[index] = 0;
  if (!rescale || before < 1e-8) return;
  const factor = before / absoluteSum(values);
  for (let i = 0; i < values.length; i++) values[i]! *= factor;
}

const absoluteSum = (values: Float64Array): number => values.reduce((sum, value) => sum + Math.abs(value), 0);
const clamp = (value: number, bound: number): number => Math.min(Math.max(value, -bound), bound);
