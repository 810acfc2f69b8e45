// A float32 array that is like another one, kept as the entries in which it differs from it in any bit, where these take less.

/** Entries, and the float32 patterns they have instead of the other array's. */
export interface Differences {
  at: Uint32Array;
  bits: Int32Array;
}

/** Whole, or what differs. */
export type Kept = Float32Array | Differences;

export const bytesOf = (kept: Kept): number =>
  kept instanceof Float32Array ? kept.byteLength : kept.at.byteLength + kept.bits.byteLength;

const patternsOf = (values: Float32Array): Int32Array =>
  new Int32Array(values.buffer, values.byteOffset, values.length);

/** A NaN that was computed may have other bits the next time: where one is predicted, the entry always counts as different. */
const isUnforeseen = (predicted: number, actual: number): boolean =>
  predicted !== actual || (predicted & 0x7fffffff) > 0x7f800000;

/** The differences from `base`, or the values themselves where these take less. */
export function smaller(values: Float32Array, base: Float32Array): Kept {
  const [actual, predicted] = [patternsOf(values), patternsOf(base)];
  let count = 0;
  for (let i = 0; i < actual.length; i++) if (isUnforeseen(predicted[i]!, actual[i]!)) count++;
  if (2 * count >= values.length) return values;
  const kept = { at: new Uint32Array(count), bits: new Int32Array(count) };
  for (let i = 0, n = 0; n < count; i++) {
    if (!isUnforeseen(predicted[i]!, actual[i]!)) continue;
    kept.at[n] = i;
    kept.bits[n++] = actual[i]!;
  }
  return kept;
}

/** A copy of `base` with the differences in their places. */
export function patched(base: Float32Array, { at, bits }: Differences): Float32Array {
  const values = base.slice();
  const patterns = patternsOf(values);
  for (let i = 0; i < at.length; i++) patterns[at[i]!] = bits[i]!;
  return values;
}
