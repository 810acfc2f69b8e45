// Writes a ZIP file in order, entry by entry, with ZIP64 records where a number needs them (APPNOTE 4.3, 4.5.3): no more than a chunk is held, however large the file.
// Packing is the caller's. The reader is zipDirectory.ts.
import { crc32 } from './crc32';
import type { DEFLATED, STORED } from './zipDirectory';

export interface ZipPart {
  name: string;
  modified: Date;
  /** Bytes, unpacked. */
  size: number;
  /** Bytes of all chunks together. */
  packedSize: number;
  method: typeof STORED | typeof DEFLATED;
  /** CRC-32 of the unpacked bytes; null where only reading tells it (stored entries alone): it is then written behind them. */
  crc: number | null;
  /** As they are to be in the file. */
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface ZipWriter {
  /** The entry's bytes. Throws RangeError when the chunks are not as long as was said. */
  add(part: ZipPart): AsyncGenerator<Uint8Array<ArrayBuffer>>;
  /** The directory; nothing may come after it. */
  end(): Uint8Array<ArrayBuffer>;
}

export interface ZipWriterOptions {
  /** Numbers from here on go into ZIP64 records. Smaller in tests alone. */
  wideFrom?: number;
}

const [IN_64_SHORT, IN_64] = [0xffff, 0xffffffff];
const [END, END64, LOCATOR, ENTRY, LOCAL, DESCRIPTOR] = [
  ...[0x06054b50, 0x06064b50, 0x07064b50, 0x02014b50, 0x04034b50, 0x08074b50],
] as const;
const ZIP64_FIELD = 1;
/** Versions needed to extract: folders and deflate; ZIP64. */
const [PLAIN_VERSION, WIDE_VERSION] = [20, 45];
/** The name is UTF-8; sizes and checksum stand behind the data. */
const [UTF8, HAS_DESCRIPTOR] = [0x800, 8];

type Field = readonly [bytes: 2 | 4 | 8, value: number];

function record(fields: readonly Field[], ...rest: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const head = fields.reduce((sum, [bytes]) => sum + bytes, 0);
  const bytes = new Uint8Array(rest.reduce((sum, { length }) => sum + length, head));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  for (const part of rest) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Time and date of MS-DOS, as ZIP has them: local time, two seconds exact, from 1980 on. */
function dosTime(date: Date): Field[] {
  const year = Math.min(2107, Math.max(1980, date.getFullYear())) - 1980;
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  return [
    [2, time],
    [2, (year << 9) | ((date.getMonth() + 1) << 5) | date.getDate()],
  ];
}

/** The ZIP64 extra field of these numbers; nothing where there are none. */
const wideField = (values: readonly number[]): Uint8Array =>
  values.length === 0
    ? new Uint8Array(0)
    : record([[2, ZIP64_FIELD], [2, 8 * values.length], ...values.map((value): Field => [8, value])]);

/** Bytes over shared memory (WASM's with threads) are copied: what a file is made of must not change. */
const ownBuffer = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

export function createZipWriter({ wideFrom = IN_64 }: ZipWriterOptions = {}): ZipWriter {
  const isWide = (value: number): boolean => value >= wideFrom;
  const short = (value: number): number => (isWide(value) ? IN_64 : value);
  const directory: Uint8Array[] = [];
  let written = 0;

  async function* add({ name, modified, size, packedSize, method, crc, chunks }: ZipPart) {
    const text = new TextEncoder().encode(name);
    const offset = written;
    const isLarge = isWide(size) || isWide(packedSize);
    const flags = UTF8 | (crc === null ? HAS_DESCRIPTOR : 0);
    const shared = (version: number, checksum: number): Field[] => [
      ...([
        [2, version],
        [2, flags],
        [2, method],
      ] as const),
      ...dosTime(modified),
      [4, checksum],
    ];
    const put = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
      written += bytes.length;
      return bytes;
    };
    // What stands behind the data is 0 here.
    const [packedHere, sizeHere] = crc === null ? [0, 0] : [packedSize, size];
    const localWide = isLarge ? wideField([sizeHere, packedHere]) : new Uint8Array(0);
    const local: Field[] = [
      [4, LOCAL],
      ...shared(isLarge ? WIDE_VERSION : PLAIN_VERSION, crc ?? 0),
      [4, isLarge ? IN_64 : packedHere],
      [4, isLarge ? IN_64 : sizeHere],
      [2, text.length],
      [2, localWide.length],
    ];
    yield put(record(local, text, localWide));
    const begin = written;
    let found = 0;
    for await (const chunk of chunks) {
      if (crc === null) found = crc32(chunk, found);
      if (chunk.length > 0) yield put(ownBuffer(chunk));
    }
    if (written - begin !== packedSize)
      throw new RangeError(`${name} has ${written - begin} bytes, ${packedSize} were announced`);
    const checksum = crc ?? found;
    if (crc === null) {
      const width = isLarge ? 8 : 4;
      const descriptor: Field[] = [
        [4, DESCRIPTOR],
        [4, checksum],
        [width, packedSize],
        [width, size],
      ];
      yield put(record(descriptor));
    }
    const wide = wideField([size, packedSize, offset].filter(isWide));
    const entry: Field[] = [
      [4, ENTRY],
      [2, WIDE_VERSION],
      ...shared(wide.length > 0 || isLarge ? WIDE_VERSION : PLAIN_VERSION, checksum),
      ...([
        [4, short(packedSize)],
        [4, short(size)],
        [2, text.length],
        [2, wide.length],
      ] as const),
      // No comment, first disk, no attributes.
      ...([
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, short(offset)],
      ] as const),
    ];
    directory.push(record(entry, text, wide));
  }

  const end = (): Uint8Array<ArrayBuffer> => {
    const bytes = directory.reduce((sum, { length }) => sum + length, 0);
    const { length: count } = directory;
    const isCountWide = count >= Math.min(wideFrom, IN_64_SHORT);
    const isLarge = isCountWide || isWide(bytes) || isWide(written);
    const at = written + bytes;
    const wide: Field[] = [
      ...([
        [4, END64],
        [8, 44],
        [2, WIDE_VERSION],
        [2, WIDE_VERSION],
        [4, 0],
        [4, 0],
      ] as const),
      ...([
        [8, count],
        [8, count],
        [8, bytes],
        [8, written],
      ] as const),
      ...([
        [4, LOCATOR],
        [4, 0],
        [8, at],
        [4, 1],
      ] as const),
    ];
    const shown = isCountWide ? IN_64_SHORT : count;
    const last: Field[] = [
      [4, END],
      [2, 0],
      [2, 0],
      [2, shown],
      [2, shown],
      [4, short(bytes)],
      [4, short(written)],
      [2, 0],
    ];
    return record([], ...directory, ...(isLarge ? [record(wide)] : []), record(last));
  };

  return { add, end };
}
