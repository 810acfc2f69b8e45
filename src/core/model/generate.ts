// Batched decoding with a key/value cache: the packed prompts run once, then every row advances one token a step at its own
// length. Rows that ended feed padding; decoding stops as soon as all have ended. The prefix is never run again.

import { PREFILL_TOKENS } from '../memory';
import { cacheWrite, decodeAttention } from '../ops/decode/op';
import { readOnce } from '../ops/host';
import { tf } from '../tf';
import { kvWidthOf } from './config';
import {
  type AttentionStep,
  forwardHidden,
  headLogits,
  type KeyValueSink,
  type Model,
  type PackedBatch,
  runLayers,
  separateHeads,
} from './model';
import { wantedRows } from './scored';

export interface GenerateOptions {
  maxNewTokens: number;
  /** Any of them ends a row; without one it never stops early. */
  endIds: readonly number[];
  padId: number;
  /** Chooses the next token of one row from its logits [V]. */
  choose: (row: number, logits: Float32Array) => number;
}

/** Sequences end to end, no tail. */
export function packed(sequences: readonly (readonly number[])[]): PackedBatch {
  const total = sequences.reduce((sum, sequence) => sum + sequence.length, 0);
  const ids = new Int32Array(total);
  const positions = new Int32Array(total);
  const starts = new Int32Array(total);
  let at = 0;
  for (const sequence of sequences) {
    const start = at;
    for (const id of sequence) {
      ids[at] = id;
      positions[at] = at - start;
      starts[at] = start;
      at++;
    }
  }
  return { ids, positions, starts };
}

interface Cache {
  keys: tf.Tensor3D;
  values: tf.Tensor3D;
}

const int32 = (values: ArrayLike<number>): tf.Tensor1D => tf.tensor1d(Int32Array.from(values), 'int32');

const writeTo =
  (caches: readonly Cache[], slots: tf.Tensor1D): KeyValueSink =>
  (layer, keys, values) => {
    cacheWrite(caches[layer]!.keys, keys, slots);
    cacheWrite(caches[layer]!.values, values, slots);
  };

/** Runs the prompts, fills the caches, and gives the logits [B, V] after each prompt. */
function prefill(model: Model, prompts: readonly (readonly number[])[], caches: readonly Cache[]): tf.Tensor2D {
  const parts: tf.Tensor2D[] = [];
  for (let from = 0, to = 0; from < prompts.length; from = to) {
    for (let tokens = 0; to < prompts.length; to++) {
      tokens += prompts[to]!.length;
      if (to > from && tokens > PREFILL_TOKENS) break;
    }
    parts.push(prefillPart(model, prompts.slice(from, to), from, caches));
  }
  if (parts.length === 1) return parts[0]!;
  const logits = tf.concat(parts, 0);
  tf.dispose(parts);
  return logits;
}

/** The same for a stretch of the prompts, whose first is `row` of the caches. */
function prefillPart(
  model: Model,
  prompts: readonly (readonly number[])[],
  row: number,
  caches: readonly Cache[],
): tf.Tensor2D {
  const positionsTotal = caches[0]!.keys.shape[1];
  return tf.tidy(() => {
    const batch = packed(prompts);
    const slots = batch.positions.map((position) => position);
    const last: number[] = [];
    let at = 0;
    prompts.forEach((prompt, b) => {
      for (let i = 0; i < prompt.length; i++) slots[at + i] = (row + b) * positionsTotal + i;
      at += prompt.length;
      last.push(at - 1);
    });
    const wanted = wantedRows(last, batch.ids.length);
    const hidden = forwardHidden(model, batch, wanted, writeTo(caches, int32(slots))); // [B and more, C]
    return tf.slice(headLogits(model, hidden), [0, 0], [prompts.length, model.config.vocabularySize]);
  });
}

/** One token a row at its position; gives the next logits [B, V]. */
function advance(model: Model, ids: Int32Array, positions: Int32Array, caches: readonly Cache[]): tf.Tensor2D {
  const positionsTotal = caches[0]!.keys.shape[1];
  return tf.tidy(() => {
    const slots = int32(positions.map((position, b) => b * positionsTotal + position));
    const lengths = int32(positions.map((position) => position + 1));
    const write = writeTo(caches, slots);
    const { heads, kvHeads } = model.config;
    const attend: AttentionStep = (layer, given) => {
      const { q, k, v } = separateHeads(given, model.config);
      write(layer, k, v);
      const { keys, values } = caches[layer]!;
      return decodeAttention(q, keys, values, lengths, heads, kvHeads);
    };
    return headLogits(model, runLayers(model, int32(ids), { positions: int32(positions), attend }));
  });
}

/**
 * Decodes all prompts together; yields after every token (done, total, rows still open) and returns the new ids of every
 * row, EOS included when it came. Throws RangeError when prompt + new tokens exceed the model's positions.
 */
export async function* generate(
  model: Model,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): AsyncGenerator<{ done: number; total: number; open: number }, number[][]> {
  const { maxNewTokens, endIds, padId, choose } = options;
  const { config } = model;
  const batchSize = prompts.length;
  const longest = Math.max(...prompts.map((prompt) => prompt.length));
  const positionsTotal = longest + maxNewTokens;
  if (positionsTotal > config.maxPositions) {
    throw new RangeError(
      `generate: ${longest} prompt + ${maxNewTokens} new tokens exceed the model's ${config.maxPositions} positions`,
    );
  }
  const kvWidth = kvWidthOf(config);
  const newCache = () => tf.fill([batchSize, positionsTotal, kvWidth], 0) as tf.Tensor3D;
  // All or none, where there is no memory for them.
  const caches = tf.tidy(
    () => Array.from({ length: config.layers }, () => ({ keys: newCache(), values: newCache() })) as tf.TensorContainer,
  ) as unknown as readonly Cache[];
  const answers: number[][] = prompts.map(() => []);
  const next = new Int32Array(batchSize);
  const positions = Int32Array.from(prompts, (prompt) => prompt.length - 1);
  const closed = new Uint8Array(batchSize);
  let open = batchSize;
  try {
    for (let t = 0; t < maxNewTokens && open > 0; t++) {
      const logits = t === 0 ? prefill(model, prompts, caches) : advance(model, next, positions, caches);
      const values = await readOnce(logits);
      for (let b = 0; b < batchSize; b++) {
        positions[b] = positions[b]! + 1;
        next[b] = padId;
        if (closed[b]) continue;
        const id = choose(b, values.subarray(b * config.vocabularySize, (b + 1) * config.vocabularySize));
        answers[b]!.push(id);
        next[b] = id;
        if (endIds.includes(id)) {
          closed[b] = 1;
          open--;
        }
      }
      yield { done: t + 1, total: maxNewTokens, open };
    }
  } finally {
    for (const cache of caches) tf.dispose([cache.keys, cache.values]);
  }
  return answers;
}
