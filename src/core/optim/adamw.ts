// AdamW over a model's parameters, with neuron masks (ALGORITHM §7). Moments exist for the selected entries only; a tensor
// with nothing selected has none and is not touched. Gradient clipping is by the full norm, as in the reference.
import { power } from '../math';
import { type AdamwStep, adamw, adamwMasked, entriesTogether } from '../ops/adamw/op';
import { copyIfHeld, type Held, holdParts, holdTensor } from '../ops/held';
import { pack, unpack } from '../ops/pack/op';
import { clipFactor, sumSquares } from '../ops/sumSquares/op';
import { tf } from '../tf';
import type { HeldOptimiser, Optimiser, OptimiserState, ParameterSet } from './optimiser';

export interface AdamwOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  weightDecay?: number;
  /** 'torch' for SFT, warm-up and baselines; 'hf' for the masked stages. */
  form?: 'torch' | 'hf';
  biasCorrection?: boolean;
  /** The reference's decay: also on entries outside the mask, after the step. Needs form 'hf'. */
  decayUnselected?: boolean;
  /** 0/1 per entry and tensor; without it every entry moves. A tensor without an entry here is frozen. */
  masks?: ReadonlyMap<string, Uint8Array>;
  /** Keep the sum of all gradients, as they come (before clipping), for every parameter. */
  sumGradients?: boolean;
  /** Small tensors are updated together, up to this many entries at once; by default what the backend likes. */
  together?: number;
}

export interface AdamwState extends OptimiserState {
  moments: Map<string, Float32Array>;
}

/** Tensors that are updated by one call: laid end to end if there are several. */
interface Slot {
  names: readonly string[];
  /** Where each tensor's moments begin, and where the last's end. */
  starts: readonly number[];
  moments: tf.Tensor2D;
  /** The selected entries, over the slot's tensors laid end to end. */
  index: tf.Tensor1D | null;
}

export class Adamw implements Optimiser {
  readonly mayRunAhead = true;
  private readonly slots: Slot[] = [];
  private updates = 0;
  /** The last step's clipping factor. */
  private lastScale: tf.Tensor1D = tf.tensor1d([1]);
  private readonly options: Required<Omit<AdamwOptions, 'masks' | 'together' | 'sumGradients'>>;
  /** Of all parameters laid end to end: one program a step instead of one a tensor. */
  private readonly sums: { flat: tf.Tensor | null } | null;

  constructor(
    private readonly model: ParameterSet,
    options: AdamwOptions = {},
  ) {
    const { masks, together = entriesTogether(), sumGradients = false, ...rest } = options;
    this.sums = sumGradients ? { flat: null } : null;
    this.options = {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      form: masks ? 'hf' : 'torch',
      biasCorrection: true,
      decayUnselected: false,
      ...rest,
    };
    const moving = [...model.parameters].flatMap(([name, parameter]) => {
      const index = masks ? selectedIndex(masks.get(name)) : null;
      return index?.length === 0 ? [] : [{ name, size: parameter.size, index }];
    });
    try {
      for (const group of inGroups(moving, together)) this.slots.push(newSlot(group));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Names of the tensors that can move. */
  get names(): string[] {
    return this.slots.flatMap(({ names }) => names);
  }

  /**
   * One update from gradients by parameter name; disposes nothing of the caller's. `scale` [1] is the clipping factor; where it
   * is 0 the gradients are not sound and nothing changes but the count, which `countBack` corrects.
   */
  step(gradients: Readonly<Record<string, tf.Tensor>>, learningRate: number, scale: tf.Tensor1D): void {
    this.updates++;
    const { beta1, beta2, epsilon, form, biasCorrection, decayUnselected } = this.options;
    const weightDecay = decayUnselected ? 0 : this.options.weightDecay;
    const step: AdamwStep = {
      learningRate,
      beta1,
      beta2,
      epsilon,
      weightDecay,
      correction1: biasCorrection ? 1 - power(beta1, this.updates) : 1,
      correction2: biasCorrection ? 1 - power(beta2, this.updates) : 1,
      torch: form === 'torch',
    };
    for (const slot of this.slots) this.update(slot, gradients, scale, step);
    if (decayUnselected) this.decayAll(learningRate * this.options.weightDecay, scale);
    this.lastScale.dispose();
    this.lastScale = scale.clone();
    this.sumUp(gradients);
    this.model.changed();
  }

  private sumUp(gradients: Readonly<Record<string, tf.Tensor>>): void {
    if (!this.sums) return;
    const now = pack([...this.model.parameters.keys()].map((name) => gradients[name]!));
    const before = this.sums.flat;
    this.sums.flat = before ? tf.add(before, now) : now;
    if (before) tf.dispose([before, now]);
  }

  /**
   * The gradients' L2 norm and clipping factor, both [1]; the factor is 0 when norm or `loss` is not finite, or with `refusesZeros` exactly 0, and from then on, so
   * that steps which were submitted before anybody read the loss change nothing either.
   */
  clip(
    gradients: readonly tf.Tensor[],
    loss: tf.Scalar,
    maxNorm: number,
    refusesZeros = false,
  ): { norm: tf.Tensor1D; scale: tf.Tensor1D } {
    return clipByGlobalNorm(gradients, maxNorm, { loss, last: this.lastScale, refusesZeros });
  }

  get updatesMade(): number {
    return this.updates;
  }

  /** After steps that were not sound: all after the first `updates` do not count, and the next one starts afresh. */
  countBack(updates: number): void {
    this.updates = Math.min(this.updates, updates);
    this.lastScale.dispose();
    this.lastScale = tf.tensor1d([1]);
  }

  /** Throws Error when some, but not all, of the tensors that move together have a gradient. */
  private update(
    slot: Slot,
    gradients: Readonly<Record<string, tf.Tensor>>,
    scale: tf.Tensor1D,
    step: AdamwStep,
  ): void {
    const given = slot.names.flatMap((name) => gradients[name] ?? []);
    if (given.length === 0) return;
    if (given.length < slot.names.length) throw new Error(`Some of ${slot.names.join(', ')} have no gradient.`);
    const copy = copyIfHeld(slot.moments);
    if (copy) {
      slot.moments.dispose();
      slot.moments = copy;
    }
    const change = (parameter: tf.Tensor, gradient: tf.Tensor): void => {
      if (slot.index) adamwMasked(parameter, gradient, slot.moments, slot.index, scale, step);
      else adamw(parameter, gradient, slot.moments, scale, step);
    };
    const parameters = slot.names.map((name) => this.model.get(name));
    if (parameters.length === 1) {
      const [parameter] = parameters;
      const own = copyIfHeld(parameter!);
      if (own) this.model.assign(slot.names[0]!, own);
      change(parameter!, given[0]!);
      return;
    }
    const values = tf.tidy(() => {
      const packed = pack(parameters);
      change(packed, pack(given));
      return unpack(packed, parameters);
    });
    slot.names.forEach((name, i) => {
      this.model.assign(name, values[i]!);
    });
  }

  private decayAll(share: number, scale: tf.Tensor1D): void {
    if (share === 0) return;
    const factor = tf.tidy(() => tf.where(tf.equal(scale, 0), tf.onesLike(scale), tf.fill([1], 1 - share)));
    for (const [name, parameter] of this.model.parameters) {
      this.model.assign(
        name,
        tf.tidy(() => tf.mul(parameter, factor)),
      );
    }
    factor.dispose();
  }

  /** As `state`, of now and to be read later. */
  hold(): HeldOptimiser {
    const moments = new Map<string, Held>();
    for (const { names, starts, moments: own } of this.slots) {
      const parts = holdParts(
        own,
        names.map((_, i) => 2 * starts[i]!),
      );
      names.forEach((name, i) => {
        moments.set(name, parts[i]!);
      });
    }
    const sums = this.sums?.flat;
    return { updates: this.updates, moments, sums: sums ? holdTensor(sums) : null };
  }

  /** Updates made, all moments ([k, 2] of the selected entries, by parameter) and Σ g. */
  async state(): Promise<AdamwState> {
    const moments = new Map<string, Float32Array>();
    for (const slot of this.slots) {
      const values = await slot.moments.data<'float32'>();
      slot.names.forEach((name, i) => {
        moments.set(name, values.slice(2 * slot.starts[i]!, 2 * slot.starts[i + 1]!));
      });
    }
    const sums = this.sums?.flat;
    return { updates: this.updates, moments, sums: sums ? (await sums.data<'float32'>()).slice() : null };
  }

  /** Σ g by parameter; null when it was not asked for, or before the first step. */
  async gradientSums(): Promise<Map<string, Float32Array> | null> {
    const flat = this.sums?.flat;
    if (!flat) return null;
    const values = await flat.data<'float32'>();
    let at = 0;
    const parts = [...this.model.parameters].map(([name, { size }]): [string, Float32Array] => {
      at += size;
      return [name, values.slice(at - size, at)];
    });
    return new Map(parts);
  }

  /** Continues from a saved state. Throws RangeError when it belongs to another mask or model. */
  restore(state: OptimiserState): void {
    for (const slot of this.slots) {
      const values = new Float32Array(slot.moments.size);
      slot.names.forEach((name, i) => {
        const own = state.moments.get(name);
        const [from, to] = [2 * slot.starts[i]!, 2 * slot.starts[i + 1]!];
        if (!own || own.length !== to - from)
          throw new RangeError(`Optimiser state of “${name}” does not fit this mask.`);
        values.set(own, from);
      });
      slot.moments.dispose();
      slot.moments = tf.tensor2d(values, [values.length / 2, 2]);
    }
    if (this.sums) {
      this.sums.flat?.dispose();
      this.sums.flat = state.sums && tf.tensor1d(state.sums);
    }
    this.countBack(0);
    this.updates = state.updates;
  }

  dispose(): void {
    for (const slot of this.slots) {
      slot.moments.dispose();
      slot.index?.dispose();
    }
    this.slots.length = 0;
    this.sums?.flat?.dispose();
    this.lastScale.dispose();
  }
}

interface Moving {
  name: string;
  size: number;
  /** null: all of it. */
  index: Int32Array | null;
}

/** Neighbours share a group while its tensors stay within `most` entries. */
function inGroups(moving: readonly Moving[], most: number): Moving[][] {
  const groups: Moving[][] = [];
  let entries = Infinity;
  for (const tensor of moving) {
    entries += tensor.size;
    if (entries > most) {
      groups.push([]);
      entries = tensor.size;
    }
    groups.at(-1)!.push(tensor);
  }
  return groups;
}

function newSlot(group: readonly Moving[]): Slot {
  const starts = [0];
  const places: number[] = [];
  for (const { size, index } of group) {
    places.push((places.at(-1) ?? 0) + size);
    starts.push(starts.at(-1)! + (index ? index.length : size));
  }
  const isMasked = group[0]!.index !== null;
  const index = new Int32Array(isMasked ? starts.at(-1)! : 0);
  group.forEach((tensor, i) => {
    const before = i === 0 ? 0 : places[i - 1]!;
    tensor.index?.forEach((entry, k) => {
      index[starts[i]! + k] = before + entry;
    });
  });
  // Both or none, where there is no memory for them.
  const [moments, selected] = tf.tidy((): [tf.Tensor2D, tf.Tensor1D] => [
    tf.zeros([starts.at(-1)!, 2]),
    tf.tensor1d(index, 'int32'),
  ]);
  if (!isMasked) selected.dispose();
  return { names: group.map(({ name }) => name), starts, moments, index: isMasked ? selected : null };
}

function selectedIndex(mask: Uint8Array | undefined): Int32Array {
  if (!mask) return new Int32Array(0);
  let count = 0;
  for (let i = 0; i < mask.length; i++) count += mask[i]!;
  const index = new Int32Array(count);
  let k = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i]) index[k++] = i;
  return index;
}

/**
 * Global L2 norm of the gradients and the clipping factor min(1, max / (norm + 1e-6)), both [1] on the device; the factor is 0 where
 * norm or `loss` is not finite, or with `refusesZeros` exactly 0, or the `last` factor was 0.
 */
export function clipByGlobalNorm(
  gradients: readonly tf.Tensor[],
  maxNorm: number,
  guard?: { loss: tf.Scalar; last: tf.Tensor1D; refusesZeros?: boolean },
): { norm: tf.Tensor1D; scale: tf.Tensor1D } {
  const [norm, scale] = tf.tidy(() => {
    const { loss, last } = guard ?? { loss: tf.scalar(0), last: tf.tensor1d([1]) };
    return clipFactor(sumSquares(...gradients), loss, last, maxNorm, guard?.refusesZeros);
  });
  return { norm, scale };
}
