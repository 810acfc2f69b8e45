// The first training phase of the built-in base checkpoint: copying and key-value lookup, without which so small a model
// never learns to look things up in its prompt (RECIPE §3). Words in, words out.
import type { Rng } from '../rng';

export interface WordPair {
  readonly prompt: readonly string[];
  readonly response: readonly string[];
}

const MIN_COPY = 3;
const MAX_COPY = 26;
const MIN_PAIRS = 3;
const MAX_PAIRS = 6;
const MAX_QUERIES = 3;
const REVERSED_SHARE = 0.6;

/** Longest prompt and response in words. */
export const LONGEST_COPY = { prompt: MAX_COPY, response: MAX_COPY } as const;

/** A random string of 3–26 words, to be repeated. */
export function copyExample(words: readonly string[], rng: Rng): WordPair {
  const text = Array.from({ length: MIN_COPY + rng.int(MAX_COPY - MIN_COPY + 1) }, () => rng.pick(words));
  return { prompt: text, response: text };
}

/**
 * `k1 v1 … kn vn ? q1 … qm` → `q1 a1 … qm am`, where a is the value of the key q, or (60 %, `:` instead of `?`) the key of the
 * value q. All keys and values of one example are different words.
 */
export function lookupExample(words: readonly string[], rng: Rng): WordPair {
  const count = MIN_PAIRS + rng.int(MAX_PAIRS - MIN_PAIRS + 1);
  const drawn = rng.sample(words, 2 * count);
  const reversed = rng.next() < REVERSED_SHARE;
  const indices = Array.from({ length: count }, (_, index) => index);
  const asked = rng.sample(indices, 1 + rng.int(MAX_QUERIES));
  const queryOf = (index: number): string => drawn[2 * index + (reversed ? 1 : 0)]!;
  const answerOf = (index: number): string => drawn[2 * index + (reversed ? 0 : 1)]!;
  return {
    prompt: [...drawn, reversed ? ':' : '?', ...asked.map(queryOf)],
    response: asked.flatMap((index) => [queryOf(index), answerOf(index)]),
  };
}
