// Reads Thrift's compact protocol with limits, so that nothing in a Parquet file's headers can make the real reader allocate or recurse without
// bound: depth, list lengths and integers are checked against the bytes that are there. Only what Parquet uses.

export type ThriftValue = number | bigint | boolean | Uint8Array | readonly ThriftValue[] | ThriftStruct;
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

/** The bytes are no such structure. The message says what is wrong, without the file. */
export class ThriftError extends Error {
  override readonly name = 'ThriftError';
}

const MAX_DEPTH = 12;

interface Cursor {
  readonly view: DataView;
  at: number;
}

function byteOf(cursor: Cursor): number {
  if (cursor.at >= cursor.view.byteLength) throw new ThriftError('a header ends too early');
  return cursor.view.getUint8(cursor.at++);
}

/** At most five bytes and below 2³², as the wire format says of 32-bit numbers. */
function varint(cursor: Cursor): number {
  let result = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = byteOf(cursor);
    result += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      if (result > 0xffffffff) break;
      return result;
    }
  }
  throw new ThriftError('a header holds a number that is too long');
}

function bigVarint(cursor: Cursor): bigint {
  let result = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = byteOf(cursor);
    result |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return result;
  }
  throw new ThriftError('a header holds a number that is too long');
}

const zigzag = (n: number): number => (n >>> 1) ^ -(n & 1);

function bytesOf(cursor: Cursor, length: number): Uint8Array {
  const { view, at } = cursor;
  if (length > view.byteLength - at) throw new ThriftError('a text in a header is longer than the header');
  cursor.at += length;
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

function list(cursor: Cursor, depth: number): ThriftValue[] {
  const head = byteOf(cursor);
  const type = head & 0x0f;
  const length = head >> 4 === 15 ? varint(cursor) : head >> 4;
  // Every element takes a byte at least.
  if (length > cursor.view.byteLength - cursor.at)
    throw new ThriftError('a list in a header is longer than the header');
  const isBoolean = type === 1 || type === 2;
  return Array.from({ length }, () => (isBoolean ? byteOf(cursor) === 1 : element(cursor, type, depth)));
}

function element(cursor: Cursor, type: number, depth: number): ThriftValue {
  switch (type) {
    case 1:
      return true;
    case 2:
      return false;
    case 3:
      return (byteOf(cursor) << 24) >> 24;
    case 4:
    case 5:
      return zigzag(varint(cursor));
    case 6: {
      const n = bigVarint(cursor);
      return (n >> 1n) ^ -(n & 1n);
    }
    case 7: {
      const { buffer, byteOffset } = bytesOf(cursor, 8);
      return new DataView(buffer, byteOffset).getFloat64(0, true);
    }
    case 8:
      return bytesOf(cursor, varint(cursor));
    case 9:
      return list(cursor, depth);
    case 12:
      return struct(cursor, depth + 1);
    default:
      throw new ThriftError(`a header holds a value of the unknown type ${type}`);
  }
}

function struct(cursor: Cursor, depth: number): ThriftStruct {
  if (depth > MAX_DEPTH) throw new ThriftError('a header is nested too deeply');
  const fields = new Map<number, ThriftValue>();
  let id = 0;
  for (;;) {
    const head = byteOf(cursor);
    const type = head & 0x0f;
    if (type === 0) return fields;
    id = head >> 4 ? id + (head >> 4) : zigzag(varint(cursor));
    fields.set(id, element(cursor, type, depth));
  }
}

/** The structure that begins the bytes, and where it ends. Throws ThriftError. Texts are views of `bytes`. */
export function readThrift(bytes: Uint8Array): { value: ThriftStruct; end: number } {
  const cursor = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
  const value = struct(cursor, 0);
  return { value, end: cursor.at };
}

/** A whole number field; null when it is absent or something else. */
export function wholeNumber(fields: ThriftStruct | undefined, id: number): number | null {
  const value = fields?.get(id);
  return typeof value === 'number' && Number.isInteger(value) ? value : null;
}

/** A structure field; undefined when it is absent or something else. */
export function structOf(fields: ThriftStruct, id: number): ThriftStruct | undefined {
  const value = fields.get(id);
  return value instanceof Map ? value : undefined;
}
