// Files on disk as byte sources: opened once, read by range.
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ByteSource, checkRange, FileError } from '../core/files/byteSource';

export interface FileSource extends ByteSource {
  /** Gives the file back; nothing can be read afterwards. */
  close(): Promise<void>;
}

export interface FileSources {
  readonly sources: readonly FileSource[];
  close(): Promise<void>;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Throws FileError for a path that is not there, is no file, or may not be read. */
export async function openFileSource(path: string): Promise<FileSource> {
  const name = basename(path);
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw new FileError(name, `could not be opened (${reasonOf(error)}).`);
  }
  const info = await handle.stat();
  if (!info.isFile()) {
    await handle.close();
    throw new FileError(name, 'is no file.');
  }
  const { size } = info;
  return {
    name,
    size,
    close: () => handle.close(),
    async read(begin, end) {
      checkRange({ name, size }, begin, end);
      return readRange(handle, name, begin, end);
    },
  };
}

async function readRange(
  handle: FileHandle,
  name: string,
  begin: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - begin);
  let at = 0;
  // One call gives what it likes, and never more than 2 GiB.
  while (at < bytes.length) {
    let given: number;
    try {
      const length = Math.min(bytes.length - at, 2 ** 30);
      given = (await handle.read(bytes, at, length, begin + at)).bytesRead;
    } catch (error) {
      throw new FileError(name, `could not be read (${reasonOf(error)}).`);
    }
    if (given === 0) throw new FileError(name, `ended ${bytes.length - at} bytes early. Was it changed?`);
    at += given;
  }
  return bytes;
}

/**
 * The files named, and of a folder named the files directly in it, in the order of their names.
 * Throws FileError for a path that is not there or may not be read; nothing stays open then.
 */
export async function openFileSources(paths: readonly string[]): Promise<FileSources> {
  const sources: FileSource[] = [];
  const close = async () => {
    await Promise.all(sources.map((source) => source.close()));
  };
  try {
    for (const path of paths) {
      for (const file of await filesAt(path)) sources.push(await openFileSource(file));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { sources, close };
}

async function filesAt(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    // A hub's cache holds links, so what an entry is must be asked of what it leads to.
    const paths = (await readdir(path)).toSorted().map((name) => join(path, name));
    const files = await Promise.all(paths.map(async (file) => (await stat(file)).isFile()));
    return paths.filter((_, i) => files[i]);
  } catch (error) {
    throw new FileError(basename(path), `could not be opened (${reasonOf(error)}).`);
  }
}
