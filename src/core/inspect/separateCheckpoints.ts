// Many files given at once: which of them are one checkpoint, and which of those are masks. Folders and the numbers of shards tell most; where they do not,
// the headers do: two files with a tensor of the same name are two checkpoints. Only headers and a few thousand values are read.
import type { ByteSource } from '../files/byteSource';
import { BYTES_OF, type Checkpoint, type CheckpointTensor } from '../files/checkpoint';
import { BESIDE, openCheckpoint } from '../files/openCheckpoint';
import { FORMAT, PACKED } from '../masks/maskFile';
import { bandOfFileName } from './parity';

export interface GivenFile {
  /** Folders on the way and the name, with slashes; only the name at the top. */
  path: string;
  source: ByteSource;
}

export interface SeparateCheckpoint<T extends GivenFile> {
  /** The path of its first file of weights. */
  name: string;
  isMask: boolean;
  /** Its weights, and what lies beside them (config.json, tokenizer.json, indexes). */
  files: T[];
}

const WEIGHTS = /\.(safetensors|bin|pt|pth)$/i;
/** "-00001-of-00002" and the like, ".00", before the ending. */
const SHARD = /(-\d+-of-\d+|\.\d\d)?\.\w+$/;
/** Sampled at the beginning, in the middle and at the end of each of the largest tensors. */
const SAMPLE = 1024;
const SAMPLED_TENSORS = 3;

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
/** "" at the top. */
const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const topOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');
const depth = (path: string): number => path.split('/').length;
const isWeights = ({ path }: GivenFile): boolean => WEIGHTS.test(path) && !BESIDE.test(nameOf(path));

const inOrder = new Intl.Collator('en', { numeric: true });

/**
 * In the order of their names, numbers by size. Of a folder that was given those files count that lie highest among its weights. Where none are weights by
 * their names, all files are one: to open them says what is wrong. Never throws: what cannot be opened is a checkpoint of its own.
 */
export async function separateCheckpoints<T extends GivenFile>(files: readonly T[]): Promise<SeparateCheckpoint<T>[]> {
  const folders = weightFolders(files);
  if (folders.length === 0) return files.length === 0 ? [] : [await onlyOne(highest(files))];
  const separate = await Promise.all(folders.map((inFolder) => separateIn(inFolder)));
  return separate.flat().sort((a, b) => inOrder.compare(a.name, b.name));
}

/** In the order in which the keys first come up. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}

/** The files of each folder that counts. */
function weightFolders<T extends GivenFile>(files: readonly T[]): T[][] {
  return grouped(files, ({ path }) => topOf(path)).flatMap((given) => {
    const holding = new Set(given.filter(isWeights).map(({ path }) => folderOf(path)));
    const top = Math.min(...[...holding].map(depth));
    return [...holding]
      .filter((folder) => depth(folder) === top)
      .map((folder) => given.filter(({ path }) => folderOf(path) === folder));
  });
}

function highest<T extends GivenFile>(files: readonly T[]): T[] {
  const top = Math.min(...files.map(({ path }) => depth(path)));
  return files.filter(({ path }) => depth(path) === top);
}

/** One file or set of shards with its header, as far as it can be opened. */
interface Part<T> {
  files: T[];
  checkpoint: Checkpoint | null;
  isMask: boolean;
}

async function separateIn<T extends GivenFile>(inFolder: readonly T[]): Promise<SeparateCheckpoint<T>[]> {
  const beside = inFolder.filter((file) => !isWeights(file));
  // One model often lies there twice, as safetensors and as torch's file.
  const sets = grouped(inFolder.filter(isWeights), ({ path }) =>
    nameOf(path)
      .replace(SHARD, '')
      .replace(/^pytorch_model$/, 'model'),
  );
  const parts: Part<T>[] = [];
  for (const files of sets) {
    const part = await readPart(files, beside);
    const whole = parts.find((other) => belongTogether(other, part));
    if (whole) whole.files.push(...part.files);
    else parts.push(part);
  }
  return parts.map(({ files, isMask }) => ({ name: firstName(files), isMask, files: [...files, ...beside] }));
}

const firstName = (files: readonly GivenFile[]): string => files.map(({ path }) => path).sort(inOrder.compare)[0]!;

async function onlyOne<T extends GivenFile>(files: T[]): Promise<SeparateCheckpoint<T>> {
  return { name: firstName(files), isMask: (await readPart(files, [])).isMask, files };
}

async function readPart<T extends GivenFile>(files: T[], beside: readonly T[]): Promise<Part<T>> {
  const isNamedMask = files.some(({ path }) => bandOfFileName(path) !== null || /mask/i.test(nameOf(path)));
  try {
    const checkpoint = await openCheckpoint([...files, ...beside].map(({ source }) => source));
    return { files, checkpoint, isMask: (await looksLikeMask(checkpoint)) ?? isNamedMask };
  } catch {
    return { files, checkpoint: null, isMask: isNamedMask };
  }
}

/** Two files of which neither has a tensor of the other: parts of one checkpoint that somebody named in their own way. */
function belongTogether<T>(one: Part<T>, other: Part<T>): boolean {
  if (!one.checkpoint || !other.checkpoint || one.isMask || other.isMask) return false;
  const names = new Set(one.checkpoint.tensors.map(({ name }) => name));
  return !other.checkpoint.tensors.some(({ name }) => names.has(name));
}

/** From a few values of the largest tensors: are they all 0 or 1? null where they are all 0, which tells nothing. */
async function looksLikeMask(checkpoint: Checkpoint): Promise<boolean | null> {
  if (checkpoint.metadata[FORMAT] === PACKED) return true;
  let ones = 0;
  for (const tensor of checkpoint.tensors.toSorted((a, b) => b.size - a.size).slice(0, SAMPLED_TENSORS)) {
    for (const begin of [0, Math.floor(tensor.size / 2), Math.max(0, tensor.size - SAMPLE)]) {
      const values = await valuesOf(checkpoint, tensor, begin);
      if (values.some((value) => value !== 0 && value !== 1)) return false;
      ones += values.filter((value) => value === 1).length;
    }
  }
  return ones > 0 ? true : null;
}

/** As numbers; of whole numbers the sum of each one's bytes, which is 0 or 1 for no others of use in a mask. */
async function valuesOf(checkpoint: Checkpoint, { name, dtype, size }: CheckpointTensor, begin: number) {
  const end = Math.min(size, begin + SAMPLE);
  if (/^B?F/.test(dtype)) return [...(await checkpoint.readFloats(name, begin, end))];
  const bytes = await checkpoint.readBytes(name, begin, end);
  const width = BYTES_OF[dtype];
  return Array.from({ length: end - begin }, (_, i) =>
    bytes.subarray(i * width, (i + 1) * width).reduce((sum, byte) => sum + byte, 0),
  );
}
