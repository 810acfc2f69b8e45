// Files out of a drop or a file picker, folders opened up: of a folder the files that lie with the weights. Names and places only, nothing is read.

export interface PlacedFile {
  /** Folders on the way, without the file's name; "" at the top. */
  folder: string;
  file: File;
}

const WEIGHTS = /\.(safetensors|bin|pt|pth)$/i;
/** A folder that holds more is no model's. */
const MOST_FILES = 2000;
const MOST_DEPTH = 4;

/** The files of the highest folder that holds weights (the first by name of several); all files at the top where none does. */
export function modelFiles(placed: readonly PlacedFile[]): File[] {
  const depth = (folder: string): number => (folder === '' ? 0 : folder.split('/').length);
  const withWeights = [...new Set(placed.filter(({ file }) => WEIGHTS.test(file.name)).map(({ folder }) => folder))];
  const all = withWeights.length > 0 ? withWeights : [...new Set(placed.map(({ folder }) => folder))];
  const [chosen] = all.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  return placed.filter(({ folder }) => folder === chosen).map(({ file }) => file);
}

/** Of an `<input>`, with or without folders. */
export const pickedFiles = (files: FileList | null): File[] =>
  modelFiles([...(files ?? [])].slice(0, MOST_FILES).map((file) => ({ folder: folderOf(file), file })));

function folderOf({ webkitRelativePath: path }: File): string {
  const end = path.lastIndexOf('/');
  return end < 0 ? '' : path.slice(0, end);
}

/** Of a drop; must be called before the event is over. */
export function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  const files = [...transfer.files];
  if (!entries.some(({ isDirectory }) => isDirectory)) return Promise.resolve(files);
  return walk(entries);
}

async function walk(entries: readonly FileSystemEntry[]): Promise<File[]> {
  const placed: PlacedFile[] = [];
  let level = entries.map((entry) => ({ entry, folder: '' }));
  for (let depth = 0; depth <= MOST_DEPTH && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { entry, folder } of level) {
      if (placed.length >= MOST_FILES) break;
      if (isFile(entry)) placed.push({ folder, file: await fileOf(entry) });
      else if (isFolder(entry)) {
        const inside = folder === '' ? entry.name : `${folder}/${entry.name}`;
        next.push(...(await childrenOf(entry)).map((child) => ({ entry: child, folder: inside })));
      }
    }
    level = next;
  }
  return modelFiles(placed);
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

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
