// A run's large arrays as the files of a bundle: weights, changes and moments in float32, masks as packed bits.
import { writePackedMask } from '../masks/maskFile';
import type { Mask } from '../masks/tensorKinds';
import type { TensorSpec } from '../model/config';
import { type SafetensorsTensor, safetensorsPieces, writeSafetensors } from '../safetensors';

type Bytes = Uint8Array<ArrayBuffer>;

const FLOATS = { metadata: { format: 'pt' } };
const floatTensors = (specs: readonly TensorSpec[], tensors: readonly Float32Array[]): SafetensorsTensor[] =>
  specs.map(({ name, shape }, i) => ({ name, shape, dtype: 'F32', values: tensors[i]! }));

/** Float32 tensors under their names. */
export const floatsFile = (specs: readonly TensorSpec[], tensors: readonly Float32Array[]): Bytes =>
  writeSafetensors(floatTensors(specs, tensors), FLOATS);

/** The same file in pieces: nothing is copied. */
export const floatsPieces = (specs: readonly TensorSpec[], tensors: readonly Float32Array[]): Uint8Array[] =>
  safetensorsPieces(floatTensors(specs, tensors), FLOATS);

export const maskFile = (specs: readonly TensorSpec[], mask: Mask): Bytes =>
  writePackedMask(specs, mask, { 'allo.content': 'neuron mask' });

/** What the warm-up's optimiser held: each tensor's second moments, and Σ g where it was summed. */
export const momentsFile = (
  specs: readonly TensorSpec[],
  second: readonly Float32Array[],
  gradients: readonly Float32Array[] | null,
): Bytes => {
  const named = (prefix: string, tensors: readonly Float32Array[]) =>
    specs.map(({ name, shape }, i) => ({
      name: `${prefix}${name}`,
      shape,
      dtype: 'F32' as const,
      values: tensors[i]!,
    }));
  return writeSafetensors([...named(SECOND, second), ...(gradients ? named(GRADIENT, gradients) : [])]);
};
export const SECOND = 'second_moment.';
export const GRADIENT = 'gradient.';
