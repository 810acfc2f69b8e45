// A tokenizer as files that travel with a run: a real model's own, or the merges of our byte-level BPE. All else that is needed to open one is in hfFiles.ts.
import * as v from 'valibot';
import { type ByteSource, FileError } from '../files/byteSource';
import { FIRST_BYTE_ID, FIRST_MERGE_ID, type Merge } from './bpeTraining';
import { MAX_CHUNK } from './chunks';
import { readJson } from './hfFiles';

export interface TokenizerFile {
  /** Without a folder. */
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Where the merges of a tokenizer of our own stand. */
export const MERGES = 'allo_bpe.json';
const MOST_BYTES = 4 << 20;

export const mergesFile = (merges: readonly Merge[]): TokenizerFile => ({
  name: MERGES,
  bytes: new TextEncoder().encode(JSON.stringify({ merges })),
});

const id = v.pipe(v.number(), v.safeInteger(), v.minValue(FIRST_BYTE_ID));
const schema = v.object({ merges: v.pipe(v.array(v.strictTuple([id, id])), v.maxLength(1 << 16)) });

/** Throws FileError for merges of tokens that do not exist yet, and for tokens longer than what is ever merged. */
export async function readMerges(source: ByteSource): Promise<Merge[]> {
  const { merges } = await readJson(source, schema, MOST_BYTES);
  const lengths: number[] = [];
  const lengthOf = (token: number): number =>
    token < FIRST_MERGE_ID ? 1 : (lengths[token - FIRST_MERGE_ID] ?? Infinity);
  for (const [i, [left, right]] of merges.entries()) {
    const length = lengthOf(left) + lengthOf(right);
    // A chunk may have a space before it.
    if (length > MAX_CHUNK + 1) throw new FileError(source.name, 'is no merge of this tokenizer.', `merge ${i + 1}`);
    lengths.push(length);
  }
  return merges;
}
