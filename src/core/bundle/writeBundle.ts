// Writes a bundle as one zip file, a part at a time: numbers are stored, text is deflated. The manifest, with every part's size and hash, comes last.
// What the parts of a run are: runParts.ts.
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { FileError } from '../files/byteSource';
import { createSha256 } from '../sha256';
import {
  APP,
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type BundleFile,
  type BundleManifest,
  type LeftOut,
  MANIFEST,
} from './manifest';

export interface BundlePart {
  path: string;
  contentType: string;
  /** Worth packing: text, and arrays of many zeros. */
  isPacked: boolean;
  /** Asked for once, when its turn comes. */
  chunks(): AsyncIterable<Uint8Array>;
}

export interface BundleAbout {
  name: string;
  madeAt: Date;
  leftOut: readonly LeftOut[];
}

/** A part that is made whole, when its turn comes. */
export const wholePart = (
  { path, contentType, isPacked }: Omit<BundlePart, 'chunks'>,
  make: () => Uint8Array | Promise<Uint8Array>,
): BundlePart => ({
  ...{ path, contentType, isPacked },
  async *chunks() {
    yield await make();
  },
});

const encoder = new TextEncoder();
export const textPart = (path: string, contentType: string, make: () => string): BundlePart =>
  wholePart({ path, contentType, isPacked: true }, () => encoder.encode(make()));

const LARGEST = 0xffffffff;

/**
 * The zip file's bytes in order. Rejects with FileError when the bundle would be larger than 4 GiB, which zip files without ZIP64 cannot be, and with
 * whatever a part rejects with.
 */
export async function* writeBundle(
  parts: readonly BundlePart[],
  { name, madeAt, leftOut }: BundleAbout,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let ready: Uint8Array<ArrayBuffer>[] = [];
  let written = 0;
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    if (chunk.length > 0) ready.push(chunk);
  });
  function* flush(): Generator<Uint8Array<ArrayBuffer>> {
    const some = ready;
    ready = [];
    for (const chunk of some) {
      written += chunk.length;
      if (written > LARGEST)
        throw new FileError(
          name,
          'would be a bundle of more than 4 GiB. Save the checkpoint and the masks by themselves.',
        );
      yield chunk;
    }
  }
  const files: BundleFile[] = [];
  const add = async function* ({ path, contentType, isPacked, chunks }: BundlePart) {
    const entry = isPacked ? new ZipDeflate(path, { level: 6 }) : new ZipPassThrough(path);
    entry.mtime = madeAt;
    zip.add(entry);
    const hash = createSha256();
    let bytes = 0;
    for await (const chunk of chunks()) {
      hash.update(chunk);
      bytes += chunk.length;
      entry.push(ownBuffer(chunk));
      yield* flush();
    }
    entry.push(new Uint8Array(0), true);
    yield* flush();
    files.push({ path, bytes, sha256: hash.digest(), contentType });
  };
  for (const part of parts) yield* add(part);
  const manifest: BundleManifest = {
    ...{ format: BUNDLE_FORMAT, version: BUNDLE_VERSION, madeAt: madeAt.toISOString(), app: APP, name },
    ...{ files: [...files], leftOut: [...leftOut] },
  };
  yield* add(textPart(MANIFEST, 'application/json', () => `${JSON.stringify(manifest, null, 2)}\n`));
  zip.end();
  yield* flush();
}

/** Bytes over shared memory (WASM's with threads) are copied: what a file is made of must not change. */
const ownBuffer = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
