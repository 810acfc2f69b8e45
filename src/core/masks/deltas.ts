// What is ranked: the change θ′ − θ of every tensor (or any other source of the same shapes, such as an accumulated gradient), and the
// integer pattern by which float32 magnitudes order. ALGORITHM §3.

/** The change of one parameter tensor, row-major. Only magnitudes matter. */
export interface TensorDelta {
  name: string;
  values: Float32Array;
}

/** A change is NaN or infinite: training diverged, so no ranking exists. */
export class NonFiniteDeltaError extends Error {
  override readonly name = 'NonFiniteDeltaError';
  constructor(
    readonly tensor: string,
    readonly index: number,
  ) {
    super(`The change of "${tensor}" at index ${index} is not a finite number.`);
  }
}

/** θ′ − θ in float32, for tensors of the same names. Throws RangeError for different lengths. */
export function weightDeltas(
  tensors: readonly { name: string; reference: Float32Array; trained: Float32Array }[],
): TensorDelta[] {
  return tensors.map(({ name, reference, trained }) => {
    if (reference.length !== trained.length) throw new RangeError(`"${name}" has two different sizes.`);
    return { name, values: changeOf(reference, trained) };
  });
}

/** trained − reference in float32, for arrays of one length. */
export function changeOf(reference: Float32Array, trained: Float32Array): Float32Array {
  const change = new Float32Array(trained.length);
  for (let i = 0; i < change.length; i++) change[i] = trained[i]! - reference[i]!;
  return change;
}

/** The bits of a float32 without its sign: they order like |x|. */
export const MAGNITUDE = 0x7fffffff;
/** Magnitude bits from here on are infinite or NaN. */
export const NOT_FINITE = 0x7f800000;

/** The float32 patterns of an array, without a copy; signed, since integers of 32 bits are the fastest to compute with. */
export const bitsOf = (values: Float32Array): Int32Array =>
  new Int32Array(values.buffer, values.byteOffset, values.length);

/** The number whose float32 pattern is `bits`. */
export const magnitudeOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;

/** The float32 pattern of |x|, x rounded to float32. */
export const magnitudeBits = (x: number): number => bitsOf(Float32Array.of(x))[0]! & MAGNITUDE;
