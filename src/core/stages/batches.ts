// Examples → batches. Sequences are packed end to end, so no work goes into padding; what is scored is a rectangle [B, R] of
// response tokens, which is all the losses see.
import type { Example } from '../data/dataset';
import type { PackedBatch, ScoredSlots } from '../model/model';

export interface SequenceBatch extends PackedBatch, ScoredSlots {
  /** [B·R]: 1 where a slot holds a response token. */
  readonly responseMask: Float32Array;
  /** Response tokens of each row. */
  readonly counts: Int32Array;
  /** Tokens without the tail. */
  readonly realTokens: number;
}

/** Cuts a step's items, in order, into at most `parts` runs of about the same length. */
export function inParts<T>(items: readonly T[], parts = 1): T[][] {
  const count = Math.max(1, Math.min(parts, items.length));
  return Array.from({ length: count }, (_, i) =>
    items.slice(Math.floor((i * items.length) / count), Math.floor(((i + 1) * items.length) / count)),
  );
}

/** Sizes are rounded up to multiples of these, so that the runtime's buffer pool sees few of them. */
const TOKEN_BUCKET = 64;
const WIDTH_BUCKET = 8;
const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

export const sequenceLength = (example: Example): number => example.prompt.length + example.response.length;

/** Packs the examples. The last response token is predicted, never read. Throws RangeError on an empty prompt or response. */
export function packExamples(examples: readonly Example[], padId: number): SequenceBatch {
  const batchSize = examples.length;
  const realTokens = examples.reduce((sum, example) => sum + sequenceLength(example), 0);
  const size = roundUp(realTokens - batchSize, TOKEN_BUCKET);
  const width = roundUp(Math.max(...examples.map(({ response }) => response.length)), WIDTH_BUCKET);
  const ids = new Int32Array(size).fill(padId);
  const positions = new Int32Array(size);
  const starts = new Int32Array(size);
  const labels = new Int32Array(batchSize * width).fill(-1);
  const rows = new Int32Array(batchSize * width);
  const responseMask = new Float32Array(batchSize * width);
  const counts = new Int32Array(batchSize);
  let at = 0;
  examples.forEach(({ prompt, response }, b) => {
    if (prompt.length === 0 || response.length === 0)
      throw new RangeError(`sequence ${b} has an empty prompt or response`);
    const start = at;
    const inputs = prompt.length + response.length - 1;
    for (let t = 0; t < inputs; t++, at++) {
      ids[at] = t < prompt.length ? prompt[t]! : response[t - prompt.length]!;
      positions[at] = t;
      starts[at] = start;
    }
    counts[b] = response.length;
    response.forEach((id, t) => {
      labels[b * width + t] = id;
      rows[b * width + t] = start + prompt.length - 1 + t;
      responseMask[b * width + t] = 1;
    });
  });
  for (; at < size; at++) starts[at] = at;
  return { ids, positions, starts, batchSize, width, labels, rows, responseMask, counts, realTokens };
}

/** The response's values of row b, out of a [B, R] array. */
export const responseValues = (batch: SequenceBatch, values: Float32Array, b: number): Float32Array =>
  values.slice(b * batch.width, b * batch.width + batch.counts[b]!);

/** Per-token values of each row → one [B, R] array, 0 elsewhere. */
export function toRectangle(batch: SequenceBatch, rows: readonly ArrayLike<number>[]): Float32Array {
  const out = new Float32Array(batch.batchSize * batch.width);
  rows.forEach((row, b) => {
    out.set(row, b * batch.width);
  });
  return out;
}

/**
 * Cuts `items` (in order) into batches of at most `maxTokens` real tokens, at least one item each (RECIPE §11: a batch is
 * filled with whole pairs up to 1024 real tokens).
 */
export function fillBatches<T>(items: readonly T[], tokensOf: (item: T) => number, maxTokens: number): T[][] {
  const batches: T[][] = [];
  let current: T[] = [];
  let tokens = 0;
  for (const item of items) {
    const more = tokensOf(item);
    if (current.length > 0 && tokens + more > maxTokens) {
      batches.push(current);
      current = [];
      tokens = 0;
    }
    current.push(item);
    tokens += more;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
