// AdamW over a model's parameters, with neuron masks (ALGORITHM §7). Moments exist for the selected entries only; a tensor
// with nothing selected has none and is not touched. Gradient clipping is by the full norm, as in the reference.
import { power } from '../math';
import { type AdamwStep, adamw, adamwMasked } from '../ops/adamw/op';
import { sumSquares } from '../ops/sumSquares/op';
import { tf } from '../tf';

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
}

/** What the optimiser needs of a model. */
export interface ParameterSet {
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  get(name: string): tf.Variable;
  /** Replaces a parameter's value; owns and disposes `value`. */
  assign(name: string, value: tf.Tensor): void;
}

export interface AdamwState {
  updates: number;
  moments: Map<string, Float32Array>;
}

interface Slot {
  moments: tf.Tensor2D;
  index: tf.Tensor1D | null;
}

export class Adamw {
  private readonly slots = new Map<string, Slot>();
  private updates = 0;
  private readonly options: Required<Omit<AdamwOptions, 'masks'>>;

  constructor(
    private readonly model: ParameterSet,
    options: AdamwOptions = {},
  ) {
    const { masks, ...rest } = options;
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
    for (const [name, parameter] of model.parameters) {
      const index = masks ? selectedIndex(masks.get(name)) : null;
      if (index && index.length === 0) continue;
      const entries = index ? index.length : parameter.size;
      this.slots.set(name, { moments: tf.zeros([entries, 2]), index: index ? tf.tensor1d(index, 'int32') : null });
    }
  }

  /** Names of the tensors that can move. */
  get names(): string[] {
    return [...this.slots.keys()];
  }

  /**
   * One update from gradients by parameter name; disposes nothing of the caller's. `scale` [1] is the clipping factor.
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
    for (const [name, slot] of this.slots) {
      const gradient = gradients[name];
      if (!gradient) continue;
      const parameter = this.model.get(name);
      const [value, moments] = slot.index
        ? adamwMasked(parameter, gradient, slot.moments, slot.index, scale, step)
        : adamw(parameter, gradient, slot.moments, scale, step);
      slot.moments.dispose();
      slot.moments = moments;
      this.model.assign(name, value);
    }
    if (decayUnselected) this.decayAll(learningRate * this.options.weightDecay);
  }

  private decayAll(share: number): void {
    if (share === 0) return;
    for (const [name, parameter] of this.model.parameters) {
      this.model.assign(
        name,
        tf.tidy(() => tf.mul(parameter, 1 - share)),
      );
    }
  }

  /** Updates made and all moments ([k, 2] of the selected entries, by parameter), for exact resume. */
  async state(): Promise<AdamwState> {
    const moments = new Map<string, Float32Array>();
    for (const [name, slot] of this.slots) moments.set(name, new Float32Array(await slot.moments.data()));
    return { updates: this.updates, moments };
  }

  /** Continues from a saved state. Throws RangeError when it belongs to another mask or model. */
  restore(state: AdamwState): void {
    for (const [name, slot] of this.slots) {
      const values = state.moments.get(name);
      if (values?.length !== slot.moments.size)
        throw new RangeError(`Optimiser state of “${name}” does not fit this mask.`);
      slot.moments.dispose();
      slot.moments = tf.tensor2d(values, [values.length / 2, 2]);
    }
    this.updates = state.updates;
  }

  dispose(): void {
    for (const slot of this.slots.values()) {
      slot.moments.dispose();
      slot.index?.dispose();
    }
    this.slots.clear();
  }
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

/** Global L2 norm of the gradients and the clipping factor min(1, max / (norm + 1e-6)), both [1] on the device. */
export function clipByGlobalNorm(
  gradients: readonly tf.Tensor[],
  maxNorm: number,
): { norm: tf.Tensor1D; scale: tf.Tensor1D } {
  return tf.tidy(() => {
    const norm = tf.sqrt(sumSquares(...gradients)) as tf.Tensor1D;
    const scale = tf.minimum(tf.div(tf.scalar(maxNorm), tf.add(norm, tf.scalar(1e-6))), tf.scalar(1)) as tf.Tensor1D;
    return { norm, scale };
  });
}
