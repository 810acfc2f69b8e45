// Which entries of an untrusted zip file a bundle may have: names, number and unpacked sizes, all checked before a byte of an entry is read.
// Where they lie is files/zipDirectory.ts's matter, unpacking them zipEntry.ts's.
import { type ByteSource, FileError } from '../files/byteSource';
import { DEFLATED, readZipDirectory, STORED, type ZipDirectory, type ZipEntry } from '../files/zipDirectory';

export interface ZipCaps {
  entries: number;
  /** Unpacked bytes of one packed entry, and of all packed ones together. Stored ones are as long as the file says: they cannot swell. */
  entryBytes: number;
  totalBytes: number;
  /** Of an entry that is read, which is held whole. */
  heldBytes: number;
}

export const BUNDLE_CAPS: ZipCaps = {
  ...{ entries: 4096, entryBytes: 512 * 2 ** 20, totalBytes: 4 * 2 ** 30, heldBytes: 2 * 2 ** 30 },
};

/** Deflate makes at most 1032 bytes of one. */
const MOST_INFLATION = 1040;
const NAME = /^[\w-][\w.-]{0,99}(\/[\w-][\w.-]{0,99}){0,3}$/;

export interface BundleEntries {
  directory: ZipDirectory;
  /** Without folders. */
  entries: ReadonlyMap<string, ZipEntry>;
}

/** Throws FileError for what is no zip file, what no bundle has, and what passes the caps. */
export async function readBundleEntries(source: ByteSource, caps: ZipCaps = BUNDLE_CAPS): Promise<BundleEntries> {
  const fail = (problem: string, where: string | null = null): FileError => new FileError(source.name, problem, where);
  const directory = await readZipDirectory(source);
  const { size: count } = directory.entries;
  if (count > caps.entries) throw fail(`lists ${count} entries; ${caps.entries} are the most that are taken.`);
  const entries = new Map<string, ZipEntry>();
  const names = new Set<string>();
  let total = 0;
  for (const [name, entry] of directory.entries) {
    const isFolder = name.endsWith('/') && entry.size === 0;
    const plain = isFolder ? name.slice(0, -1) : name;
    if (!NAME.test(plain))
      throw fail('has an entry whose name no bundle has. Nothing was read.', `“${name.slice(0, 80)}”`);
    // Folders on other machines do not tell capitals apart.
    if (names.has(plain.toLowerCase())) throw fail('has two entries of this name.', `“${plain}”`);
    names.add(plain.toLowerCase());
    const problem = problemOf(entry, caps);
    if (problem) throw fail(problem, `“${name}”`);
    if (entry.method === DEFLATED) total += entry.size;
    if (total > caps.totalBytes) throw fail(`unpacks to more than ${caps.totalBytes} bytes: it is not opened.`);
    if (!isFolder) entries.set(name, entry);
  }
  return { directory, entries };
}

function problemOf({ method, size, packedSize, isEncrypted }: ZipEntry, caps: ZipCaps): string | null {
  if (isEncrypted) return 'is encrypted: save the bundle without a password.';
  if (method !== STORED && method !== DEFLATED)
    return `is packed by method ${method}; only stored and deflated entries are read.`;
  if (method === STORED) return null;
  if (size > caps.entryBytes) return `unpacks to ${size} bytes; ${caps.entryBytes} are the most that are taken.`;
  if (size > MOST_INFLATION * packedSize) return 'claims to unpack to more than deflate can: it is not opened.';
  return null;
}
