// The directory of an untrusted ZIP file, ZIP64 included, read by range: nothing but the directory is held. Where an entry's bytes lie is said
// here; unpacking and checksums are the reader's matter, for a stored entry may be larger than memory and is read in ranges.
import { type ByteSource, FileError } from './byteSource';
import { quote } from './quote';

export interface ZipEntry {
  readonly name: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** Bytes in the file. */
  readonly packedSize: number;
  readonly method: number;
  readonly isEncrypted: boolean;
  /** CRC-32 of the unpacked bytes, as the directory says. */
  readonly crc: number;
}

export const STORED = 0;
export const DEFLATED = 8;

export interface ZipDirectory {
  /** In the order of the directory. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /**
   * The bytes [begin, end) of the file that are the entry's, packed as they are; its local header is checked against the directory. Throws
   * FileError for an entry that is not there, encrypted, packed by none of the `methods` (stored alone), or not what the directory says.
   */
  locate(name: string, methods?: readonly number[]): Promise<{ begin: number; end: number }>;
}

interface DirectoryEntry extends ZipEntry {
  readonly hasDescriptor: boolean;
  /** Its name as the file has it. */
  readonly rawName: Uint8Array;
  readonly offset: number;
  /** Where whatever comes after it begins. */
  limit: number;
}

const MOST_ENTRIES = 200_000;
const MOST_DIRECTORY_BYTES = 64 * 1024 * 1024;
const END_BYTES = 22;
const END64_BYTES = 56;
const LOCATOR_BYTES = 20;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const LONGEST_COMMENT = 0xffff;
const [END, END64, LOCATOR, ENTRY, LOCAL] = [0x06054b50, 0x06064b50, 0x07064b50, 0x02014b50, 0x04034b50];
const [IN_64_SHORT, IN_64] = [0xffff, 0xffffffff];
const ZIP64_FIELD = 1;
/** Encrypted, strongly encrypted, with a masked header. */
const ENCRYPTED = 0x2041;

/**
 * Read a ZIP's directory. Throws FileError for a file that is none or is cut, one of several parts, more than 200 000 entries, names used
 * twice, and entries that overlap or are not inside the file.
 */
export async function readZipDirectory(source: ByteSource): Promise<ZipDirectory> {
  const end = await findEnd(source);
  const { name: file } = source;
  if (end.count > MOST_ENTRIES || end.bytes > MOST_DIRECTORY_BYTES || end.count * ENTRY_BYTES > end.bytes)
    throw new FileError(file, `its ZIP directory claims ${end.count} entries in ${end.bytes} bytes, which cannot be.`);
  if (end.offset + end.bytes !== end.at)
    throw new FileError(file, 'its ZIP directory is not where the end of the file says. Is something missing?');
  const bytes = await source.read(end.offset, end.at);
  const entries = parseEntries(file, bytes, end.count);
  checkPlaces(file, entries, end.offset);
  const byName = new Map<string, DirectoryEntry>();
  for (const entry of entries) {
    if (byName.has(entry.name)) throw new FileError(file, 'is twice in the ZIP.', `entry ${quote(entry.name)}`);
    byName.set(entry.name, entry);
  }
  return {
    entries: byName,
    async locate(name, methods = [STORED]) {
      const entry = byName.get(name);
      if (!entry) throw new FileError(file, 'is not in the ZIP. Is the file complete?', `entry ${quote(name)}`);
      return locateEntry(source, entry, methods);
    },
  };
}

interface DirectoryEnd {
  count: number;
  bytes: number;
  offset: number;
  /** Where the directory ends. */
  at: number;
}

async function findEnd(source: ByteSource): Promise<DirectoryEnd> {
  const { name: file, size } = source;
  const tailAt = Math.max(0, size - END_BYTES - LONGEST_COMMENT - LOCATOR_BYTES);
  const tail = await source.read(tailAt, size);
  const view = new DataView(tail.buffer);
  let at = tail.length - END_BYTES;
  while (
    at >= 0 &&
    !(view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) === tail.length)
  )
    at--;
  if (at < 0) throw new FileError(file, 'is no zip file, or its end is missing. Save or fetch it again.');
  const [count, bytes, offset] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ];
  const isOnePart = view.getUint32(at + 4, true) === 0 && view.getUint16(at + 8, true) === count;
  const short = { count, bytes, offset, at: tailAt + at };
  const locatorAt = at - LOCATOR_BYTES;
  if (locatorAt >= 0 && view.getUint32(locatorAt, true) === LOCATOR) {
    return readEnd64(source, view.getBigUint64(locatorAt + 8, true), tailAt + locatorAt, short);
  }
  if (!isOnePart) throw new FileError(file, 'is one part of a ZIP in several parts, which is not supported.');
  return short;
}

async function readEnd64(source: ByteSource, claimed: bigint, locatorAt: number, short: DirectoryEnd) {
  const { name: file } = source;
  const at = Number(claimed);
  if (at + END64_BYTES > locatorAt)
    throw new FileError(file, 'its ZIP64 end record is outside the file. Fetch it again.');
  const record = await source.read(at, at + END64_BYTES);
  const view = new DataView(record.buffer);
  const whole = (place: number) => safeNumber(file, view.getBigUint64(place, true));
  if (view.getUint32(0, true) !== END64 || at + 12 + whole(4) !== locatorAt)
    throw new FileError(file, 'its ZIP64 end record is damaged. Fetch it again.');
  const end = { count: whole(32), bytes: whole(40), offset: whole(48), at };
  if (view.getUint32(16, true) !== 0 || view.getUint32(20, true) !== 0 || whole(24) !== end.count)
    throw new FileError(file, 'is one part of a ZIP in several parts, which is not supported.');
  const agrees =
    (short.count === IN_64_SHORT || short.count === end.count) &&
    (short.bytes === IN_64 || short.bytes === end.bytes) &&
    (short.offset === IN_64 || short.offset === end.offset);
  if (!agrees) throw new FileError(file, 'its two ZIP end records contradict each other.');
  return end;
}

function safeNumber(file: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new FileError(file, `its ZIP directory holds the number ${value}.`);
  return Number(value);
}

function parseEntries(file: string, bytes: Uint8Array<ArrayBuffer>, count: number): DirectoryEntry[] {
  const view = new DataView(bytes.buffer);
  const entries: DirectoryEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const isEntry = at + ENTRY_BYTES <= bytes.length && view.getUint32(at, true) === ENTRY;
    const next = isEntry
      ? at + ENTRY_BYTES + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
      : Number.POSITIVE_INFINITY;
    if (next > bytes.length)
      throw new FileError(file, `entry ${i + 1} of its ZIP directory is damaged. Fetch it again.`);
    entries.push(parseEntry(file, bytes.subarray(at, next)));
    at = next;
  }
  if (at !== bytes.length) throw new FileError(file, 'its ZIP directory holds more than its entries.');
  return entries;
}

function parseEntry(file: string, bytes: Uint8Array): DirectoryEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint16(8, true);
  const nameEnd = ENTRY_BYTES + view.getUint16(28, true);
  const rawName = bytes.subarray(ENTRY_BYTES, nameEnd);
  const name = decodeName(file, rawName);
  const short = [view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)];
  const wide = zip64Values(bytes.subarray(nameEnd, nameEnd + view.getUint16(30, true)));
  const [size, packedSize, offset] = short.map((value) => {
    if (value !== IN_64) return value;
    const found = wide.shift();
    if (found === undefined) throw new FileError(file, 'lacks its ZIP64 sizes.', `entry ${quote(name)}`);
    return safeNumber(file, found);
  }) as [number, number, number];
  return {
    ...{ name, rawName, size, packedSize, offset },
    method: view.getUint16(10, true),
    crc: view.getUint32(16, true),
    isEncrypted: (flags & ENCRYPTED) !== 0,
    hasDescriptor: (flags & 8) !== 0,
    limit: 0,
  };
}

function decodeName(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError(file, 'a name in its ZIP directory is no UTF-8.');
  }
}

/** The numbers of the ZIP64 field among extra fields, none when there is no such field. */
function zip64Values(extra: Uint8Array): bigint[] {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    const end = at + 4 + length;
    if (view.getUint16(at, true) === ZIP64_FIELD && end <= extra.length) {
      const count = Math.min(3, Math.floor(length / 8));
      return Array.from({ length: count }, (_, i) => view.getBigUint64(at + 4 + i * 8, true));
    }
    at = end;
  }
  return [];
}

/** No entry may reach into another or into the directory; sets each one's `limit`. */
function checkPlaces(file: string, entries: readonly DirectoryEntry[], directoryAt: number): void {
  const inOrder = entries.toSorted((a, b) => a.offset - b.offset);
  for (const [i, entry] of inOrder.entries()) {
    const next = inOrder[i + 1];
    entry.limit = Math.min(next?.offset ?? directoryAt, directoryAt);
    if (entry.offset + LOCAL_BYTES + entry.rawName.length + entry.packedSize > entry.limit) {
      const what = next && next.offset < directoryAt ? `overlaps ${quote(next.name)}` : 'runs into the directory';
      throw new FileError(file, `${what}: the ZIP is damaged.`, `entry ${quote(entry.name)}`);
    }
  }
}

async function locateEntry(
  source: ByteSource,
  entry: DirectoryEntry,
  methods: readonly number[],
): Promise<{ begin: number; end: number }> {
  const refuse = (problem: string) => new FileError(source.name, problem, `entry ${quote(entry.name)}`);
  if (entry.isEncrypted) throw refuse('is encrypted, which is not supported.');
  if (!methods.includes(entry.method))
    throw refuse(
      `is compressed (method ${entry.method}); only stored entries can be read by range. Repack it with zip -0.`,
    );
  if (entry.method === STORED && entry.size !== entry.packedSize)
    throw refuse('is stored, yet has two sizes: the ZIP is damaged.');
  const nameAt = entry.offset + LOCAL_BYTES;
  const header = await source.read(entry.offset, nameAt + entry.rawName.length);
  const view = new DataView(header.buffer);
  const nameFits =
    view.getUint16(26, true) === entry.rawName.length &&
    entry.rawName.every((byte, i) => header[LOCAL_BYTES + i] === byte);
  if (view.getUint32(0, true) !== LOCAL || !nameFits || view.getUint16(8, true) !== entry.method)
    throw refuse('its local header is not that of the directory: the ZIP is damaged.');
  const extraAt = nameAt + entry.rawName.length;
  const begin = extraAt + view.getUint16(28, true);
  const end = begin + entry.packedSize;
  if (end > entry.limit) throw refuse('runs into what comes after it: the ZIP is damaged.');
  let sizes = [view.getUint32(22, true), view.getUint32(18, true)]; // unpacked, packed
  if (sizes.includes(IN_64)) {
    const wide = zip64Values(await source.read(extraAt, begin));
    sizes = sizes.map((size) => (size === IN_64 ? Number(wide.shift() ?? -1n) : size));
  }
  // With a descriptor after the data the sizes of the local header may be left at 0.
  const said = [entry.size, entry.packedSize];
  if (!sizes.every((size, i) => size === said[i] || (entry.hasDescriptor && size === 0)))
    throw refuse('its two sizes in the ZIP contradict each other.');
  return { begin, end };
}
