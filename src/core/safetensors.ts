// The safetensors file format: the checks of a header, a reader for untrusted files held in memory (every size checked before
// anything is read, tensors decoded one at a time on demand) and a writer. Files read by range are files/safetensorsFile.ts,
// shards and their index files/openCheckpoint.ts.
import * as v from 'valibot';
import { fromBfloat16Bits, fromFloat16Bits, toBfloat16Bits, toFloat16Bits } from './halfFloats';

const BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;
export type SafetensorsDtype = keyof typeof BYTES;
type ReadableArray = Float32Array | Uint8Array | Int32Array | BigInt64Array;

/** The largest header that is read. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024;
const MAX_RANK = 8;

/** A file that is not a valid safetensors file, or a tensor this reader does not support. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
  constructor(
    /** What is wrong, as a sentence. */
    readonly problem: string,
    /** The tensor the trouble is in, where it is in one. */
    readonly tensor: string | null = null,
  ) {
    super(tensor === null ? problem : `Tensor "${tensor}": ${problem}`);
  }
}

export interface SafetensorsEntry {
  name: string;
  dtype: SafetensorsDtype;
  shape: readonly number[];
  /** Number of elements. */
  size: number;
  /** Byte range in the file. */
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  metadata: Readonly<Record<string, string>>;
  /** In the order of the header. */
  entries: readonly SafetensorsEntry[];
}

export interface SafetensorsFile extends SafetensorsHeader {
  has(name: string): boolean;
  /** Dtype and shape of one tensor. Throws SafetensorsError when there is none of that name. */
  entry(name: string): SafetensorsEntry;
  /** A fresh copy: F32, F16, BF16 → Float32Array; U8, BOOL → Uint8Array; I32 → Int32Array; I64 → BigInt64Array. */
  read(name: string): ReadableArray;
  /** A fresh Float32Array; throws SafetensorsError unless the tensor holds F32, F16 or BF16. */
  readFloats(name: string): Float32Array;
}

const isDtype = (text: string): text is SafetensorsDtype => Object.hasOwn(BYTES, text);
const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const EntrySchema = v.strictObject({
  dtype: v.string(),
  shape: v.pipe(v.array(wholeNumber), v.maxLength(MAX_RANK)),
  data_offsets: v.tuple([wholeNumber, wholeNumber]),
});
const MetadataSchema = v.record(v.string(), v.string());
const HeaderSchema = v.record(v.string(), v.unknown());

/**
 * Open a safetensors file held in memory; only the header is decoded.
 * Throws SafetensorsError for a truncated file, a header that is no JSON object, unknown dtypes, shapes that do not fit their
 * bytes, and tensors that overlap, leave holes or run past the end.
 */
export function openSafetensors(file: ArrayBuffer | Uint8Array): SafetensorsFile {
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(file);
  const { metadata, entries } = parseHeader(bytes, bytes.length);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const entry = (name: string): SafetensorsEntry => {
    const found = byName.get(name);
    if (!found) throw new SafetensorsError('is not in this file.', name);
    return found;
  };
  return {
    metadata,
    entries,
    has: (name) => byName.has(name),
    entry,
    read: (name) => decode(bytes, entry(name)),
    readFloats(name) {
      const values = decode(bytes, entry(name));
      if (values instanceof Float32Array) return values;
      throw new SafetensorsError(`holds ${entry(name).dtype}, floating-point values were expected.`, name);
    },
  };
}

/** Bytes that the length field of a header takes. */
export const HEADER_LENGTH_BYTES = 8;

/**
 * Where the header of a file ends and its data starts, from its first 8 bytes (`bytes` may hold more).
 * Throws SafetensorsError when the length cannot be one, or not of a file of `fileLength` bytes.
 */
export function headerEnd(bytes: Uint8Array, fileLength: number): number {
  if (bytes.length < HEADER_LENGTH_BYTES)
    throw new SafetensorsError(`The file has ${bytes.length} bytes; a header alone takes 8.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint32(0, true);
  if (view.getUint32(4, true) !== 0 || length > MAX_HEADER_BYTES) {
    throw new SafetensorsError('This is no safetensors file: its header claims to be larger than 16 MiB.');
  }
  if (8 + length > fileLength) {
    throw new SafetensorsError(`The file ends within its header (${length} bytes claimed, ${fileLength - 8} present).`);
  }
  return 8 + length;
}

/**
 * The checked header of a file of `fileLength` bytes, of which `bytes` are the first ones, `headerEnd` of them at least.
 * Throws SafetensorsError as `openSafetensors` does.
 */
export function parseHeader(bytes: Uint8Array, fileLength: number): SafetensorsHeader {
  const dataStart = headerEnd(bytes, fileLength);
  const header = readHeader(bytes.subarray(8, dataStart));
  let metadata: Record<string, string> = {};
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = checkMetadata(value);
    else entries.push(checkEntry(name, value, dataStart, fileLength));
  }
  checkCoverage(entries, dataStart, fileLength);
  return { metadata, entries };
}

function readHeader(bytes: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new SafetensorsError('The header is not valid JSON.');
  }
  const header = v.safeParse(HeaderSchema, json);
  if (!header.success || Array.isArray(json)) throw new SafetensorsError('The header is not a JSON object.');
  return header.output;
}

function checkMetadata(value: unknown): Record<string, string> {
  const result = v.safeParse(MetadataSchema, value);
  if (!result.success) throw new SafetensorsError('The header\'s "__metadata__" must map text to text.');
  return result.output;
}

function checkEntry(name: string, value: unknown, dataStart: number, fileLength: number): SafetensorsEntry {
  const result = v.safeParse(EntrySchema, value);
  if (!result.success) {
    const path = v.getDotPath(result.issues[0]) ?? 'entry';
    throw new SafetensorsError(`header field "${path}" is wrong: ${result.issues[0].message}.`, name);
  }
  const { dtype, shape, data_offsets: offsets } = result.output;
  if (!isDtype(dtype))
    throw new SafetensorsError(`has the unknown dtype "${dtype}". Save it as F32, F16 or BF16.`, name);
  const size = shape.reduce((product, extent) => product * extent, 1);
  const [begin, end] = offsets;
  if (end < begin) throw new SafetensorsError(`ends (${end}) before it begins (${begin}).`, name);
  if (dataStart + end > fileLength) {
    throw new SafetensorsError(`ends at byte ${dataStart + end}, the file at ${fileLength}.`, name);
  }
  if (size * BYTES[dtype] !== end - begin) {
    throw new SafetensorsError(
      `shape [${shape.join(', ')}] of ${dtype} needs ${size * BYTES[dtype]} bytes, ${end - begin} given.`,
      name,
    );
  }
  return { name, dtype, shape, size, begin: dataStart + begin, end: dataStart + end };
}

/** The data must be covered exactly once; this also catches duplicate names, whose first copy JSON drops. */
function checkCoverage(entries: readonly SafetensorsEntry[], dataStart: number, fileLength: number): void {
  let at = dataStart;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin < at) throw new SafetensorsError('overlaps another tensor.', entry.name);
    if (entry.begin > at) throw new SafetensorsError(`leaves ${entry.begin - at} unused bytes before it.`, entry.name);
    at = entry.end;
  }
  if (at !== fileLength)
    throw new SafetensorsError(`${fileLength - at} bytes after the last tensor belong to nothing.`);
}

function decode(bytes: Uint8Array, entry: SafetensorsEntry): ReadableArray {
  // Not slice(): on Node's Buffer that would be a view, whose offset no typed array need accept.
  const copy = new Uint8Array(bytes.subarray(entry.begin, entry.end));
  switch (entry.dtype) {
    case 'F32':
      return new Float32Array(copy.buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(copy.buffer), fromFloat16Bits);
    case 'BF16':
      return Float32Array.from(new Uint16Array(copy.buffer), fromBfloat16Bits);
    case 'U8':
    case 'BOOL':
      return copy;
    case 'I32':
      return new Int32Array(copy.buffer);
    case 'I64':
      return new BigInt64Array(copy.buffer);
    default:
      throw new SafetensorsError(`has dtype ${entry.dtype}, which this reader does not support.`, entry.name);
  }
}

/** One tensor to write. F16 and BF16 are rounded from the float32 values to nearest even. */
export type SafetensorsTensor = { name: string; shape: readonly number[] } & (
  | { dtype: 'F32' | 'F16' | 'BF16'; values: Float32Array }
  | { dtype: 'U8'; values: Uint8Array }
);

export interface SafetensorsWriteOptions {
  /** Free text pairs stored as "__metadata__". */
  metadata?: Readonly<Record<string, string>>;
  /** Tensor order in the file: as given (default) or by name. */
  order?: 'given' | 'sorted';
}

/** A file whose header stands and whose tensors are zeros still. */
export interface EmptySafetensors {
  file: Uint8Array<ArrayBuffer>;
  /** Of each tensor, in the order given: the bytes [begin, end) of the file that are its data. */
  places: readonly (readonly [begin: number, end: number])[];
}

/**
 * Length, header and padding of a file whose data starts on 8 bytes, and where each tensor's data lies in it. Throws SafetensorsError for
 * duplicate names.
 */
export function headerOf(
  tensors: readonly { name: string; dtype: SafetensorsDtype; shape: readonly number[] }[],
  metadata?: Readonly<Record<string, string>>,
): { head: Uint8Array<ArrayBuffer>; places: EmptySafetensors['places']; end: number } {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  const offsets: [number, number][] = [];
  let offset = 0;
  for (const { name, shape, dtype } of tensors) {
    if (name === '__metadata__' || Object.hasOwn(header, name)) throw new SafetensorsError('name used twice.', name);
    const end = offset + shape.reduce((product, extent) => product * extent, 1) * BYTES[dtype];
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offsets.push([offset, end]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const start = 8 + headerLength;
  const head = new Uint8Array(start).fill(0x20, 8);
  new DataView(head.buffer).setUint32(0, headerLength, true);
  head.set(json, 8);
  return { head, places: offsets.map(([begin, end]) => [start + begin, start + end]), end: start + offset };
}

/** A file to fill in. Throws SafetensorsError for duplicate names, RangeError where there is no memory for it. */
export function emptySafetensors(
  tensors: readonly Pick<SafetensorsTensor, 'name' | 'shape' | 'dtype'>[],
  metadata?: Readonly<Record<string, string>>,
): EmptySafetensors {
  const { head, places, end } = headerOf(tensors, metadata);
  const file = new Uint8Array(end);
  file.set(head);
  return { file, places };
}

/**
 * The pieces of a safetensors file, one after the other: the header, then each tensor's bytes, which of float32 are the values themselves, not copies.
 * Throws SafetensorsError for duplicate names and for values that do not fit their shape.
 */
export function safetensorsPieces(
  tensors: readonly SafetensorsTensor[],
  options: SafetensorsWriteOptions = {},
): Uint8Array[] {
  const byName = (a: SafetensorsTensor, b: SafetensorsTensor) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const ordered = options.order === 'sorted' ? tensors.toSorted(byName) : tensors;
  for (const { name, shape, values } of ordered) {
    if (shape.reduce((product, extent) => product * extent, 1) === values.length) continue;
    throw new SafetensorsError(`shape [${shape.join(', ')}] does not fit ${values.length} values.`, name);
  }
  return [headerOf(ordered, options.metadata).head, ...ordered.map(encode)];
}

/** The same as one file in memory. Throws as `safetensorsPieces`, and RangeError where there is no memory for it. */
export function writeSafetensors(
  tensors: readonly SafetensorsTensor[],
  options: SafetensorsWriteOptions = {},
): Uint8Array<ArrayBuffer> {
  const pieces = safetensorsPieces(tensors, options);
  const file = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

function encode(tensor: SafetensorsTensor): Uint8Array {
  if (tensor.dtype === 'U8') return tensor.values;
  const toBits = tensor.dtype === 'BF16' ? toBfloat16Bits : toFloat16Bits;
  const values = tensor.dtype === 'F32' ? tensor.values : Uint16Array.from(tensor.values, toBits);
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
