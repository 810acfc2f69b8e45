// Several files out of the page: as one zip (stored, not packed: weights hardly shrink), or into a folder that the person picks.
import { STORED } from '../core/files/zipDirectory';
import { createZipWriter } from '../core/files/zipWriter';

export interface SavedFile {
  name: string;
  blob: Blob;
}

export interface SaveWatch {
  /** Bytes written so far. */
  onBytes(bytes: number): void;
  signal: AbortSignal;
}

/** A Blob of its own for about so many bytes, which browsers may keep on disk. */
const BLOB_BYTES = 32 << 20;
const READ_BYTES = 4 << 20;

export const bytesOf = (files: readonly SavedFile[]): number => files.reduce((sum, { blob }) => sum + blob.size, 0);

/** One zip with the files in a folder. Throws the signal's reason when it is aborted. */
export async function zipOf(
  files: readonly SavedFile[],
  folder: string,
  { onBytes, signal }: SaveWatch,
): Promise<Blob> {
  const blobs: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let held = 0;
  let written = 0;
  const take = (chunk: Uint8Array<ArrayBuffer>): void => {
    parts.push(chunk);
    held += chunk.length;
    if (held >= BLOB_BYTES) flush();
  };
  const flush = (): void => {
    blobs.push(new Blob(parts));
    parts = [];
    held = 0;
  };
  async function* chunksOf(blob: Blob): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < blob.size; at += READ_BYTES) {
      signal.throwIfAborted();
      const bytes = new Uint8Array(await blob.slice(at, at + READ_BYTES).arrayBuffer());
      yield bytes;
      written += bytes.length;
      onBytes(written);
    }
  }
  const zip = createZipWriter();
  const modified = new Date();
  for (const { name, blob } of files) {
    const { size } = blob;
    const part = { name: `${folder}/${name}`, modified, size, packedSize: size, method: STORED, crc: null } as const;
    for await (const chunk of zip.add({ ...part, chunks: chunksOf(blob) })) take(chunk);
  }
  take(zip.end());
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
