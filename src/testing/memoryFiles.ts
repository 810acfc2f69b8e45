// An origin-private file system in memory, as far as saved runs use it; a tab's writes go through its faults.
import type { FileHandle, Folder } from '../storage/world';
import type { Faults } from './storageFaults';

type Bytes = Uint8Array<ArrayBuffer>;
type Node = { folder: Map<string, Node> } | { file: Bytes };

export interface MemoryFiles {
  /** As a tab sees it: a worker's with synchronous access, a page's without. */
  root(faults: Faults, kind: 'worker' | 'page' | 'readable'): () => Promise<Folder>;
  /** “folder/folder/file” of all files. */
  paths(): string[];
  read(path: string): Bytes;
  write(path: string, bytes: Bytes): void;
  /** A file that is not there yet, with its folders. */
  make(path: string, bytes: Bytes): void;
  /** Bytes that fit; more is refused. */
  room: number;
}

const notFound = (name: string): DOMException => new DOMException(`${name} is not there`, 'NotFoundError');

export function memoryFiles(): MemoryFiles {
  const top = { folder: new Map<string, Node>() };
  const parts = (path: string): string[] => path.split('/');
  const nodeAt = (path: string): Node => {
    let node: Node | undefined = top;
    for (const name of parts(path)) node = node && 'folder' in node ? node.folder.get(name) : undefined;
    if (!node) throw notFound(path);
    return node;
  };
  const pathsIn = (folder: Map<string, Node>): string[] =>
    [...folder].flatMap(([name, node]) =>
      'file' in node ? [name] : pathsIn(node.folder).map((inner) => `${name}/${inner}`),
    );
  const used = (): number => pathsIn(top.folder).reduce((sum, path) => sum + fileAt(path).file.length, 0);
  const fileAt = (path: string): { file: Bytes } => {
    const node = nodeAt(path);
    if (!('file' in node)) throw new DOMException(`${path} is a folder`, 'TypeMismatchError');
    return node;
  };
  const files: MemoryFiles = {
    room: Number.POSITIVE_INFINITY,
    paths: () => pathsIn(top.folder),
    read: (path) => fileAt(path).file,
    write(path, bytes) {
      fileAt(path).file = bytes;
    },
    make(path, bytes) {
      let { folder } = top;
      for (const name of parts(path).slice(0, -1)) {
        const next = folder.get(name) ?? { folder: new Map<string, Node>() };
        folder.set(name, next);
        if (!('folder' in next)) throw new DOMException(`${path} is below a file`, 'TypeMismatchError');
        folder = next.folder;
      }
      folder.set(parts(path).at(-1)!, { file: bytes });
    },
    root: (faults, kind) => async () => folderOf(top.folder, faults, kind),
  };

  const put = (node: { file: Bytes }, bytes: Bytes, at: number): void => {
    const grown = Math.max(0, at + bytes.length - node.file.length);
    if (used() + grown > files.room) throw new DOMException('no room', 'QuotaExceededError');
    const all = new Uint8Array(node.file.length + grown);
    all.set(node.file);
    all.set(bytes, at);
    node.file = all;
  };

  const handleOf = (node: { file: Bytes }, faults: Faults, kind: 'worker' | 'page' | 'readable'): FileHandle => {
    const handle: FileHandle = { getFile: async () => new Blob([node.file]) };
    if (kind === 'worker')
      handle.createSyncAccessHandle = async () => ({
        write: (bytes, { at }) =>
          faults.write(
            () => {
              put(node, bytes, at);
              return bytes.length;
            },
            () => put(node, bytes.slice(0, bytes.length >> 1), at),
          ),
        flush: () => {},
        close: () => {},
      });
    if (kind === 'page')
      handle.createWritable = async () => {
        const written: { file: Bytes } = { file: new Uint8Array(0) };
        return {
          write: (bytes) => faults.writeLater(() => put(written, bytes, written.file.length)),
          // What was written is there when the stream is closed, not before.
          close: () => faults.writeLater(() => put(node, written.file, 0)),
          abort: async () => {},
        };
      };
    return handle;
  };

  const folderOf = (folder: Map<string, Node>, faults: Faults, kind: 'worker' | 'page' | 'readable'): Folder => ({
    async getDirectoryHandle(name, options) {
      let node = folder.get(name);
      if (!node && options?.create) {
        await faults.writeLater(() => folder.set(name, { folder: new Map() }));
        node = folder.get(name);
      }
      if (!node || !('folder' in node)) throw notFound(name);
      return folderOf(node.folder, faults, kind);
    },
    async getFileHandle(name, options) {
      let node = folder.get(name);
      if (!node && options?.create) {
        await faults.writeLater(() => folder.set(name, { file: new Uint8Array(0) }));
        node = folder.get(name);
      }
      if (!node || !('file' in node)) throw notFound(name);
      return handleOf(node, faults, kind);
    },
    removeEntry: (name) =>
      faults.writeLater(() => {
        if (!folder.delete(name)) throw notFound(name);
      }),
    async *keys() {
      yield* [...folder.keys()];
    },
  });
  return files;
}
