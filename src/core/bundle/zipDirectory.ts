// The directory of an untrusted zip file: what entries there are and where, all of it checked before a byte of an entry is read. No ZIP64, no
// encryption, no file in several parts: what a bundle needs and nothing more. Unpacking is zipEntry.ts's.
import { type ByteSource, FileError } from '../files/byteSource';

export interface ZipEntry {
  name: string;
  /** Deflated, or stored as it is. */
  isDeflated: boolean;
  crc: number;
  packedBytes: number;
  bytes: number;
  /** Where its local header lies, and where the next entry (or the directory) begins. */
  offset: number;
  limit: number;
}

export interface ZipCaps {
  entries: number;
  /** Unpacked bytes of one entry, and of all together. */
  entryBytes: number;
  totalBytes: number;
}

export const BUNDLE_CAPS: ZipCaps = { entries: 4096, entryBytes: 512 * 2 ** 20, totalBytes: 4 * 2 ** 30 };

const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const MAX_DIRECTORY = 4 << 20;
const ENTRY_BYTES = 46;
export const LOCAL_BYTES = 30;
/** Deflate makes at most 1032 bytes of one. */
const MOST_INFLATION = 1040;
const NAME = /^[\w-][\w.-]{0,99}(\/[\w-][\w.-]{0,99}){0,3}$/;

/** Throws FileError for what is no zip file, what this reader does not take, and what passes the caps. Folders are left out. */
export async function readZipDirectory(source: ByteSource, caps: ZipCaps = BUNDLE_CAPS): Promise<ZipEntry[]> {
  const fail = (problem: string, where: string | null = null): FileError => new FileError(source.name, problem, where);
  const end = await findEnd(source);
  const { count, offset, bytes } = end;
  if (count > caps.entries) throw fail(`lists ${count} entries; ${caps.entries} are the most that are taken.`);
  if (bytes > MAX_DIRECTORY || bytes < count * ENTRY_BYTES || offset + bytes !== end.at)
    throw fail('has a directory that does not lie right before its end: it is damaged, or larger than 4 GiB.');
  const directory = await source.read(offset, offset + bytes);
  const view = new DataView(directory.buffer);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  let total = 0;
  for (let n = 0; n < count; n++) {
    if (at + ENTRY_BYTES > bytes || view.getUint32(at, true) !== 0x02014b50) throw fail('has a damaged directory.');
    const lengths = [
      view.getUint16(at + 28, true),
      view.getUint16(at + 30, true),
      view.getUint16(at + 32, true),
    ] as const;
    const next = at + ENTRY_BYTES + lengths[0] + lengths[1] + lengths[2];
    if (next > bytes) throw fail('has a damaged directory.');
    const name = nameOf(directory.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + lengths[0]));
    const entry = { ...entryAt(view, at), name };
    const isFolder = name.endsWith('/') && entry.bytes === 0;
    const plain = isFolder ? name.slice(0, -1) : name;
    if (!NAME.test(plain))
      throw fail('has an entry whose name no bundle has. Nothing was read.', `“${name.slice(0, 80)}”`);
    if (names.has(plain.toLowerCase())) throw fail('has two entries of this name.', `“${plain}”`);
    names.add(plain.toLowerCase());
    const problem = problemOf(view, at, entry, caps);
    if (problem) throw fail(problem, `“${name}”`);
    total += entry.bytes;
    if (total > caps.totalBytes) throw fail(`unpacks to more than ${caps.totalBytes} bytes: it is not opened.`);
    entries.push({ ...entry, limit: offset });
    at = next;
  }
  if (at !== bytes) throw fail('has a damaged directory.');
  setLimits(source.name, entries);
  return entries.filter(({ name }) => !name.endsWith('/'));
}

async function findEnd(source: ByteSource): Promise<{ at: number; count: number; offset: number; bytes: number }> {
  const from = Math.max(0, source.size - END_BYTES - MAX_COMMENT);
  const tail = await source.read(from, source.size);
  const view = new DataView(tail.buffer);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) !== tail.length) continue;
    const [disk, first, here, count] = [4, 6, 8, 10].map((field) => view.getUint16(at + field, true));
    const [bytes, offset] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    if (disk !== 0 || first !== 0 || here !== count)
      throw new FileError(source.name, 'is one part of a zip file in several: choose the whole one.');
    return { at: from + at, count: count!, offset, bytes };
  }
  throw new FileError(
    source.name,
    'is no zip file, or its end is missing. Choose a run bundle (.zip) that was saved by the studio.',
  );
}

function entryAt(view: DataView, at: number): Omit<ZipEntry, 'name' | 'limit'> {
  return {
    isDeflated: view.getUint16(at + 10, true) === 8,
    crc: view.getUint32(at + 16, true),
    packedBytes: view.getUint32(at + 20, true),
    bytes: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
  };
}

/** Bytes beyond ASCII become U+FFFD, which no name has. */
const nameOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : '\ufffd')).join('');

const ENCRYPTED = 0x2041;

function problemOf(view: DataView, at: number, entry: Omit<ZipEntry, 'limit'>, caps: ZipCaps): string | null {
  const method = view.getUint16(at + 10, true);
  const { packedBytes, bytes, isDeflated } = entry;
  if (view.getUint16(at + 8, true) & ENCRYPTED) return 'is encrypted: save the bundle without a password.';
  if (method !== 0 && method !== 8) return `is packed by method ${method}; only stored and deflated entries are read.`;
  if (bytes === 0xffffffff || packedBytes === 0xffffffff) return 'is larger than 4 GiB (ZIP64), which is not read.';
  if (bytes > caps.entryBytes) return `unpacks to ${bytes} bytes; ${caps.entryBytes} are the most that are taken.`;
  if (!isDeflated && bytes !== packedBytes) return 'is stored, but has two sizes.';
  if (bytes > MOST_INFLATION * packedBytes) return 'claims to unpack to more than deflate can: it is not opened.';
  return null;
}

/** Entries must not overlap: overlapping ones are how small files unpack to huge ones. */
function setLimits(file: string, entries: ZipEntry[]): void {
  const ordered = entries.toSorted((a, b) => a.offset - b.offset);
  ordered.forEach((entry, i) => {
    const next = ordered[i + 1];
    if (next) entry.limit = next.offset;
    if (entry.offset + LOCAL_BYTES + entry.name.length + entry.packedBytes > entry.limit)
      throw new FileError(file, 'overlaps another entry, or runs past the end.', `“${entry.name}”`);
  });
}
