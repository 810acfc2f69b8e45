// The stored floats of two files as one change: F32, F16, BF16 and F64 decoded exactly (F64 rounded to float32), after − before in
// float32. The innermost loops of every pass over a pair of checkpoints; nothing is allocated in them.
import { BYTES_OF, type TensorDtype } from '../files/checkpoint';
import { fromFloat16Bits } from '../halfFloats';

export type FloatDtype = 'F32' | 'F16' | 'BF16' | 'F64';

export const isFloatDtype = (dtype: TensorDtype): dtype is FloatDtype =>
  dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' || dtype === 'F64';

/** How many changes are worked out at a time: the block and what it is made from stay in the fastest cache. */
export const BLOCK = 4096;

/** Elements of one tensor as they are stored. */
export type RawFloats =
  | { dtype: 'F32'; values: Float32Array }
  | { dtype: 'F64'; values: Float64Array }
  | { dtype: 'F16' | 'BF16'; values: Uint16Array };

/** Stored bytes (little-endian) as elements, without a copy where they are aligned. Throws RangeError unless they fill whole elements. */
export function rawFloats(dtype: FloatDtype, bytes: Uint8Array): RawFloats {
  const width = BYTES_OF[dtype];
  if (bytes.length % width !== 0) throw new RangeError(`${bytes.length} bytes are no whole number of ${dtype}.`);
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const size = bytes.length / width;
  switch (dtype) {
    case 'F32':
      return { dtype, values: new Float32Array(buffer, byteOffset, size) };
    case 'F64':
      return { dtype, values: new Float64Array(buffer, byteOffset, size) };
    default:
      return { dtype, values: new Uint16Array(buffer, byteOffset, size) };
  }
}

let halves: Float32Array | null = null;

/** All 65 536 halves, decoded. */
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => fromFloat16Bits(bits));
  return halves;
}

const scratch = new Int32Array(4);
const scratchFloats = new Float32Array(scratch.buffer);
const decodedBefore = new Float32Array(BLOCK);
const decodedAfter = new Float32Array(BLOCK);

/** Elements begin … begin + count − 1 as float32, into the front of `out`. */
export function decodeFloats(raw: RawFloats, begin: number, count: number, out: Float32Array): void {
  const { dtype, values } = raw;
  if (dtype === 'F16') {
    const table = halfTable();
    for (let i = 0; i < count; i++) out[i] = table[values[begin + i]!]!;
  } else if (dtype === 'BF16') {
    for (let i = 0; i < count; i++) {
      scratch[0] = values[begin + i]! << 16;
      out[i] = scratchFloats[0]!;
    }
  } else {
    for (let i = 0; i < count; i++) out[i] = values[begin + i]!;
  }
}

/** after − before, rounded to float32, of elements begin … begin + count − 1 (count ≤ BLOCK), into the front of `out`. */
export function changesInto(
  before: RawFloats,
  after: RawFloats,
  begin: number,
  count: number,
  out: Float32Array,
): void {
  if (before.dtype === 'F32' && after.dtype === 'F32') {
    subtractFloats(before.values, after.values, begin, count, out);
  } else if (before.dtype === 'BF16' && after.dtype === 'BF16' && isEvenInWords(before.values, after.values, begin)) {
    subtractBfloats(before.values, after.values, begin, count, out);
  } else {
    decodeFloats(before, begin, count, decodedBefore);
    decodeFloats(after, begin, count, decodedAfter);
    subtractFloats(decodedBefore, decodedAfter, 0, count, out);
  }
}

// The difference of two float32 in double precision, rounded to float32, is the float32 difference: 53 ≥ 2 · 24 + 2 bits.
function subtractFloats(
  before: Float32Array,
  after: Float32Array,
  begin: number,
  count: number,
  out: Float32Array,
): void {
  for (let i = 0; i < count; i++) out[i] = after[begin + i]! - before[begin + i]!;
}

const isEvenInWords = (before: Uint16Array, after: Uint16Array, begin: number): boolean =>
  (before.byteOffset + 2 * begin) % 4 === 0 && (after.byteOffset + 2 * begin) % 4 === 0;

/** Two elements a word: loads of 16 bits would take twice as long. */
function subtractBfloats(
  before: Uint16Array,
  after: Uint16Array,
  begin: number,
  count: number,
  out: Float32Array,
): void {
  const words = count >>> 1;
  const left = new Int32Array(before.buffer, before.byteOffset + 2 * begin, words);
  const right = new Int32Array(after.buffer, after.byteOffset + 2 * begin, words);
  for (let i = 0; i < words; i++) {
    const x = left[i]!;
    const y = right[i]!;
    scratch[0] = x << 16;
    scratch[1] = x & 0xffff0000;
    scratch[2] = y << 16;
    scratch[3] = y & 0xffff0000;
    out[2 * i] = scratchFloats[2]! - scratchFloats[0]!;
    out[2 * i + 1] = scratchFloats[3]! - scratchFloats[1]!;
  }
  if (count % 2 === 1) {
    scratch[0] = before[begin + count - 1]! << 16;
    scratch[2] = after[begin + count - 1]! << 16;
    out[count - 1] = scratchFloats[2]! - scratchFloats[0]!;
  }
}
