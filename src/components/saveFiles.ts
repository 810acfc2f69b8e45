// Several files out of the page: as one zip (stored, not packed: weights hardly shrink), or into a folder that the person picks.
import { Zip, ZipPassThrough } from 'fflate';

export interface SavedFile {
  name: string;
  blob: Blob;
}

export interface SaveWatch {
  /** Bytes written so far. */
  onBytes(bytes: number): void;
  signal: AbortSignal;
}

/** Zip files without ZIP64 are smaller. */
const MOST_ZIP_BYTES = 0xffffffff - (1 << 20);
/** A Blob of its own for about so many bytes, which browsers may keep on disk. */
const BLOB_BYTES = 32 << 20;
const READ_BYTES = 4 << 20;

export const bytesOf = (files: readonly SavedFile[]): number => files.reduce((sum, { blob }) => sum + blob.size, 0);

export const fitsZip = (files: readonly SavedFile[]): boolean => bytesOf(files) <= MOST_ZIP_BYTES;

/** One zip with the files in a folder. Throws Error for more than 4 GiB, the signal's reason when it is aborted. */
export async function zipOf(
  files: readonly SavedFile[],
  folder: string,
  { onBytes, signal }: SaveWatch,
): Promise<Blob> {
  if (!fitsZip(files)) throw new Error('A zip file holds at most 4 GiB here. Save into a folder instead.');
  const blobs: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let held = 0;
  let failure: Error | null = null;
  const zip = new Zip((error, chunk) => {
    failure ??= error;
    parts.push(chunk as Uint8Array<ArrayBuffer>);
    held += chunk.length;
  });
  const flush = (): void => {
    blobs.push(new Blob(parts));
    parts = [];
    held = 0;
  };
  let written = 0;
  for (const { name, blob } of files) {
    const entry = new ZipPassThrough(`${folder}/${name}`);
    zip.add(entry);
    for (let at = 0; at < blob.size; at += READ_BYTES) {
      signal.throwIfAborted();
      const bytes = new Uint8Array(await blob.slice(at, at + READ_BYTES).arrayBuffer());
      entry.push(bytes, at + bytes.length >= blob.size);
      written += bytes.length;
      onBytes(written);
      if (failure) throw failure;
      if (held >= BLOB_BYTES) flush();
    }
    if (blob.size === 0) entry.push(new Uint8Array(0), true);
  }
  zip.end();
  if (failure) throw failure;
  flush();
  return new Blob(blobs, { type: 'application/zip' });
}

/** The part of the File System Access API that is used; not every browser has it. */
export interface PickedFolder {
  name: string;
  getFileHandle(name: string, options: { create: boolean }): Promise<{ createWritable(): Promise<WritableStream> }>;
}

interface FolderPicker {
  showDirectoryPicker(options: { mode: 'readwrite'; id: string }): Promise<PickedFolder>;
}

const hasPicker = (here: object): here is FolderPicker => 'showDirectoryPicker' in here;

export const canPickFolder = (): boolean => hasPicker(window);

/** Null when the person closes the dialog. Must be called from a click. */
export async function pickFolder(): Promise<PickedFolder | null> {
  if (!hasPicker(window)) return null;
  try {
    return await window.showDirectoryPicker({ mode: 'readwrite', id: 'allo-model' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}

/** Writes the files into the folder, over those of the same name. A file is there whole or not at all. */
export async function saveInto(
  folder: PickedFolder,
  files: readonly SavedFile[],
  { onBytes, signal }: SaveWatch,
): Promise<void> {
  let written = 0;
  for (const { name, blob } of files) {
    const handle = await folder.getFileHandle(name, { create: true });
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        written += chunk.length;
        onBytes(written);
        controller.enqueue(chunk);
      },
    });
    await blob
      .stream()
      .pipeThrough(counted)
      .pipeTo(await handle.createWritable(), { signal });
  }
}
