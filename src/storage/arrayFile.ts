// Named typed arrays as one file, bit for bit: a safetensors file whose tensors are flat, with a JSON text beside them. Written in pieces that are views
// into the arrays, read by range; one checksum over all of it.

import type { ByteSource } from '../core/files/byteSource';
import { crc32 } from '../core/files/crc32';
import {
  HEADER_LENGTH_BYTES,
  headerEnd,
  headerOf,
  parseHeader,
  type SafetensorsDtype,
  type SafetensorsEntry,
  SafetensorsError,
} from '../core/safetensors';
import { damagedError } from './storageError';

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

const KINDS = {
  F32: Float32Array,
  F64: Float64Array,
  I8: Int8Array,
  U8: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
} as const;
type Kind = keyof typeof KINDS;

const isKind = (dtype: SafetensorsDtype): dtype is Kind => Object.hasOwn(KINDS, dtype);

/** Of an array that can be kept; null: of another kind. */
function kindOf(array: ArrayBufferView): Kind | null {
  for (const [kind, type] of Object.entries(KINDS)) if (array instanceof type) return kind as Kind;
  return null;
}

export const isTypedArray = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) && kindOf(value) !== null;

export interface ArrayFile {
  /** JSON. */
  text: string;
  /** In their order. */
  arrays: ReadonlyMap<string, TypedArray>;
}

/** The text's tensor. The others' names begin with their place, so that no name is a word of the format or sorts like a number. */
const TEXT = 'text';
const FORMAT = { format: 'allo-arrays', version: '1' };
export interface ArrayPieces {
  bytes: number;
  /** Of so many bytes at most. */
  pieces(grain: number): Iterable<Uint8Array<ArrayBuffer>>;
}

/** The file in pieces, made when they are asked for. The arrays must stay as they are until the last one is taken. Throws Error for an array of no kind that can be kept. */
export function arrayPieces({ text, arrays }: ArrayFile): ArrayPieces {
  const words = new TextEncoder().encode(text);
  const all: { name: string; array: TypedArray }[] = [{ name: TEXT, array: words }];
  for (const [name, array] of arrays) all.push({ name: `${all.length - 1}:${name}`, array });
  const tensors = all.map(({ name, array }) => {
    const dtype = kindOf(array);
    if (dtype === null) throw new Error(`“${name}” is of a kind that cannot be saved.`);
    return { name, dtype, shape: [array.length] };
  });
  const { head, end } = headerOf(tensors, FORMAT);
  return { bytes: end, pieces: (grain) => cut([head, ...all.map(({ array }) => bytesOfArray(array))], grain) };
}

/** Views; what lies in shared memory, which storage does not take, is copied piece by piece. */
function* cut(parts: readonly Uint8Array[], grain: number): Generator<Uint8Array<ArrayBuffer>> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += grain) {
      const { buffer, byteOffset } = part;
      const length = Math.min(grain, part.length - at);
      if (buffer instanceof ArrayBuffer) yield new Uint8Array(buffer, byteOffset + at, length);
      else yield new Uint8Array(part.subarray(at, at + length));
    }
  }
}

const bytesOfArray = (array: TypedArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Bytes that are read at once, and summed at once. */
const [RANGE, SUMMED] = [8 << 20, 1 << 20];

/**
 * The arrays of a file of that length and checksum. `pause` is called between pieces. Throws StorageError `damaged` for a file that is not the one
 * that was written.
 */
export async function readArrays(
  source: ByteSource,
  expected: { bytes: number; crc: number },
  pause: () => Promise<void>,
): Promise<ArrayFile> {
  if (source.size !== expected.bytes)
    throw damagedError(`A file of the saved run has ${source.size} bytes instead of ${expected.bytes}.`);
  try {
    return await readChecked(source, expected.crc, pause);
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw damagedError(`A file of the saved run is damaged: ${error.message}`, error);
  }
}

async function readChecked(source: ByteSource, expected: number, pause: () => Promise<void>): Promise<ArrayFile> {
  const start = await source.read(0, Math.min(HEADER_LENGTH_BYTES, source.size));
  const head = await source.read(0, headerEnd(start, source.size));
  let crc = crc32(head);
  const { metadata, entries } = parseHeader(head, source.size);
  if (metadata.format !== FORMAT.format || metadata.version !== FORMAT.version)
    throw damagedError('A file of the saved run is of another version, or none of ours.');
  const filled: { name: string; array: TypedArray }[] = [];
  // Empty arrays begin where the next one does: their names say which is first.
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || placeOf(a) - placeOf(b))) {
    if (!isKind(entry.dtype))
      throw new SafetensorsError(`has dtype ${entry.dtype}, which is never written.`, entry.name);
    const array = new KINDS[entry.dtype](entry.size);
    const bytes = bytesOfArray(array);
    for (let at = 0; at < bytes.length; at += RANGE) {
      const part = await source.read(entry.begin + at, Math.min(entry.begin + at + RANGE, entry.end));
      for (let from = 0; from < part.length; from += SUMMED) {
        const piece = part.subarray(from, from + SUMMED);
        crc = crc32(piece, crc);
        bytes.set(piece, at + from);
        await pause();
      }
    }
    filled.push({ name: entry.name, array });
  }
  if (crc !== expected) throw damagedError('A file of the saved run is damaged: its checksum is another one.');
  const [words, ...rest] = filled;
  if (words?.name !== TEXT || !(words.array instanceof Uint8Array)) throw new SafetensorsError('has no text.');
  return {
    text: new TextDecoder().decode(words.array),
    arrays: new Map(rest.map(({ name, array }) => [name.slice(name.indexOf(':') + 1), array])),
  };
}

/** −1 for the text. */
const placeOf = ({ name }: SafetensorsEntry): number => (name === TEXT ? -1 : Number.parseInt(name, 10));
