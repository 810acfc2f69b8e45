// One pass over tensors that lie in several files at once: pieces of bounded size, in order, the next ones being read while the
// present one is worked on. What is done with the bytes is the caller's.

import { FileError } from '../files/byteSource';
import { BYTES_OF, type Checkpoint, type CheckpointTensor } from '../files/checkpoint';

/** Where one of the files of a pass has a tensor. */
export interface StreamPart {
  checkpoint: Checkpoint;
  tensor: CheckpointTensor;
  /** Eight entries a byte, as packedBits.ts has them. */
  packed?: boolean;
}

/** A tensor with `size` entries in each of its parts. */
export interface StreamItem {
  parts: readonly StreamPart[];
  size: number;
}

/** Entries [begin, end) of item `item`; where a part is packed, `begin` is the first of a byte. */
export interface Chunk {
  item: number;
  begin: number;
  end: number;
}

export interface PassProgress {
  /** Of all files together. */
  bytes: number;
  totalBytes: number;
  /** Tensors that are read to their end. */
  tensors: number;
  totalTensors: number;
}

export interface StreamOptions {
  /** Of each file, at a time. */
  chunkBytes?: number;
  signal?: AbortSignal;
  onProgress?: (progress: PassProgress) => void;
}

export const DEFAULT_CHUNK_BYTES = 4 * 1024 * 1024;
/** Reads are started until so many chunks' bytes are on their way: two of each file of a pair. */
const AHEAD = 4;
/** Small tensors come many to a chunk's bytes; no more than this many are asked for ahead. */
const MOST_AHEAD = 16;

/** All items in pieces of at most `chunkBytes` of each file; empty tensors have none. */
export function planChunks(items: readonly StreamItem[], chunkBytes = DEFAULT_CHUNK_BYTES): Chunk[] {
  const chunks: Chunk[] = [];
  for (const [item, { parts, size }] of items.entries()) {
    const elements = entriesAtATime(parts, chunkBytes);
    for (let begin = 0; begin < size; begin += elements) {
      chunks.push({ item, begin, end: Math.min(size, begin + elements) });
    }
  }
  return chunks;
}

function entriesAtATime(parts: readonly StreamPart[], chunkBytes: number): number {
  const widest = Math.max(...parts.map(widthOf));
  const entries = Math.max(1, Math.floor(chunkBytes / widest));
  return parts.some(({ packed }) => packed) ? 8 * Math.ceil(entries / 8) : entries;
}

const widthOf = ({ tensor, packed }: StreamPart): number => (packed ? 1 / 8 : BYTES_OF[tensor.dtype]);

const partBytes = (part: StreamPart, entries: number): number => Math.ceil(entries * widthOf(part));

const bytesOf = ({ parts }: StreamItem, entries: number): number =>
  parts.reduce((sum, part) => sum + partBytes(part, entries), 0);

/** Bytes of all parts of all items. */
export const streamBytes = (items: readonly StreamItem[]): number =>
  items.reduce((sum, item) => sum + bytesOf(item, item.size), 0);

/**
 * Reads `chunks` of the items in order and gives each to `visit` with the bytes of its parts. Throws what `visit` and the files throw,
 * FileError for a file that gives another number of bytes, and the signal's reason once it is aborted.
 */
export async function streamChunks(
  items: readonly StreamItem[],
  chunks: readonly Chunk[],
  visit: (chunk: Chunk, bytes: readonly Uint8Array[], at: number) => void,
  { chunkBytes = DEFAULT_CHUNK_BYTES, signal, onProgress }: StreamOptions = {},
): Promise<void> {
  const sizes = chunks.map(({ item, begin, end }) => bytesOf(items[item]!, end - begin));
  const totalBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const totalTensors = new Set(chunks.map(({ item }) => item)).size;
  const ahead: Promise<Uint8Array[]>[] = [];
  let [asked, askedBytes, bytes, tensors] = [0, 0, 0, 0];
  const readAhead = () => {
    while (asked < chunks.length && askedBytes < AHEAD * chunkBytes && ahead.length < MOST_AHEAD) {
      ahead.push(readChunk(items, chunks[asked]!));
      askedBytes += sizes[asked++]!;
    }
  };
  for (const [at, chunk] of chunks.entries()) {
    signal?.throwIfAborted();
    readAhead();
    const read = await ahead.shift()!;
    askedBytes -= sizes[at]!;
    readAhead();
    signal?.throwIfAborted();
    visit(chunk, read, at);
    bytes += sizes[at]!;
    if (chunks[at + 1]?.item !== chunk.item) tensors++;
    onProgress?.({ bytes, totalBytes, tensors, totalTensors });
  }
}

/** A read that fails before anyone waits for it is still heard of when it is its turn, and not as an unhandled rejection. */
function readChunk(items: readonly StreamItem[], { item, begin, end }: Chunk): Promise<Uint8Array[]> {
  const reading = Promise.all(items[item]!.parts.map((part) => readPart(part, begin, end)));
  reading.catch(() => {});
  return reading;
}

async function readPart(part: StreamPart, begin: number, end: number): Promise<Uint8Array> {
  const { checkpoint, tensor, packed } = part;
  const [from, to] = packed ? [begin / 8, Math.ceil(end / 8)] : [begin, end];
  const bytes = await checkpoint.readBytes(tensor.name, from, to);
  const expected = partBytes(part, end - begin);
  if (bytes.length === expected) return bytes;
  const problem = `gave ${bytes.length} bytes instead of ${expected}. Choose it again.`;
  throw new FileError(tensor.file, problem, `tensor "${tensor.name}"`);
}
