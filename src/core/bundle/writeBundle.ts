// Writes a bundle as one zip file, a part at a time: numbers are stored, text is deflated. A part that repeats an earlier one is written once. The manifest,
// with every part's size and hash, comes last. What the parts of a run are: runParts.ts.
import { Deflate } from 'fflate';
import { crc32 } from '../files/crc32';
import { DEFLATED, STORED } from '../files/zipDirectory';
import { createZipWriter, type ZipWriterOptions } from '../files/zipWriter';
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
  /** The pieces of the file. Asked for once, when its turn comes. */
  make(): Pieces | Promise<Pieces>;
}

export type Pieces = readonly Uint8Array[];

export interface BundleAbout {
  name: string;
  madeAt: Date;
  leftOut: readonly LeftOut[];
}

const encoder = new TextEncoder();
export const textPart = (path: string, contentType: string, make: () => string): BundlePart => ({
  ...{ path, contentType, isPacked: true },
  make: () => [encoder.encode(make())],
});

/** The zip file's bytes in order. Rejects with whatever a part rejects with. */
export async function* writeBundle(
  parts: readonly BundlePart[],
  { name, madeAt, leftOut }: BundleAbout,
  options: ZipWriterOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const zip = createZipWriter(options);
  const files: BundleFile[] = [];
  const add = async function* ({ path, contentType, isPacked, make }: BundlePart) {
    const pieces = await make();
    const size = lengthOf(pieces);
    const sha256 = sha256Of(pieces);
    const file: BundleFile = { path, bytes: size, sha256, contentType };
    const first = size === 0 ? undefined : files.find((one) => one.bytes === size && one.sha256 === sha256);
    if (first) {
      files.push({ ...file, at: first.at ?? first.path });
      return;
    }
    files.push(file);
    const chunks = isPacked ? deflated(pieces) : pieces;
    const packedSize = lengthOf(chunks);
    const crc = pieces.reduce((before, piece) => crc32(piece, before), 0);
    const method = isPacked ? DEFLATED : STORED;
    yield* zip.add({ name: path, modified: madeAt, size, packedSize, method, crc, chunks });
  };
  for (const part of parts) yield* add(part);
  const manifest: BundleManifest = {
    ...{ format: BUNDLE_FORMAT, version: BUNDLE_VERSION, madeAt: madeAt.toISOString(), app: APP, name },
    ...{ files: [...files], leftOut: [...leftOut] },
  };
  yield* add(textPart(MANIFEST, 'application/json', () => `${JSON.stringify(manifest, null, 2)}\n`));
  yield zip.end();
}

function sha256Of(pieces: Pieces): string {
  const hash = createSha256();
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

const lengthOf = (pieces: Pieces): number => pieces.reduce((sum, { length }) => sum + length, 0);

/** What is worth packing is small when it is packed: it is held until its size is known. */
function deflated(pieces: Pieces): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const deflate = new Deflate({ level: 6 }, (chunk) => {
    chunks.push(chunk);
  });
  for (const piece of pieces) deflate.push(piece);
  deflate.push(new Uint8Array(0), true);
  return chunks;
}
