// Opens a checkpoint whatever wrote it: one file, or several shards with or without a Hugging Face index. What a file is is told from
// its first bytes, never from its name. Files of a model folder that hold no tensors (config.json, tokenizer.json, …) are left alone.
import * as v from 'valibot';
import { MAX_HEADER_BYTES } from '../safetensors';
import { type ByteSource, FileError } from './byteSource';
import type { Checkpoint, CheckpointFormat } from './checkpoint';
import { listNames, quote } from './quote';
import { readSafetensorsFile } from './safetensorsFile';
import { type StoredFile, storedCheckpoint } from './storedCheckpoint';
import { readTorchLegacy } from './torchLegacy';
import { isTorchZip, readTorchZip } from './torchZip';

export interface OpenCheckpointOptions {
  /** What people know it by; the file's or the index's name otherwise. */
  name?: string;
}

const READERS: Record<CheckpointFormat, (source: ByteSource) => Promise<StoredFile>> = {
  safetensors: readSafetensorsFile,
  'torch zip': readTorchZip,
  'torch legacy': readTorchLegacy,
};

const HEAD_BYTES = 48;
/** What a ZIP's first entry begins with. */
const ZIP_ENTRY = 0x04034b50;
const MOST_INDEX_BYTES = 16 * 1024 * 1024;
const INDEX = /\.index\.json$/;
/** What a trainer leaves beside the weights: torch files too, but no checkpoint's. */
export const BESIDE = /^(training_args|optimizer|scheduler|scaler|rng_state\w*)\.(bin|pt|pth)$/;
/** The magic number of torch.save as a pickle: LONG1, 10 bytes. */
const LEGACY_MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/**
 * Which format a file has, from its first bytes (a ZIP's from its directory); null for anything else. Throws FileError where the file
 * cannot be read. A damaged file counts as what it was.
 */
export async function recogniseCheckpoint(source: ByteSource): Promise<CheckpointFormat | null> {
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
  if (head.length < 8) return null;
  const view = new DataView(head.buffer);
  if (view.getUint32(0, true) === ZIP_ENTRY) return (await isTorchZip(source)) ? 'torch zip' : null;
  if (head[0] === 0x80 && indexOfBytes(head, LEGACY_MAGIC) >= 0) return 'torch legacy';
  const isHeader = view.getUint32(4, true) === 0 && view.getUint32(0, true) <= MAX_HEADER_BYTES && head[8] === 0x7b;
  return isHeader ? 'safetensors' : null;
}

function indexOfBytes(bytes: Uint8Array, wanted: readonly number[]): number {
  for (let i = 0; i + wanted.length <= bytes.length; i++) {
    if (wanted.every((byte, j) => bytes[i + j] === byte)) return i;
  }
  return -1;
}

/**
 * Open a checkpoint lazily: only headers, directories and pickles are read. Of a folder's files those are taken that hold tensors:
 * safetensors before torch's, the shards of an index where there is one (`*.index.json`), else all of them, in the order of their names.
 * Throws FileError when there are none, when shards of the index or tensors in them are missing (by name), when two files have a
 * tensor of the same name, and for whatever is wrong in a file.
 */
export async function openCheckpoint(
  files: readonly ByteSource[],
  options: OpenCheckpointOptions = {},
): Promise<Checkpoint> {
  const formats = new Map<ByteSource, CheckpointFormat>();
  for (const file of files) {
    const format = await recogniseCheckpoint(file);
    if (format && (files.length === 1 || !BESIDE.test(file.name))) formats.set(file, format);
  }
  const all = [...formats.keys()];
  const safetensors = all.filter((file) => formats.get(file) === 'safetensors');
  const candidates = safetensors.length > 0 ? safetensors : all;
  const indexes = await Promise.all(files.filter(({ name }) => INDEX.test(name)).map(readIndex));
  const index = chooseIndex(indexes, candidates);
  const shards = index ? shardsOf(index, candidates) : candidates;
  if (shards.length === 0) throw nothingFound(files);
  shards.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const stored: StoredFile[] = [];
  for (const shard of shards) stored.push(await READERS[formats.get(shard)!](shard));
  if (index) checkTensors(index, shards, stored);
  const [first] = shards;
  const many = shards.length > 1 ? ` and ${shards.length - 1} more` : '';
  return storedCheckpoint(options.name ?? index?.name ?? `${first!.name}${many}`, stored);
}

function nothingFound(files: readonly ByteSource[]): FileError {
  const [first] = files;
  if (!first) return new FileError('checkpoint', 'no file was given.');
  const choose = 'Choose model.safetensors, its shards, or a .bin or .pt file.';
  const isNone = 'no safetensors file and no file of torch.save';
  if (files.length === 1) return new FileError(first.name, `is ${isNone}. ${choose}`);
  const others = files.length === 2 ? 'the other file' : `any of the ${files.length - 1} other files`;
  return new FileError(first.name, `is ${isNone}, and neither is ${others}. ${choose}`);
}

interface ShardIndex {
  /** The file's name. */
  name: string;
  /** Tensor → file. */
  places: ReadonlyMap<string, string>;
}

const IndexSchema = v.object({ weight_map: v.record(v.string(), v.string()) });

async function readIndex(source: ByteSource): Promise<ShardIndex> {
  const { name, size } = source;
  if (size > MOST_INDEX_BYTES) throw new FileError(name, `has ${size} bytes, which no index of shards needs.`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await source.read(0, size)));
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(name, 'is not valid JSON. Fetch it again.');
  }
  const index = v.safeParse(IndexSchema, json);
  if (!index.success) throw new FileError(name, 'lacks a "weight_map" from names of tensors to names of files.');
  return { name, places: new Map(Object.entries(index.output.weight_map)) };
}

/** The index that belongs to these files; null where none does. */
function chooseIndex(indexes: readonly ShardIndex[], candidates: readonly ByteSource[]): ShardIndex | null {
  const here = new Set(candidates.map(({ name }) => name));
  // Where no shard of any is here, and nothing else either, what an index lacks is said.
  const fitting = indexes.filter(
    ({ places }) => here.size === 0 || [...places.values()].some((file) => here.has(file)),
  );
  const [index] = fitting;
  if (index && fitting.length > 1 && here.size > 0) {
    const names = fitting.map(({ name }) => name);
    throw new FileError(names[0]!, `one of several indexes: ${listNames(names)}. Choose the files of one of them.`);
  }
  return index ?? null;
}

function shardsOf({ name, places }: ShardIndex, candidates: readonly ByteSource[]): ByteSource[] {
  const byName = new Map<string, ByteSource[]>();
  for (const candidate of candidates) {
    const same = byName.get(candidate.name);
    if (same) same.push(candidate);
    else byName.set(candidate.name, [candidate]);
  }
  const wanted = [...new Set(places.values())].toSorted();
  const missing = wanted.filter((file) => !byName.has(file));
  if (missing.length > 0) {
    const files = missing.length === 1 ? '1 file that is' : `${missing.length} files that are`;
    throw new FileError(name, `names ${files} not here: ${listNames(missing)}. Choose the shards together.`);
  }
  return wanted.flatMap((file) => {
    const same = byName.get(file) ?? [];
    if (same.length > 1) throw new FileError(file, `is there ${same.length} times. Choose one folder.`);
    return same;
  });
}

function checkTensors(
  { name, places }: ShardIndex,
  shards: readonly ByteSource[],
  stored: readonly StoredFile[],
): void {
  const held = new Map(
    shards.map((shard, i) => [shard.name, new Set(stored[i]!.tensors.map((tensor) => tensor.name))]),
  );
  const missing = new Map<string, string[]>();
  for (const [tensor, file] of places) {
    if (held.get(file)?.has(tensor)) continue;
    const tensors = missing.get(file);
    if (tensors) tensors.push(tensor);
    else missing.set(file, [tensor]);
  }
  for (const [file, tensors] of missing) {
    const what = `lacks ${listNames(tensors)}, which ${quote(name)} says it holds. Fetch both again.`;
    throw new FileError(file, what);
  }
}
