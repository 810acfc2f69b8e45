// Rounding to and from the 16-bit float formats: IEEE half (F16) and bfloat16 (BF16), round to nearest even.

const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);

/** float32 → bfloat16 bit pattern, round to nearest even; NaN stays NaN. */
export function toBfloat16Bits(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0]!;
  if (Number.isNaN(value)) return ((bits >>> 16) | 0x40) & 0xffff;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** bfloat16 bit pattern → number. */
export function fromBfloat16Bits(bits: number): number {
  scratchBits[0] = bits << 16;
  return scratchFloat[0]!;
}

/** The nearest bfloat16 value of a float32 number. */
export const roundToBfloat16 = (value: number): number => fromBfloat16Bits(toBfloat16Bits(value));

/** float32 → IEEE half bit pattern, round to nearest even; beyond 65504 to infinity, NaN stays NaN. */
export function toFloat16Bits(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const mantissa = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  const halfExponent = exponent - 112;
  if (halfExponent >= 31) return sign | 0x7c00;
  if (halfExponent < -10) return sign;
  // Subnormal halves shift the mantissa (with its hidden bit) further; a carry out of it raises the exponent by itself.
  const shift = halfExponent > 0 ? 13 : 14 - halfExponent;
  const whole = halfExponent > 0 ? mantissa : mantissa | 0x800000;
  const kept = whole >>> shift;
  const rest = whole & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const up = rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0;
  return sign | ((halfExponent > 0 ? (halfExponent << 10) | kept : kept) + up);
}

/** IEEE half bit pattern → number (exact). */
export function fromFloat16Bits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa ? NaN : sign * Infinity;
  if (exponent === 0) return sign * mantissa * 5.9604644775390625e-8; // 2^-24
  scratchBits[0] = ((bits & 0x8000) << 16) | ((exponent + 112) << 23) | (mantissa << 13);
  return scratchFloat[0]!;
}
