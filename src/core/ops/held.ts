// Numbers as they are at a moment, to be read later while training goes on: who changes a tensor or an array in place asks whether somebody holds it,
// and then changes a copy. Nothing is copied that is read before.
import type { Stretches } from '../stretches';
import { tf, type wasm } from '../tf';
import { entriesTogether } from './adamw/op';
import { pack } from './pack/op';

/** By a tensor's data, or by an array. */
const holders = new WeakMap<object, number>();

const hold = (key: object): void => {
  holders.set(key, (holders.get(key) ?? 0) + 1);
};
const letGo = (key: object): void => {
  holders.set(key, holders.get(key)! - 1);
};
const isHeld = (key: object): boolean => (holders.get(key) ?? 0) > 0;

/** Some numbers of a moment. They can be read once. */
export interface Held<A extends Float32Array | Float64Array = Float32Array | Float64Array> {
  readonly size: number;
  /** In order, in portions that nobody else holds. */
  portions(stretches: Stretches): AsyncGenerator<A>;
  /** They are not wanted any more. */
  release(): void;
}

/** Numbers that are read at one go: some milliseconds with all that is done to them. */
export const PORTION = 1 << 19;

/** A tensor's numbers, of which several parts may be wanted. */
class HeldTensor {
  private readonly backend: unknown = tf.backend();
  /** Read by a part, kept for the others; never of a large tensor. */
  private all: Float32Array | null = null;

  private constructor(
    private readonly tensor: tf.Tensor1D,
    private parts: number,
  ) {
    hold(tensor.dataId);
  }

  /** The numbers as they are now, in parts that begin at these places. */
  static parts(tensor: tf.Tensor, starts: readonly number[]): Held<Float32Array>[] {
    const flat = tf.tidy(() => tf.keep(tf.reshape<tf.Rank.R1>(tensor, [tensor.size])));
    const held = new HeldTensor(flat, starts.length);
    return starts.map((from, i) => held.part(from, starts[i + 1] ?? tensor.size));
  }

  private part(from: number, to: number): Held<Float32Array> {
    let isReleased = false;
    const read = (stretches: Stretches) => this.read(from, to, stretches);
    return {
      size: to - from,
      portions: read,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.parts--;
        if (this.parts > 0) return;
        letGo(this.tensor.dataId);
        this.tensor.dispose();
        this.all = null;
      },
    };
  }

  private async *read(from: number, to: number, stretches: Stretches): AsyncGenerator<Float32Array> {
    const { size } = this.tensor;
    if (size <= PORTION && to - from < size) {
      this.all ??= await this.values(0, size, stretches);
      yield this.all.slice(from, to);
      return;
    }
    for (let at = from; at < to; at += PORTION) yield await this.values(at, Math.min(to, at + PORTION), stretches);
  }

  /** A copy. */
  private async values(from: number, to: number, stretches: Stretches): Promise<Float32Array> {
    const { backend, tensor } = this;
    if (backend !== tf.backend()) throw new Error('What computed these numbers is no longer there.');
    if (tf.getBackend() === 'wasm')
      return (backend as wasm.BackendWasm).readSync(tensor.dataId, from, to) as Float32Array;
    // A tensor of its own: the backend would keep what it has read as long as this one lives.
    const part = tf.slice(tensor, from, to - from);
    try {
      const values = await stretches.away(part.data<'float32'>());
      return tf.getBackend() === 'cpu' ? values.slice() : values;
    } finally {
      part.dispose();
    }
  }
}

/** One tensor's numbers as they are now; `starts`: of the parts that are wanted. */
export const holdParts = (tensor: tf.Tensor, starts: readonly number[]): Held<Float32Array>[] =>
  HeldTensor.parts(tensor, starts);

export const holdTensor = (tensor: tf.Tensor): Held<Float32Array> => holdParts(tensor, [0])[0]!;

/** Many tensors' numbers as they are now, in their order. Where reading is dear, small ones are read together. */
function holdTensors(tensors: readonly tf.Tensor[]): Held<Float32Array>[] {
  const most = Math.min(entriesTogether(), PORTION);
  const held: Held<Float32Array>[] = [];
  for (let i = 0; i < tensors.length; ) {
    const group = [tensors[i++]!];
    let entries = group[0]!.size;
    while (i < tensors.length && entries + tensors[i]!.size <= most) {
      entries += tensors[i]!.size;
      group.push(tensors[i++]!);
    }
    if (group.length === 1) held.push(holdTensor(group[0]!));
    else held.push(...holdTogether(group));
  }
  return held;
}

/** The same by name. */
export function holdParameters(parameters: ReadonlyMap<string, tf.Tensor>): Map<string, Held<Float32Array>> {
  const held = holdTensors([...parameters.values()]);
  return new Map([...parameters.keys()].map((name, i) => [name, held[i]!]));
}

function holdTogether(tensors: readonly tf.Tensor[]): Held<Float32Array>[] {
  const packed = pack(tensors);
  let at = 0;
  const starts = tensors.map(({ size }) => {
    at += size;
    return at - size;
  });
  const held = holdParts(packed, starts);
  packed.dispose();
  return held;
}

/** Arrays as they are now, end to end. */
export function holdArrays(arrays: readonly Float64Array[]): Held<Float64Array> {
  arrays.forEach(hold);
  let isReleased = false;
  return {
    size: arrays.reduce((sum, { length }) => sum + length, 0),
    async *portions() {
      for (const array of arrays)
        for (let at = 0; at < array.length; at += PORTION) yield array.slice(at, at + PORTION);
    },
    release() {
      if (isReleased) return;
      isReleased = true;
      arrays.forEach(letGo);
    },
  };
}

/** For who is about to change the tensor in place: a copy of it where somebody holds its numbers, else null. */
export function copyIfHeld<T extends tf.Tensor>(tensor: T): T | null {
  if (!isHeld(tensor.dataId)) return null;
  const from = performance.now();
  const copy = tf.tidy(() => tf.reshape(pack([tensor]), tensor.shape)) as T;
  copying += performance.now() - from;
  return copy;
}

let copying = 0;
/** For how many ms copies were made so far because somebody held the numbers. */
export const copyTime = (): number => copying;

/** The same of an array: itself, or a copy. */
export function ownArray(array: Float64Array): Float64Array {
  if (!isHeld(array)) return array;
  const from = performance.now();
  const copy = array.slice();
  copying += performance.now() - from;
  return copy;
}
