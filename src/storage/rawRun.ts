// What there is of a run that cannot be opened, as it lies in the storage: its record and its log's portions as JSON, its files byte by byte, in one zip.
// Nothing is checked and nothing is left out, so that somebody can mend it by hand.
import type { ByteSource } from '../core/files/byteSource';
import { STORED } from '../core/files/zipDirectory';
import { createZipWriter, type ZipPart } from '../core/files/zipWriter';
import type { Hold } from './hold';
import { beginningWith } from './runDatabase';
import { goneError } from './storageError';
import { pauses } from './world';

const GRAIN = 1 << 20;

/** Throws StorageError `gone` where there is nothing. */
export async function rawRun(hold: Hold, id: string): Promise<Blob> {
  const zip = createZipWriter();
  const pieces: Blob[] = [];
  for await (const part of partsOf(hold, id)) {
    // A Blob of its own for each piece: browsers may keep them on disk.
    for await (const bytes of zip.add(part)) pieces.push(new Blob([bytes]));
  }
  if (pieces.length === 0) throw goneError();
  return new Blob([...pieces, zip.end()], { type: 'application/zip' });
}

async function* partsOf(hold: Hold, id: string): AsyncGenerator<ZipPart> {
  const db = await hold.connect();
  const pause = pauses(hold.world);
  const modified = new Date(hold.world.now());
  const part = (name: string, size: number, chunks: ZipPart['chunks']): ZipPart => ({
    ...{ name, modified, size, packedSize: size, method: STORED, crc: null, chunks },
  });
  const json = (name: string, value: unknown): ZipPart => {
    const bytes = new TextEncoder().encode(JSON.stringify(value, written, 1));
    return part(name, bytes.length, [bytes]);
  };
  const record: unknown = await db.get('runs', id);
  if (record !== undefined) yield json('record.json', record);
  for (const key of await db.getAllKeys('chunks', beginningWith(id))) {
    yield json(`log/${key[1]}.json`, await db.get('chunks', key));
    await pause();
  }
  for (const name of await hold.shelves.names(id)) {
    const source = await anywhere(hold, id, name);
    if (source) yield part(`files/${name}`, source.size, rangesOf(source));
  }
}

/** Wherever it lies; null where it cannot be read. */
async function anywhere({ shelves }: Hold, run: string, name: string): Promise<ByteSource | null> {
  for (const place of ['files', 'database'] as const) {
    try {
      return await shelves.read(run, { name, place, bytes: 0, crc: 0 });
    } catch {
      // On the other shelf, or not at all.
    }
  }
  return null;
}

async function* rangesOf(source: ByteSource): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < source.size; at += GRAIN) yield await source.read(at, Math.min(at + GRAIN, source.size));
}

/** JSON has no typed arrays, and not all numbers. */
function written(_: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) };
  if (!ArrayBuffer.isView(value)) return value;
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return { array: value.constructor.name, base64: btoa(binary) };
}
