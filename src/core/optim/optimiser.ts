// What a training step needs of an optimiser, whichever it is: adamw.ts and mergingOptimiser.ts.
import type { Held } from '../ops/held';
import type { tf } from '../tf';

/** What an optimiser needs of a model. */
export interface ParameterSet {
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  get(name: string): tf.Variable;
  /** Replaces a parameter's value; owns and disposes `value`. */
  assign(name: string, value: tf.Tensor): void;
  /** Parameters were changed in place. */
  changed(): void;
}

/** What an optimiser has to know to go on exactly. */
export interface OptimiserState {
  updates: number;
  /** By parameter; in which order is each optimiser's own matter. */
  moments: ReadonlyMap<string, Float32Array | Float64Array>;
  /** Σ g of all parameters end to end, where they are summed up. */
  sums: Float32Array | null;
}

/** The same of a moment, to be read later. */
export interface HeldOptimiser {
  updates: number;
  moments: ReadonlyMap<string, Held>;
  sums: Held | null;
}

export interface Optimiser {
  /** Names of the tensors that can move. */
  readonly names: string[];
  /** Is an update submitted when `step` returns? If not, the next step has to wait for it. */
  readonly mayRunAhead: boolean;
  readonly updatesMade: number;
  /** The gradients' L2 norm and clipping factor, both [1]; the factor is 0 when norm or `loss` is not finite, or with `refusesZeros` exactly 0. */
  clip(
    gradients: readonly tf.Tensor[],
    loss: tf.Scalar,
    maxNorm: number,
    refusesZeros?: boolean,
  ): { norm: tf.Tensor1D; scale: tf.Tensor1D };
  /**
   * One update from gradients by parameter name; disposes nothing of the caller's, who keeps them until a promise, where one comes
   * back, is fulfilled. `scale` [1] is the clipping factor; where it is 0 nothing changes but the count, which `countBack` corrects.
   */
  step(gradients: Readonly<Record<string, tf.Tensor>>, learningRate: number, scale: tf.Tensor1D): void | Promise<void>;
  /** After steps that were not sound: all after the first `updates` do not count. */
  countBack(updates: number): void;
  /** As it is now, for exact resume; nothing is copied yet. What is held must be released. */
  hold(): HeldOptimiser;
  /** The same, copied. */
  state(): Promise<OptimiserState>;
  /** Continues from a saved state. Throws RangeError when it belongs to another mask, model or optimiser. */
  restore(state: OptimiserState): void;
  dispose(): void;
}
