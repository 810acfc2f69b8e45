// A checksum of a typed array's bytes, and whether all its numbers are finite. Against accidents, not against forgery.

export type PointArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

const PRIME = 0x01000193;
const EXPONENT_32 = 0x7f800000;
const EXPONENT_64 = 0x7ff00000;

/** 32 bits over the bytes and their number, in four lanes so that a word costs less than a nanosecond. */
export function wordSum({ buffer, byteOffset, byteLength }: PointArray): number {
  const isAligned = byteOffset % 4 === 0;
  const start = isAligned ? byteOffset : 0;
  const source = isAligned ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
  const words = new Int32Array(source, start, byteLength >> 2);
  const lanes = [1, 2, 3, 4].map((lane) => Math.imul(PRIME, lane));
  let [a, b, c, d] = lanes as [number, number, number, number];
  let i = 0;
  for (; i + 3 < words.length; i += 4) {
    a = Math.imul(a ^ words[i]!, PRIME);
    b = Math.imul(b ^ words[i + 1]!, PRIME);
    c = Math.imul(c ^ words[i + 2]!, PRIME);
    d = Math.imul(d ^ words[i + 3]!, PRIME);
  }
  for (; i < words.length; i++) a = Math.imul(a ^ words[i]!, PRIME);
  for (const byte of new Uint8Array(source, start + 4 * words.length, byteLength & 3)) a = Math.imul(a ^ byte, PRIME);
  return [b, c, d, byteLength].reduce((sum, lane) => Math.imul(sum ^ (sum >>> 15) ^ lane, PRIME), a) >>> 0;
}

/** The same of a text, by its UTF-16 units. */
export const textSum = (text: string): number => {
  const units = new Int32Array(text.length);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return wordSum(units);
};

/** Is no value NaN or infinite? */
export function isFiniteArray(values: Float32Array | Float64Array): boolean {
  const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
  // Of a number of 64 bits the second word has the exponent.
  const [first, stride, exponent] = values instanceof Float32Array ? [0, 1, EXPONENT_32] : [1, 2, EXPONENT_64];
  let bad = 0;
  for (let i = first; i < words.length; i += stride) bad |= (words[i]! & exponent) === exponent ? 1 : 0;
  return bad === 0;
}
