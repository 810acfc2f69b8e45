// Files out of a drop or a picker, with their paths: a folder's own files, not those of folders below it.

export interface PathFile {
  /** 'folder/name', or only the name. */
  path: string;
  file: File;
}

/** A model folder has a dozen files; who drops a home folder meant something else. */
const MOST_FILES = 2000;

export const pickedFiles = (files: FileList | null): PathFile[] =>
  Array.from(files ?? [], (file) => ({ path: file.webkitRelativePath || file.name, file }));

/** Whether a folder is among what is dropped. To be asked while the drop is handled. */
export const hasFolder = (transfer: DataTransfer): boolean =>
  Array.from(transfer.items).some((item) => item.webkitGetAsEntry()?.isDirectory);

/** All that was dropped. Entries and files are taken at once: the drop forgets them as soon as its handler returns. */
export async function droppedFiles(transfer: DataTransfer): Promise<PathFile[]> {
  const items = Array.from(transfer.items, (item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found: PathFile[] = [];
  for (const { entry, file } of items) {
    if (entry && isFolder(entry)) {
      for (const one of await entriesIn(entry)) {
        if (isFile(one)) found.push({ path: `${entry.name}/${one.name}`, file: await fileOf(one) });
      }
    } else if (file) found.push({ path: file.name, file });
  }
  return found.slice(0, MOST_FILES);
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

/** Readers give a hundred or so at a time. */
async function entriesIn(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (all.length < MOST_FILES) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    all.push(...some);
  }
  return all;
}

/** Whether these are files of a model rather than data: its configuration, its tokenizer or weights are among them. */
export const isModelFiles = (names: readonly string[]): boolean =>
  names.some((name) => /^(config|tokenizer)\.json$|\.safetensors$|\.safetensors\.index\.json$/i.test(name));
