// Arrays as files of the origin-private file system: a folder a run.
import { blobSource } from '../core/files/byteSource';
import type { Stretches } from '../core/stretches';
import type { ArrayShelf, Pieces } from './arrayShelf';
import { StorageError } from './storageError';
import type { FileHandle, Folder, SyncFile, World } from './world';

const TOP = 'allo-runs';
/** A file to ask what can be done with one. */
const PROBE = 'probe';

const isNotFound = (error: unknown): boolean => error instanceof Error && error.name === 'NotFoundError';

/** Null where the browser has such a file system and refuses it, as private windows do. */
export async function createFileShelf(root: NonNullable<World['root']>): Promise<ArrayShelf | null> {
  let top: Folder;
  let probe: FileHandle;
  try {
    top = await (await root()).getDirectoryHandle(TOP, { create: true });
    probe = await top.getFileHandle(PROBE, { create: true });
  } catch (error) {
    // Not refused: it may be there the next time, with the runs that lie in it.
    if (error instanceof StorageError) throw error;
    return null;
  }
  const canWrite = probe.createSyncAccessHandle !== undefined || probe.createWritable !== undefined;
  const folder = async (run: string): Promise<Folder | null> => {
    try {
      return await top.getDirectoryHandle(run);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  };
  const removing = async (from: Folder | null, name: string): Promise<void> => {
    try {
      await from?.removeEntry(name, { recursive: true });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };
  const listed = async (of: Folder | null): Promise<string[]> => {
    const names: string[] = [];
    if (of) for await (const name of of.keys()) if (name !== PROBE) names.push(name);
    return names;
  };
  return {
    write: canWrite
      ? async (run, name, pieces, stretches) => {
          const within = await stretches.away(top.getDirectoryHandle(run, { create: true }));
          const handle = await stretches.away(within.getFileHandle(name, { create: true }));
          await writeFile(handle, pieces, stretches);
        }
      : null,
    async read(run, name) {
      const handle = await (await top.getDirectoryHandle(run)).getFileHandle(name);
      return blobSource(name, await handle.getFile());
    },
    runs: () => listed(top),
    names: async (run) => listed(await folder(run)),
    remove: async (run, name) => removing(await folder(run), name),
    removeRun: (run) => removing(top, run),
  };
}

async function writeFile(handle: FileHandle, pieces: Pieces, stretches: Stretches): Promise<void> {
  if (handle.createSyncAccessHandle) {
    const file = await stretches.away(handle.createSyncAccessHandle());
    try {
      await writeSync(file, pieces);
    } finally {
      file.close();
    }
    return;
  }
  const file = await stretches.away(handle.createWritable!());
  try {
    for await (const piece of pieces) await stretches.away(file.write(piece));
  } catch (error) {
    await file.abort().catch(() => {});
    throw error;
  }
  await stretches.away(file.close());
}

/** Not flushed: that would stop the worker until the disk has all of it, and a file that a power cut has damaged is what the save before it is kept for. */
async function writeSync(file: SyncFile, pieces: Pieces): Promise<void> {
  let at = 0;
  for await (const piece of pieces) {
    if (file.write(piece, { at }) !== piece.length)
      throw new DOMException('only a part of it could be written', 'QuotaExceededError');
    at += piece.length;
  }
}
