// How the weights of one run differ from θ_SFT at the moments of its time line, in little memory: a masked stage moves few of them, so
// of most moments only the entries that are not 0 are kept.
import type { TensorSpec } from '../core/model/config';
import type { UpdateStep } from './atlasProtocol';
import { bytesOf, type Kept, patched, smaller } from './keptArrays';

export interface UpdateStore {
  /** Takes the arrays over, in the order of the specs; a moment that is there already is replaced. */
  add(at: UpdateStep, tensors: readonly Float32Array[]): void;
  held(): UpdateStep[];
  /** θ − θ_SFT with the very bits that were handed over; undefined when it is not held. */
  get(at: UpdateStep, tensor: string): Float32Array | undefined;
  bytes(): number;
}

export function updateStore(specs: readonly TensorSpec[]): UpdateStore {
  const moments = new Map<string, { at: UpdateStep; tensors: Map<string, Kept> }>();
  const keyOf = ({ stage, step }: UpdateStep): string => `${stage} ${step}`;
  return {
    add({ stage, step }, tensors) {
      const kept = specs.map(({ name }, i): [string, Kept] => {
        const values = tensors[i]!;
        return [name, smaller(values, new Float32Array(values.length))];
      });
      const at = { stage, step };
      moments.set(keyOf(at), { at, tensors: new Map(kept) });
    },
    held: () => [...moments.values()].map(({ at }) => at),
    get(at, tensor) {
      const kept = moments.get(keyOf(at))?.tensors.get(tensor);
      if (!kept || kept instanceof Float32Array) return kept;
      return patched(new Float32Array(lengthOf(specs, tensor)), kept);
    },
    bytes: () =>
      [...moments.values()]
        .flatMap(({ tensors }) => [...tensors.values()])
        .reduce((all, kept) => all + bytesOf(kept), 0),
  };
}

const lengthOf = (specs: readonly TensorSpec[], tensor: string): number =>
  specs.find(({ name }) => name === tensor)!.shape.reduce((size, extent) => size * extent, 1);
