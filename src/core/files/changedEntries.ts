// What becomes of a tensor's bytes when its float32 values have changed: entries that did not change keep their very bytes, the others are rounded to
// the dtype they came in. A stretch of elements at a time; which tensors and files there are is writeCheckpoint.ts's.
import { fromBfloat16Bits, fromFloat16Bits, toBfloat16Bits, toFloat16Bits } from '../halfFloats';
import type { TensorDtype } from './checkpoint';

export type FloatDtype = 'F32' | 'F16' | 'BF16' | 'F64';
export const isFloat = (dtype: TensorDtype): dtype is FloatDtype =>
  dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' || dtype === 'F64';

/** Of the entries of one tensor. */
export interface ChangeCounts {
  /** Their float32 value is another one than the file's. */
  changed: number;
  /** Of these: rounding to the file's dtype gives the value that was there before. */
  roundedAway: number;
  /** Of these: finite, but too large for the file's dtype, so that they would be written as infinity. */
  overflowed: number;
  /** Of these: NaN or infinite where the file's value was another one. */
  notFinite: number;
}

export const noChanges = (): ChangeCounts => ({ changed: 0, roundedAway: 0, overflowed: 0, notFinite: 0 });

/** The same number, −0 and 0 told apart; a NaN is like every other. */
const isSame = (a: number, b: number): boolean => Object.is(a, b);

/**
 * Puts the changed ones of `values` into `bytes`, the file's elements of the same stretch (little-endian, aligned to the start of their buffer), and
 * counts them. F64 is compared by its value in float32, and a changed entry is written exactly.
 */
export function putChanged(
  dtype: FloatDtype,
  bytes: Uint8Array<ArrayBuffer>,
  values: Float32Array,
  counts: ChangeCounts,
): void {
  switch (dtype) {
    case 'F32':
      putWide(new Float32Array(bytes.buffer), values, counts);
      return;
    case 'F64':
      putWide(new Float64Array(bytes.buffer), values, counts);
      return;
    case 'F16':
      putHalf(new Uint16Array(bytes.buffer), values, { from: fromFloat16Bits, to: toFloat16Bits }, counts);
      return;
    case 'BF16':
      putHalf(new Uint16Array(bytes.buffer), values, { from: fromBfloat16Bits, to: toBfloat16Bits }, counts);
      return;
  }
}

function putWide(stored: Float32Array | Float64Array, values: Float32Array, counts: ChangeCounts): void {
  for (let i = 0; i < stored.length; i++) {
    const value = values[i]!;
    if (isSame(value, Math.fround(stored[i]!))) continue;
    counts.changed++;
    if (!Number.isFinite(value)) counts.notFinite++;
    stored[i] = value;
  }
}

interface Half {
  from(bits: number): number;
  to(value: number): number;
}

function putHalf(stored: Uint16Array, values: Float32Array, { from, to }: Half, counts: ChangeCounts): void {
  for (let i = 0; i < stored.length; i++) {
    const value = values[i]!;
    const old = stored[i]!;
    if (isSame(value, from(old))) continue;
    counts.changed++;
    const bits = to(value);
    if (!Number.isFinite(value)) counts.notFinite++;
    else if (!Number.isFinite(from(bits))) counts.overflowed++;
    else if (bits === old) counts.roundedAway++;
    stored[i] = bits;
  }
}
