// Which tensor of one checkpoint is which of another: by name, in the order of the first; what has no partner, or one that cannot be
// subtracted, is a row of a table. Tied tensors are one. Only headers are looked at.
import type { Checkpoint, CheckpointTensor } from '../files/checkpoint';
import { EVERYTHING, inScope, type MaskScope } from '../masks/tensorKinds';
import { isFloatDtype } from './floats';

export interface TensorPair {
  name: string;
  shape: readonly number[];
  size: number;
  before: CheckpointTensor;
  after: CheckpointTensor;
  /** Does the scope rank it? */
  inScope: boolean;
}

export interface PairingProblem {
  name: string;
  /** missing: only in the first checkpoint. extra: only in the second. shape: two shapes. type: integers cannot be subtracted as floats. */
  problem: 'missing' | 'extra' | 'shape' | 'type';
  /** Shapes, null where there is no such tensor. */
  before: readonly number[] | null;
  after: readonly number[] | null;
  /** What is wrong, as a clause that follows the name. */
  detail: string;
}

/** A tensor that has the same elements as another and is not counted again. */
export interface TiedTensor {
  name: string;
  sameAs: string;
}

export interface CheckpointPairing {
  before: Checkpoint;
  after: Checkpoint;
  scope: MaskScope;
  /** In the order of the first checkpoint. */
  pairs: readonly TensorPair[];
  tied: readonly TiedTensor[];
  problems: readonly PairingProblem[];
}

/**
 * Pair two checkpoints. A tensor that is tied in one of them is counted once as long as the other ties it to the same tensor or
 * leaves it out; where the other has it as a tensor of its own it is a pair of its own. Throws nothing.
 */
export function pairCheckpoints(
  before: Checkpoint,
  after: Checkpoint,
  scope: MaskScope = EVERYTHING,
): CheckpointPairing {
  const inBefore = new Map(before.tensors.map((tensor) => [tensor.name, tensor]));
  const inAfter = new Map(after.tensors.map((tensor) => [tensor.name, tensor]));
  const pairs: TensorPair[] = [];
  const tied: TiedTensor[] = [];
  const problems: PairingProblem[] = [];
  /** The tensor that stands for all that are tied to it, by the name of their first: one of the others where a file has not the first. */
  const counted = new Map<string, string>();
  for (const tensor of before.tensors) {
    const { name } = tensor;
    const partner = inAfter.get(name);
    const first = tensor.sameAs ?? name;
    const standing = counted.get(first);
    if (standing !== undefined && (!partner || isTiedTo(partner, standing, inAfter))) {
      tied.push({ name, sameAs: standing });
      continue;
    }
    const found = partner ? compare(tensor, partner, scope) : missing(tensor);
    if ('problem' in found) {
      problems.push(found);
      continue;
    }
    pairs.push(found);
    if (standing === undefined) counted.set(first, name);
  }
  for (const tensor of after.tensors) {
    if (inBefore.has(tensor.name)) continue;
    const first = tensor.sameAs;
    if (first !== null && inBefore.has(first)) tied.push({ name: tensor.name, sameAs: first });
    else problems.push(extra(tensor));
  }
  return { before, after, scope, pairs, ...settleTied(tied, problems, inBefore, counted) };
}

/** A first tensor that only the second file leaves out, because it keeps another of the tied ones, is not missing. */
function settleTied(
  tied: readonly TiedTensor[],
  problems: readonly PairingProblem[],
  inBefore: ReadonlyMap<string, CheckpointTensor>,
  counted: ReadonlyMap<string, string>,
): Pick<CheckpointPairing, 'tied' | 'problems'> {
  const more: TiedTensor[] = [];
  const left = problems.filter(({ name, problem }) => {
    const standing = counted.get(inBefore.get(name)?.sameAs ?? name);
    if (problem !== 'missing' || standing === undefined) return true;
    more.push({ name, sameAs: standing });
    return false;
  });
  return { tied: [...tied, ...more], problems: left };
}

const isTiedTo = (tensor: CheckpointTensor, name: string, all: ReadonlyMap<string, CheckpointTensor>): boolean => {
  const other = all.get(name);
  return other !== undefined && (tensor.sameAs ?? tensor.name) === (other.sameAs ?? other.name);
};

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

function compare(before: CheckpointTensor, after: CheckpointTensor, scope: MaskScope): TensorPair | PairingProblem {
  const { name, shape, size } = before;
  const trouble = (problem: 'shape' | 'type', detail: string): PairingProblem => {
    return { name, problem, before: shape, after: after.shape, detail };
  };
  if (shape.length !== after.shape.length || shape.some((extent, i) => extent !== after.shape[i])) {
    return trouble('shape', `is ${shapeText(shape)} before and ${shapeText(after.shape)} after`);
  }
  if (!(isFloatDtype(before.dtype) && isFloatDtype(after.dtype))) {
    const types = before.dtype === after.dtype ? before.dtype : `${before.dtype} and ${after.dtype}`;
    return trouble('type', `holds ${types}; only F32, F16, BF16 and F64 are compared`);
  }
  return { name, shape, size, before, after, inScope: inScope(name, scope) };
}

const missing = ({ name, shape }: CheckpointTensor): PairingProblem => {
  return { name, problem: 'missing', before: shape, after: null, detail: 'is not in the second checkpoint' };
};

const extra = ({ name, shape }: CheckpointTensor): PairingProblem => {
  return { name, problem: 'extra', before: null, after: shape, detail: 'is not in the first checkpoint' };
};
