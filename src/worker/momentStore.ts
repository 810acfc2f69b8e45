// The weights of one run at its moments, in little memory: θ_SFT and θ′ − θ_SFT as they are, every other moment as a prediction from what
// is there and the entries that differ from it in any bit. A masked stage moves few weights; one that moves most is kept whole.
import type { WeightMoment } from '../core/events';
import type { Tensors } from '../core/masks/tensorKinds';
import type { TensorSpec } from '../core/model/config';
import { bytesOf, type Kept, patched, smaller } from './keptArrays';

/** θ′ is the sum of θ_SFT and the update, but where that sum is rounded to another number. */
type Prediction = { from: WeightMoment; plusUpdate: boolean };

interface Moment {
  prediction: Prediction | null;
  tensors: Map<string, Kept>;
}

export interface MomentStore {
  /** Takes the arrays of a moment over, in the order of the specs. */
  add(moment: WeightMoment, tensors: readonly Float32Array[]): void;
  held(): WeightMoment[];
  /** θ′ − θ_SFT in float32; null until `warmed-up` has come after `sft`. */
  readonly update: Tensors | null;
  /** Is a tensor kept as it is, or made anew at every `get`? */
  isWhole(moment: WeightMoment, tensor: string): boolean;
  /** The tensor with the very bits that were handed over; undefined when it is not held. */
  get(moment: WeightMoment, tensor: string): Float32Array | undefined;
  /** Of all arrays. */
  bytes(): number;
}

export function momentStore(specs: readonly TensorSpec[]): MomentStore {
  const moments = new Map<WeightMoment, Moment>();
  let update: Tensors | null = null;

  const predicted = ({ from, plusUpdate }: Prediction, tensor: string): Float32Array | undefined => {
    const base = get(from, tensor);
    const change = plusUpdate ? update?.get(tensor) : null;
    return base && change ? sum(base, change) : base;
  };

  function get(moment: WeightMoment, tensor: string): Float32Array | undefined {
    const held = moments.get(moment);
    const kept = held?.tensors.get(tensor);
    if (!held?.prediction || !kept || kept instanceof Float32Array) return kept as Float32Array | undefined;
    const base = predicted(held.prediction, tensor);
    return base && patched(base, kept);
  }

  const predictionOf = (moment: WeightMoment): Prediction | null => {
    if (moment === 'warmed-up') return update ? { from: 'sft', plusUpdate: true } : null;
    const from: WeightMoment = moment === 'improved' && moments.has('forgotten') ? 'forgotten' : 'sft';
    return moment !== 'sft' && moments.has(from) ? { from, plusUpdate: false } : null;
  };

  const keep = (moment: WeightMoment, named: Tensors): void => {
    const prediction = predictionOf(moment);
    const tensors = new Map<string, Kept>();
    for (const [name, values] of named) {
      const base = prediction && predicted(prediction, name);
      tensors.set(name, base ? smaller(values, base) : values);
    }
    moments.set(moment, { prediction, tensors });
  };

  return {
    add(moment, tensors) {
      const named = new Map(specs.map(({ name }, i) => [name, tensors[i]!]));
      const sft = moments.get('sft');
      if (moment === 'warmed-up' && sft) {
        update = new Map([...named].map(([name, values]) => [name, difference(values, get('sft', name)!)]));
      }
      keep(moment, named);
    },
    held: () => [...moments.keys()],
    get update() {
      return update;
    },
    isWhole: (moment, tensor) => moments.get(moment)?.tensors.get(tensor) instanceof Float32Array,
    get,
    bytes: () =>
      [...moments.values()]
        .flatMap(({ tensors }) => [...tensors.values()])
        .reduce((all, kept) => all + bytesOf(kept), 0) +
      [...(update?.values() ?? [])].reduce((all, { byteLength }) => all + byteLength, 0),
  };
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  const values = new Float32Array(a.length);
  for (let i = 0; i < values.length; i++) values[i] = a[i]! - b[i]!;
  return values;
}

function sum(a: Float32Array, b: Float32Array): Float32Array {
  const values = new Float32Array(a.length);
  for (let i = 0; i < values.length; i++) values[i] = a[i]! + b[i]!;
  return values;
}
