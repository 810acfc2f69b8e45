// Online merging optimisers OnDARE and OnTIES (arXiv 2405.17931): each Adam step is thinned out and merged with the SFT model's
// task vector τ = θ_SFT − θ_base. The paper's rules (default) and the released code's. ALGORITHM §9; golden file `online_merging`.
// Moments are float64: OnTIES ranks step sizes that are nearly all ±lr at first, and float32 would order them by rounding noise.
import { power } from '../math';
import type { Rng } from '../rng';
import { kthLargest } from './kthLargest';

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

/** What a step can do without. */
export interface MergingStepInputs {
  /** Needed by OnDARE on merging steps. */
  keep?: KeepMasks;
  /** A neuron mask: zeroes the final increment. */
  mask?: Uint8Array;
  /** The gradient counts times this (clipping); 1 by default. */
  gradientScale?: number;
  /** Room that many steps share. */
  workspace?: MergingWorkspace;
}

/** Two rows of numbers that grow to the largest tensor, so that a step allocates nothing. */
export class MergingWorkspace {
  private increments = new Float64Array(0);
  private magnitudes = new Float64Array(0);

  /** The step that is being made. */
  increment(size: number): Float64Array {
    if (this.increments.length < size) this.increments = new Float64Array(size);
    return this.increments.subarray(0, size);
  }

  /** |values|, to be reordered. */
  magnitudesOf(values: Float64Array): Float64Array {
    const { length } = values;
    if (this.magnitudes.length < length) this.magnitudes = new Float64Array(length);
    for (let i = 0; i < length; i++) this.magnitudes[i] = Math.abs(values[i]!);
    return this.magnitudes.subarray(0, length);
  }
}

/** Independent Bernoulli(share) keep decisions. */
export function drawKeep(size: number, share: number, rng: Rng): Uint8Array {
  const keep = new Uint8Array(size);
  for (let i = 0; i < size; i++) keep[i] = rng.next() < share ? 1 : 0;
  return keep;
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
  const thinned = Float64Array.from(tau);
  if (method === 'onties') keepLargest(thinned, reserveShare, options.rescale, new MergingWorkspace());
  else if (variant === 'reference') {
    if (!tauKeep) throw new TypeError("The reference OnDARE needs the task vector's keep mask at the start.");
    for (let i = 0; i < thinned.length; i++) thinned[i] = tauKeep[i] ? clamp(thinned[i]! / reserveShare, clipValue) : 0;
  }
  return {
    m: new Float64Array(tau.length),
    v: new Float64Array(tau.length),
    tau: thinned,
    pending: options.mergeEvery > 1 ? new Float64Array(tau.length) : null,
    step: 0,
  };
}

/** One step on one tensor, in place: moments in `state`, then `params`. */
export function mergingStep(
  params: Float32Array | Float64Array,
  gradient: ArrayLike<number>,
  state: MergingState,
  options: MergingOptions,
  rate: number,
  { keep, mask, gradientScale = 1, workspace = new MergingWorkspace() }: MergingStepInputs = {},
): void {
  state.step++;
  const increment = workspace.increment(params.length);
  adamStep(increment, gradient, gradientScale, state, options, rate);
  const { pending } = state;
  if (pending && state.step % options.mergeEvery !== 0) {
    for (let i = 0; i < increment.length; i++) pending[i]! += increment[i]!;
  } else {
    const rollback = pending?.slice();
    if (rollback) for (let i = 0; i < increment.length; i++) increment[i]! += rollback[i]!;
    pending?.fill(0);
    if (options.method === 'ondare') mergeOnDare(increment, state, options, keep);
    else mergeOnTies(increment, state, options, workspace);
    if (rollback) for (let i = 0; i < increment.length; i++) increment[i]! -= rollback[i]!;
  }
  const decay = rate * options.weightDecay;
  for (let i = 0; i < params.length; i++) {
    if (mask && !mask[i]) continue;
    params[i]! += increment[i]!;
    if (decay > 0) params[i]! -= decay * params[i]!;
  }
}

/** −s·M/(√V + eps), the Hugging Face form of ALGORITHM §7, into `step`. Updates the moments. */
function adamStep(
  step: Float64Array,
  gradient: ArrayLike<number>,
  gradientScale: number,
  state: MergingState,
  { betas: [beta1, beta2], correctBias, eps }: MergingOptions,
  rate: number,
): void {
  const { m, v } = state;
  const scale = correctBias ? (rate * Math.sqrt(1 - power(beta2, state.step))) / (1 - power(beta1, state.step)) : rate;
  for (let i = 0; i < m.length; i++) {
    const g = gradient[i]! * gradientScale;
    m[i] = beta1 * m[i]! + (1 - beta1) * g;
    v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
    step[i] = (-scale * m[i]!) / (Math.sqrt(v[i]!) + eps);
  }
}

/** In place: the Adam step becomes the merged one. */
function mergeOnDare(
  step: Float64Array,
  state: MergingState,
  { variant, reserveShare, alpha, useMerge, rescale, clipValue, eps }: MergingOptions,
  keep: KeepMasks | undefined,
): void {
  if (!keep) throw new TypeError('OnDARE needs keep masks for a merging step.');
  const survivorScale = variant === 'reference' ? 1 / reserveShare : 1;
  const before = rescale ? absoluteSum(step) : 0;
  for (let i = 0; i < step.length; i++) step[i] = keep.step[i] ? step[i]! * survivorScale : 0;
  if (before >= 1e-8) {
    const factor = before / (absoluteSum(step) + eps);
    for (let i = 0; i < step.length; i++) step[i] = clamp(step[i]! * factor, clipValue);
  }
  if (!useMerge) return;
  const { tau } = state;
  const isThinned = variant === 'reference'; // at the start
  for (let i = 0; i < step.length; i++)
    step[i] = (1 - alpha) * step[i]! + (isThinned || keep.tau[i] ? alpha * tau[i]! : 0);
}

/** In place: the Adam step becomes the merged one. */
function mergeOnTies(
  step: Float64Array,
  { tau }: MergingState,
  { variant, alpha, useMerge, reserveShare, rescale }: MergingOptions,
  workspace: MergingWorkspace,
): void {
  keepLargest(step, reserveShare, rescale, workspace);
  if (variant === 'paper') {
    if (!useMerge) return;
    for (let i = 0; i < step.length; i++) step[i] = signConsensus((1 - alpha) * step[i]!, alpha * tau[i]!);
    return;
  }
  // As released: the sign of the unweighted sum decides (0 counts as positive), the weights come after.
  for (let i = 0; i < step.length; i++) {
    const majority = tau[i]! + step[i]! >= 0 ? 1 : -1;
    const keptStep = Math.sign(step[i]!) === majority ? step[i]! : 0;
    const keptTau = Math.sign(tau[i]!) === majority ? tau[i]! : 0;
    step[i] = useMerge ? (1 - alpha) * keptStep + alpha * keptTau : keptStep;
  }
}

/** Equal signs add; otherwise the larger magnitude wins, and equal magnitudes cancel. */
function signConsensus(a: number, b: number): number {
  if (a * b >= 0 || Math.abs(a) === Math.abs(b)) return a + b;
  return Math.abs(a) > Math.abs(b) ? a : b;
}

/**
 * Zero all but the floor(share·n) largest magnitudes, in place, of equal ones those that come first; none are dropped when that
 * count is 0.
 */
function keepLargest(values: Float64Array, share: number, rescale: boolean, workspace: MergingWorkspace): void {
  const count = Math.floor(share * values.length);
  if (share >= 1 || count < 1) return;
  const before = rescale ? absoluteSum(values) : 0;
  const smallest = kthLargest(workspace.magnitudesOf(values), count);
  let equal = count;
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]!) > smallest) equal--;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude < smallest || (magnitude === smallest && equal-- <= 0)) values[i] = 0;
  }
  if (before < 1e-8) return;
  const factor = before / absoluteSum(values);
  for (let i = 0; i < values.length; i++) values[i]! *= factor;
}

function absoluteSum(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i]!);
  return sum;
}

const clamp = (value: number, bound: number): number => Math.min(Math.max(value, -bound), bound);
