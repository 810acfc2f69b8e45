// A fine-tuned checkpoint out again: safetensors with the names, dtypes, shapes, order and metadata of the checkpoint it was made from. What did not
// change is copied byte for byte. Streamed: a stretch of one tensor is in memory at a time. The files beside the weights are in modelFolder.ts.
import { FileError } from './byteSource';
import { type ChangeCounts, isFloat, noChanges, putChanged } from './changedEntries';
import { BYTES_OF, type Checkpoint, type CheckpointTensor } from './checkpoint';

/** A file to be written: its size is known before its first byte. */
export interface OutFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The whole file from its beginning, as often as asked. Rejects with FileError where the original cannot be read (any more). */
  chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

/** Float32 values under the checkpoint's names; of tied tensors one name is enough. A Map is one. */
export interface ChangedTensors {
  keys(): Iterable<string>;
  get(name: string): Float32Array | undefined;
}

export interface WriteOptions {
  /** Without it as the original came: in its shards, or in one file. Bytes of tensors a file holds at most; a larger tensor has one of its own. */
  shardBytes?: number;
  /** What to do with values the dtype cannot hold, or that are NaN or infinite: refuse (by default), or write them as they round. */
  onOverflow?: 'refuse' | 'write';
  /** Bytes of a tensor that are in memory at a time. */
  chunkBytes?: number;
}

export interface CheckpointPlan {
  /** The weights' files in order; with more than one their index is the last. */
  files: readonly OutFile[];
  /** Bytes of all of them. */
  size: number;
  /** Tensors that were given, in the checkpoint's order; one that is tied to another is counted under both names. */
  changes: readonly ({ name: string; entries: number } & ChangeCounts)[];
}

/** A multiple of 8: stretches begin at an element of every dtype. */
const CHUNK_BYTES = 4 << 20;
const SINGLE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

/**
 * Looks through the changed tensors once and says what will be written; nothing is written yet. Tensors whose values were not given are copies. A tensor
 * that is tied to another one by its storage is written under its own name too, with the same values.
 * Throws FileError for a changed tensor that the checkpoint does not have, that is no floating-point tensor or has another size, for
 * tied ones with different values, and (unless `onOverflow` says otherwise) where a changed value cannot be written as a finite one.
 */
export async function planCheckpoint(
  checkpoint: Checkpoint,
  changes: ChangedTensors,
  { shardBytes, onOverflow = 'refuse', chunkBytes = CHUNK_BYTES }: WriteOptions = {},
): Promise<CheckpointPlan> {
  const chunk = Math.max(8, Math.floor(chunkBytes / 8) * 8);
  const valuesOf = matchChanges(checkpoint, changes);
  const counted: CheckpointPlan['changes'][number][] = [];
  for (const tensor of checkpoint.tensors) {
    const values = valuesOf.get(tensor.name);
    if (!values) continue;
    const counts = noChanges();
    for await (const _ of tensorChunks(checkpoint, tensor, values, chunk, counts));
    if (onOverflow === 'refuse') refuseOverflow(checkpoint, tensor, counts);
    counted.push({ name: tensor.name, entries: tensor.size, ...counts });
  }
  const shards = shardsOf(checkpoint, shardBytes);
  const metadata = { ...checkpoint.metadata };
  // Readers in Python ask for it before anything else.
  metadata.format ??= 'pt';
  const files: OutFile[] = shards.map(({ name, tensors }) => weightsFile(name, tensors, metadata, readChunks));
  if (shards.length > 1) files.push(indexFile(shards));
  return { files, size: files.reduce((sum, { size }) => sum + size, 0), changes: counted };

  function readChunks(tensor: CheckpointTensor): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    return tensorChunks(checkpoint, tensor, valuesOf.get(tensor.name), chunk, noChanges());
  }
}

/** Tensor → its new values, tied tensors sharing theirs. */
function matchChanges(checkpoint: Checkpoint, changes: ChangedTensors): ReadonlyMap<string, Float32Array> {
  const owners = new Map<string, { by: string; values: Float32Array }>();
  for (const name of changes.keys()) {
    const tensor = checkpoint.tensor(name);
    const values = changes.get(name);
    if (!values) continue;
    const say = (problem: string): FileError => new FileError(tensor.file, problem, `tensor “${name}”`);
    if (!isFloat(tensor.dtype)) throw say(`holds ${tensor.dtype}: only floating-point tensors can be fine-tuned.`);
    if (values.length !== tensor.size) throw say(`has ${tensor.size} entries, ${values.length} new values were given.`);
    const owner = tensor.sameAs ?? name;
    const known = owners.get(owner);
    if (!known) owners.set(owner, { by: name, values });
    else if (known.values !== values && !values.every((value, i) => Object.is(value, known.values[i])))
      throw say(`is tied to “${known.by}”, but other values were given for it. Give both the same, or only one.`);
  }
  const found = new Map<string, Float32Array>();
  for (const { name, sameAs } of checkpoint.tensors) {
    const values = owners.get(sameAs ?? name)?.values;
    if (values) found.set(name, values);
  }
  return found;
}

function refuseOverflow(checkpoint: Checkpoint, { name, dtype, file }: CheckpointTensor, counts: ChangeCounts): void {
  const { overflowed, notFinite } = counts;
  if (overflowed + notFinite === 0) return;
  const what =
    notFinite > 0
      ? `${notFinite} of its changed values are NaN or infinite: training went wrong. Take the weights of an earlier moment.`
      : `${overflowed} of its changed values are too large for ${dtype}: they would become infinite. Lower the learning rate, or start from the checkpoint in F32 or BF16.`;
  throw new FileError(file || checkpoint.name, what, `tensor “${name}”`);
}

/** A tensor's bytes, a stretch at a time. */
async function* tensorChunks(
  checkpoint: Checkpoint,
  { name, dtype, size }: CheckpointTensor,
  values: Float32Array | undefined,
  chunkBytes: number,
  counts: ChangeCounts,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const step = chunkBytes / BYTES_OF[dtype];
  for (let begin = 0; begin < size; begin += step) {
    const end = Math.min(size, begin + step);
    const bytes = await checkpoint.readBytes(name, begin, end);
    if (values && isFloat(dtype)) putChanged(dtype, bytes, values.subarray(begin, end), counts);
    yield bytes;
  }
}

interface Shard {
  name: string;
  tensors: CheckpointTensor[];
}

const bytesOf = ({ dtype, size }: CheckpointTensor): number => size * BYTES_OF[dtype];

/** As the original came, or greedily in its order, as Transformers does it. */
function shardsOf({ tensors }: Checkpoint, shardBytes: number | undefined): Shard[] {
  const groups: CheckpointTensor[][] = [];
  if (shardBytes === undefined) {
    const byFile = new Map<string, CheckpointTensor[]>();
    for (const tensor of tensors) {
      const some = byFile.get(tensor.file);
      if (some) some.push(tensor);
      else byFile.set(tensor.file, [tensor]);
    }
    groups.push(...byFile.values());
  } else {
    let room = 0;
    for (const tensor of tensors) {
      const bytes = bytesOf(tensor);
      if (groups.length === 0 || bytes > room) {
        groups.push([]);
        room = shardBytes;
      }
      groups.at(-1)!.push(tensor);
      room -= bytes;
    }
  }
  if (groups.length <= 1) return [{ name: SINGLE, tensors: groups[0] ?? [] }];
  const number = (n: number): string => String(n).padStart(5, '0');
  return groups.map((some, i) => ({
    name: `model-${number(i + 1)}-of-${number(groups.length)}.safetensors`,
    tensors: some,
  }));
}

function weightsFile(
  name: string,
  tensors: readonly CheckpointTensor[],
  metadata: Readonly<Record<string, string>>,
  read: (tensor: CheckpointTensor) => AsyncGenerator<Uint8Array<ArrayBuffer>>,
): OutFile {
  const { header, dataBytes } = headerOf(tensors, metadata);
  return {
    name,
    size: header.length + dataBytes,
    async *chunks() {
      yield header.slice();
      for (const tensor of tensors) yield* read(tensor);
    },
  };
}

/** Length and JSON, padded with spaces so that the data begins on 8 bytes. Put together by hand: an object would put names like "0" first. */
function headerOf(
  tensors: readonly CheckpointTensor[],
  metadata: Readonly<Record<string, string>>,
): { header: Uint8Array<ArrayBuffer>; dataBytes: number } {
  let offset = 0;
  const entries = tensors.map((tensor) => {
    const { name, dtype, shape } = tensor;
    const end = offset + bytesOf(tensor);
    const entry = JSON.stringify({ dtype, shape, data_offsets: [offset, end] });
    offset = end;
    return `${JSON.stringify(name)}:${entry}`;
  });
  const json = new TextEncoder().encode(`{${[`"__metadata__":${JSON.stringify(metadata)}`, ...entries].join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return { header, dataBytes: offset };
}

/** To the byte as transformers writes it (Python's json.dumps(…, indent=2, sort_keys=True)); readers take any order. */
function indexFile(shards: readonly Shard[]): OutFile {
  const all = shards.flatMap(({ tensors }) => tensors);
  const total = all.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  const parameters = all.reduce((sum, { size }) => sum + size, 0);
  const places = shards
    .flatMap(({ name, tensors }) => tensors.map((tensor): [string, string] => [tensor.name, name]))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([tensor, file]) => `    ${JSON.stringify(tensor)}: ${JSON.stringify(file)}`);
  const metadata = `    "total_parameters": ${parameters},\n    "total_size": ${total}`;
  const text = `{\n  "metadata": {\n${metadata}\n  },\n  "weight_map": {\n${places.join(',\n')}\n  }\n}\n`;
  const bytes = new TextEncoder().encode(text);
  return {
    name: INDEX_FILE,
    size: bytes.length,
    async *chunks() {
      yield bytes.slice();
    },
  };
}
