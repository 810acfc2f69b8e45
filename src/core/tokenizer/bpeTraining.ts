// Learns the merges of a byte-level BPE (Sennrich et al. 2016; bytes as in GPT-2). Deterministic: the most frequent pair first,
// ties by lower ids. Works on counted chunks, and only touches the chunks that hold the merged pair.

import { chunksOf } from './chunks';
import { SPECIAL } from './special';
import { encodeUtf8 } from './utf8';

/** A pair of token ids that becomes one token; the id of merge i is 265 + i. */
export type Merge = readonly [left: number, right: number];

export const FIRST_BYTE_ID = SPECIAL.length;
export const FIRST_MERGE_ID = FIRST_BYTE_ID + 256;
const MAX_VOCABULARY = 65536;
// A sample of this size fixes the merges of any file well enough; it keeps a 64 MB file from taking minutes.
const MAX_TRAINING_BYTES = 8 * 1024 * 1024;

interface Word {
  ids: number[];
  readonly count: number;
}

interface PairStatistics {
  readonly counts: Map<number, number>;
  /** Indices of the words that hold the pair (or once did). */
  readonly places: Map<number, Set<number>>;
}

const keyOf = (left: number, right: number): number => left * MAX_VOCABULARY + right;

function countWords(texts: Iterable<string>): Word[] {
  const counts = new Map<string, number>();
  let bytes = 0;
  for (const text of texts) {
    if (bytes >= MAX_TRAINING_BYTES) break;
    const encoded = encodeUtf8(text);
    bytes += encoded.length;
    for (const chunk of chunksOf(encoded)) counts.set(chunk, (counts.get(chunk) ?? 0) + 1);
  }
  return [...counts].map(([chunk, count]) => ({
    ids: Array.from(chunk, (character) => FIRST_BYTE_ID + character.charCodeAt(0)),
    count,
  }));
}

function addPairs(statistics: PairStatistics, word: Word, index: number, sign: 1 | -1): void {
  for (let i = 0; i + 1 < word.ids.length; i++) {
    const key = keyOf(word.ids[i]!, word.ids[i + 1]!);
    const count = (statistics.counts.get(key) ?? 0) + sign * word.count;
    if (count > 0) statistics.counts.set(key, count);
    else {
      statistics.counts.delete(key);
      statistics.places.delete(key);
      continue;
    }
    if (sign < 0) continue;
    const places = statistics.places.get(key);
    if (places) places.add(index);
    else statistics.places.set(key, new Set([index]));
  }
}

function mostFrequent(counts: ReadonlyMap<number, number>): { key: number; count: number } {
  let best = { key: -1, count: 0 };
  for (const [key, count] of counts) {
    if (count > best.count || (count === best.count && key < best.key)) best = { key, count };
  }
  return best;
}

/** Replaces every `left right` by `merged`, from the left. */
export function mergePair(ids: readonly number[], [left, right]: Merge, merged: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const hit = ids[i] === left && ids[i + 1] === right;
    out.push(hit ? merged : ids[i]!);
    if (hit) i++;
  }
  return out;
}

/**
 * Merges for a vocabulary of at most `vocabularySize` tokens (9 special, 256 bytes, the rest merges); fewer when no pair occurs
 * twice any more. At most the first 8 MB of text are used. Throws RangeError for a size outside 265…65536.
 */
export function trainBpe(texts: Iterable<string>, vocabularySize: number): Merge[] {
  if (!Number.isInteger(vocabularySize) || vocabularySize < FIRST_MERGE_ID || vocabularySize > MAX_VOCABULARY)
    throw new RangeError(
      `A byte-level vocabulary has ${FIRST_MERGE_ID}…${MAX_VOCABULARY} tokens, got ${vocabularySize}`,
    );
  const words = countWords(texts);
  const statistics: PairStatistics = { counts: new Map(), places: new Map() };
  for (const [index, word] of words.entries()) addPairs(statistics, word, index, 1);
  const merges: Merge[] = [];
  while (FIRST_MERGE_ID + merges.length < vocabularySize) {
    const { key, count } = mostFrequent(statistics.counts);
    if (count < 2) break;
    const merge: Merge = [Math.floor(key / MAX_VOCABULARY), key % MAX_VOCABULARY];
    for (const index of [...(statistics.places.get(key) ?? [])]) {
      const word = words[index]!;
      addPairs(statistics, word, index, -1);
      word.ids = mergePair(word.ids, merge, FIRST_MERGE_ID + merges.length);
      addPairs(statistics, word, index, 1);
    }
    merges.push(merge);
  }
  return merges;
}
