// Online merging (merging.ts) over a model's parameters. Moments and task vectors are JavaScript's own, in float64, so a step reads
// gradients and weights back, computes on one thread, and writes the weights anew: nothing can run ahead of it.
import { holdArrays, ownArray } from '../ops/held';
import { readOnce } from '../ops/host';
import { pack } from '../ops/pack/op';
import type { Rng } from '../rng';
import { tf } from '../tf';
import { clipByGlobalNorm } from './adamw';
import {
  createMergingState,
  drawKeep,
  type KeepMasks,
  type MergingOptions,
  type MergingState,
  MergingWorkspace,
  mergingStep,
} from './merging';
import type { HeldOptimiser, Optimiser, OptimiserState, ParameterSet } from './optimiser';

export interface MergingOptimiserOptions
  extends Pick<MergingOptions, 'method' | 'variant' | 'reserveShare' | 'alpha' | 'rescale' | 'weightDecay'> {
  /** τ = θ_SFT − θ_base by parameter; called once a tensor that can move. */
  tau(name: string): ArrayLike<number>;
  /** 0/1 per entry and tensor; without it every entry moves. A tensor without an entry here is frozen. */
  masks?: ReadonlyMap<string, Uint8Array>;
  /** OnDARE's keep masks are forks of it, by step and tensor. */
  rng: Rng;
}

interface Slot {
  name: string;
  size: number;
  state: MergingState;
  mask: Uint8Array | undefined;
}

export class MergingOptimiser implements Optimiser {
  readonly mayRunAhead = false;
  private slots: readonly Slot[];
  private updates = 0;
  private isStepping = false;
  private readonly options: MergingOptions;
  private readonly rng: Rng;
  private readonly workspace = new MergingWorkspace();

  /** Throws RangeError when a task vector does not fit its tensor. */
  constructor(
    private readonly model: ParameterSet,
    { tau, masks, rng, ...options }: MergingOptimiserOptions,
  ) {
    this.rng = rng;
    this.options = {
      ...options,
      ...{ betas: [0.9, 0.999], eps: 1e-8, correctBias: true, useMerge: true, clipValue: 1, mergeEvery: 1 },
    };
    const moves = (name: string): boolean => !masks || (masks.get(name)?.includes(1) ?? false);
    this.slots = [...model.parameters]
      .filter(([name]) => moves(name))
      .map(([name, { size }]) => ({ name, size, state: this.newState(name, size, tau(name)), mask: masks?.get(name) }));
  }

  get names(): string[] {
    return this.slots.map(({ name }) => name);
  }

  get updatesMade(): number {
    return this.updates;
  }

  clip(
    gradients: readonly tf.Tensor[],
    loss: tf.Scalar,
    maxNorm: number,
    refusesZeros = false,
  ): { norm: tf.Tensor1D; scale: tf.Tensor1D } {
    const last = tf.tensor1d([1]);
    const clipped = clipByGlobalNorm(gradients, maxNorm, { loss, last, refusesZeros });
    last.dispose();
    return clipped;
  }

  /** Rejects with Error when a tensor has no gradient, or when the step before is not done. */
  async step(gradients: Readonly<Record<string, tf.Tensor>>, learningRate: number, scale: tf.Tensor1D): Promise<void> {
    if (this.isStepping) throw new Error('A merging step cannot run ahead of the one before it.');
    this.isStepping = true;
    try {
      this.updates++;
      const { slots } = this;
      const values = await this.read(slots, gradients, scale);
      const gradientScale = values[0]!;
      if (gradientScale === 0) return;
      const half = (values.length - 1) / 2;
      let at = 1;
      for (const slot of slots) {
        // A copy of its own: a backend may keep the array.
        const weights = values.slice(half + at, half + at + slot.size);
        this.update(slot, weights, values.subarray(at, at + slot.size), learningRate, gradientScale);
        at += slot.size;
      }
      this.model.changed();
    } finally {
      this.isStepping = false;
    }
  }

  countBack(updates: number): void {
    this.updates = Math.min(this.updates, updates);
  }

  hold(): HeldOptimiser {
    const moments = this.slots.map(({ name, state: { m, v } }) => [name, holdArrays([m, v])] as const);
    return { updates: this.updates, moments: new Map(moments), sums: null };
  }

  /** Both moments of every entry of the tensors that move, one after the other: what survives is ranked over whole tensors. */
  async state(): Promise<OptimiserState> {
    const moments = this.slots.map(({ name, size, state: { m, v } }): [string, Float64Array] => {
      const both = new Float64Array(2 * size);
      both.set(m);
      both.set(v, size);
      return [name, both];
    });
    return { updates: this.updates, moments: new Map(moments), sums: null };
  }

  restore({ updates, moments }: OptimiserState): void {
    for (const { name, size, state } of this.slots) {
      const both = moments.get(name);
      if (!(both instanceof Float64Array) || both.length !== 2 * size)
        throw new RangeError(`Optimiser state of “${name}” does not fit this mask.`);
      state.m.set(both.subarray(0, size));
      state.v.set(both.subarray(size));
      state.step = updates;
    }
    this.updates = updates;
  }

  dispose(): void {
    this.slots = [];
  }

  /** [1 + 2n]: the clipping factor, all gradients, all weights, in one transfer. */
  private async read(
    slots: readonly Slot[],
    gradients: Readonly<Record<string, tf.Tensor>>,
    scale: tf.Tensor1D,
  ): Promise<Float32Array> {
    const given = slots.map(({ name }) => {
      const gradient = gradients[name];
      if (!gradient) throw new Error(`“${name}” has no gradient.`);
      return gradient;
    });
    const weights = slots.map(({ name }) => this.model.get(name));
    return readOnce(pack([scale, ...given, ...weights]));
  }

  private update(
    { name, size, state, mask }: Slot,
    weights: Float32Array,
    gradient: Float32Array,
    learningRate: number,
    gradientScale: number,
  ): void {
    const { options, workspace } = this;
    const keep = options.method === 'ondare' ? this.drawKeeps(name, size) : null;
    const inputs = { gradientScale, workspace, ...(keep && { keep }), ...(mask && { mask }) };
    state.m = ownArray(state.m);
    state.v = ownArray(state.v);
    mergingStep(weights, gradient, state, options, learningRate, inputs);
    const { shape } = this.model.get(name);
    this.model.assign(name, tf.tensor(weights, shape));
  }

  /** What OnDARE keeps of this step. */
  private drawKeeps(name: string, size: number): KeepMasks {
    const { reserveShare, alpha, variant } = this.options;
    const stream = this.rng.fork(`${this.updates}/${name}`);
    const step = drawKeep(size, reserveShare, stream.fork('step'));
    // Where it counts for nothing, or was thinned at the start, no numbers are spent on it.
    const isDrawn = alpha > 0 && variant === 'paper';
    return { step, tau: isDrawn ? drawKeep(size, reserveShare, stream.fork('tau')) : step };
  }

  private newState(name: string, size: number, tau: ArrayLike<number>): MergingState {
    const { options, rng } = this;
    if (tau.length !== size)
      throw new RangeError(`The task vector of “${name}” has ${tau.length} values, expected ${size}.`);
    const isThinnedNow = options.method === 'ondare' && options.variant === 'reference';
    const keep = isThinnedNow ? drawKeep(size, options.reserveShare, rng.fork(`start/${name}`)) : undefined;
    return createMergingState(tau, options, keep);
  }
}
