// Opens an untrusted bundle: zip directory and manifest at once, its parts when they are asked for, each checked against the manifest's size and hash.
// What the parts mean: readRun.ts.
import { type ByteSource, FileError } from '../files/byteSource';
import type { ZipEntry } from '../files/zipDirectory';
import { sha256 } from '../sha256';
import { BUNDLE_CAPS, readBundleEntries, type ZipCaps } from './bundleEntries';
import { type BundleFile, type BundleManifest, MANIFEST, parseManifest } from './manifest';
import { readZipEntry } from './zipEntry';

export interface Bundle {
  /** The file's name. */
  readonly file: string;
  readonly manifest: BundleManifest;
  /** Parts that the manifest lists and the file lacks. */
  readonly missing: readonly string[];
  /** Entries of the file that the manifest does not list; never read. */
  readonly unlisted: readonly string[];
  has(path: string): boolean;
  /** A part, unpacked. Throws FileError when it is missing, damaged, or not what the manifest says. */
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
}

const MAX_MANIFEST = 4 << 20;

/** Throws FileError for what is no run bundle, for one of a later version, and for one whose directory is not to be trusted. */
export async function openBundle(source: ByteSource, caps: ZipCaps = BUNDLE_CAPS): Promise<Bundle> {
  const { directory, entries } = await readBundleEntries(source, caps);
  const own = entries.get(MANIFEST);
  if (!own) throw new FileError(source.name, `has no ${MANIFEST}: it is a zip file, but no run bundle.`);
  if (own.size > MAX_MANIFEST) throw new FileError(source.name, `has ${own.size} bytes, which is too many.`, MANIFEST);
  const manifest = parseManifest(new TextDecoder().decode(await readZipEntry(source, directory, own)));
  if ('problem' in manifest) throw new FileError(source.name, manifest.problem, MANIFEST);
  const listed = new Map<string, BundleFile>();
  for (const file of manifest.files) {
    if (listed.has(file.path)) throw new FileError(source.name, `lists “${file.path}” twice.`, MANIFEST);
    listed.set(file.path, file);
  }
  /** Of a file that repeats another one, that one's. */
  const entryOf = ({ path, at }: BundleFile): ZipEntry | undefined => entries.get(at ?? path);
  for (const { path, at } of manifest.files) {
    if (at !== undefined && (!listed.has(at) || listed.get(at)?.at !== undefined || entries.has(path)))
      throw new FileError(source.name, `“${path}” is said to repeat “${at}”, which cannot be.`, MANIFEST);
  }
  return {
    file: source.name,
    manifest,
    missing: manifest.files.flatMap((file) => (entryOf(file) ? [] : [file.path])),
    unlisted: [...entries.keys()].filter((path) => path !== MANIFEST && !listed.has(path)),
    has(path) {
      const file = listed.get(path);
      return file !== undefined && entryOf(file) !== undefined;
    },
    async read(path) {
      const file = listed.get(path);
      const entry = file && entryOf(file);
      if (!file || !entry) throw new FileError(source.name, 'is not in this bundle.', `“${path}”`);
      if (entry.size !== file.bytes)
        throw new FileError(source.name, `has ${entry.size} bytes, the manifest says ${file.bytes}.`, `“${path}”`);
      if (entry.size > caps.heldBytes)
        throw new FileError(
          source.name,
          `has ${entry.size} bytes; at most ${caps.heldBytes} are read. Unpack the bundle to use it.`,
          `“${path}”`,
        );
      const bytes = await readZipEntry(source, directory, entry);
      if (sha256(bytes) !== file.sha256)
        throw new FileError(source.name, 'is not what was saved: its SHA-256 is another one.', `“${path}”`);
      return bytes;
    },
  };
}
