// Files out of a drop or a picker, with their paths; folders are opened up. Names and places only, nothing is read.
import { plainName } from '../core/files/quote';

export interface PathFile {
  /** Folders on the way and the name, with slashes; only the name at the top. */
  path: string;
  file: File;
}

/** A model folder has a dozen files; who drops a home folder meant something else. */
const MOST_FILES = 2000;
const MOST_DEPTH = 4;

/** The same file under a name that may be shown. All that a person hands in passes through here. */
export function namedPlainly(file: File): File {
  const name = plainName(file.name);
  return name === file.name ? file : new File([file], name, { type: file.type, lastModified: file.lastModified });
}

/** Of an `<input>`, with or without folders. */
export const pickedFiles = (files: FileList | null): PathFile[] =>
  [...(files ?? [])].slice(0, MOST_FILES).map((file) => ({
    path: plainPath(file.webkitRelativePath || file.name),
    file: namedPlainly(file),
  }));

const plainPath = (path: string): string => path.split('/').map(plainName).join('/');

const entriesOf = (transfer: DataTransfer): FileSystemEntry[] =>
  [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);

/** Whether a folder is among what is dropped. To be asked while the drop is handled. */
export const hasFolder = (transfer: DataTransfer): boolean => entriesOf(transfer).some(isFolder);

/** All that was dropped. To be called while the drop is handled: it forgets its entries as soon as its handler returns. */
export function droppedFiles(transfer: DataTransfer): Promise<PathFile[]> {
  const entries = entriesOf(transfer);
  const files = [...transfer.files].map(namedPlainly);
  if (!entries.some(isFolder)) return Promise.resolve(files.map((file) => ({ path: file.name, file })));
  return walk(entries);
}

/** Level by level, so that the nearest files are there where it has to end. */
async function walk(entries: readonly FileSystemEntry[]): Promise<PathFile[]> {
  const found: PathFile[] = [];
  let level = entries.map((entry) => ({ entry, path: plainName(entry.name) }));
  for (let depth = 0; depth <= MOST_DEPTH && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { entry, path } of level) {
      if (found.length >= MOST_FILES) return found;
      if (isFile(entry)) found.push({ path, file: namedPlainly(await fileOf(entry)) });
      else if (isFolder(entry))
        next.push(
          ...(await childrenOf(entry)).map((child) => ({ entry: child, path: `${path}/${plainName(child.name)}` })),
        );
    }
    level = next;
  }
  return found;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** Browsers hand them out a hundred at a time. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (all.length < MOST_FILES) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    all.push(...some);
  }
  return all;
}

/** Whether these are weights and nothing else: checkpoints or masks to look at, no model to run. */
export const isWeightsAlone = (names: readonly string[]): boolean =>
  names.every((name) => /\.(safetensors|bin|pt|pth|index\.json)$/i.test(name));

/** Of a drop: a table of data that lies beside a model's files, not in a folder. */
export const dataBeside = (files: readonly PathFile[]): File | null =>
  files.find(({ path }) => /^[^/]+\.(jsonl|ndjson|csv|tsv|parquet)$/i.test(path))?.file ?? null;

/** Whether these are files of a model rather than data: its configuration, its tokenizer or weights are among them. */
export const isModelFiles = (names: readonly string[]): boolean =>
  names.some((name) => /^(config|tokenizer)\.json$|\.safetensors$|\.safetensors\.index\.json$/i.test(name));
