// A checksum of a typed array's bytes, and whether all its numbers are finite. Against accidents, not against forgery.

import type { Stretches } from '../../stretches';

export type PointArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

const EXPONENT_32 = 0x7f800000;
const EXPONENT_64 = 0x7ff00000;

// The rounds of xxHash32, which has four lanes so that a word costs about a nanosecond.
const [PRIME_1, PRIME_2, PRIME_3] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d];

function mixed(lane: number, word: number): number {
  const sum = (lane + Math.imul(word, PRIME_2)) | 0;
  return Math.imul((sum << 13) | (sum >>> 19), PRIME_1);
}

/** 32 bits over bytes and their number, in portions. */
class WordSum {
  private lanes: [number, number, number, number] = [1, 2, 3, 4];
  private bytes = 0;

  /** Some bytes; all but the last of 16 or a multiple. */
  add({ buffer, byteOffset, byteLength }: PointArray): void {
    const isAligned = byteOffset % 4 === 0;
    const start = isAligned ? byteOffset : 0;
    const source = isAligned ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
    const words = new Int32Array(source, start, byteLength >> 2);
    let [a, b, c, d] = this.lanes;
    let i = 0;
    for (; i + 3 < words.length; i += 4) {
      a = mixed(a, words[i]!);
      b = mixed(b, words[i + 1]!);
      c = mixed(c, words[i + 2]!);
      d = mixed(d, words[i + 3]!);
    }
    for (; i < words.length; i++) a = mixed(a, words[i]!);
    for (const byte of new Uint8Array(source, start + 4 * words.length, byteLength & 3)) a = mixed(a, byte);
    this.lanes = [a, b, c, d];
    this.bytes += byteLength;
  }

  end(): number {
    const [a, ...rest] = this.lanes;
    let sum = [...rest, this.bytes].reduce(mixed, a);
    sum = Math.imul(sum ^ (sum >>> 15), PRIME_2);
    sum = Math.imul(sum ^ (sum >>> 13), PRIME_3);
    return (sum ^ (sum >>> 16)) >>> 0;
  }
}

/** 32 bits over the bytes and their number. */
export function wordSum(values: PointArray): number {
  const sum = new WordSum();
  sum.add(values);
  return sum.end();
}

/** Bytes that are summed at one go: about a millisecond. */
const SUMMED = 1 << 20;

/** The same, in stretches. */
export async function wordSumBeside(values: PointArray, stretches: Stretches): Promise<number> {
  if (values.byteLength <= SUMMED) return wordSum(values);
  const sum = new WordSum();
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (let at = 0; at < bytes.length; at += SUMMED) {
    sum.add(bytes.subarray(at, at + SUMMED));
    await stretches.pause();
  }
  return sum.end();
}

/** The same of a text, by its UTF-16 units. */
export const textSum = (text: string): number => wordSum(unitsOf(text, 0, text.length));

/** The same, in stretches. */
export async function textSumBeside(text: string, stretches: Stretches): Promise<number> {
  const sum = new WordSum();
  for (let at = 0; at < text.length; at += SUMMED >> 2) {
    sum.add(unitsOf(text, at, Math.min(text.length, at + (SUMMED >> 2))));
    await stretches.pause();
  }
  return sum.end();
}

function unitsOf(text: string, from: number, to: number): Int32Array {
  const units = new Int32Array(to - from);
  for (let i = from; i < to; i++) units[i - from] = text.charCodeAt(i);
  return units;
}

/** Is no value NaN or infinite? */
export function isFiniteArray(values: Float32Array | Float64Array): boolean {
  const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
  // Of a number of 64 bits the second word has the exponent.
  const isSingle = values instanceof Float32Array;
  const first = isSingle ? 0 : 1;
  const stride = isSingle ? 1 : 2;
  const exponent = isSingle ? EXPONENT_32 : EXPONENT_64;
  for (let i = first; i < words.length; i += stride) if ((words[i]! & exponent) === exponent) return false;
  return true;
}
