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
const REVERSED_SHARE = 0.6;
/** Of the reversed ones, how many look like a question with four options and a worded answer. */
const OPTIONS_SHARE = 0.5;
const LETTERS = ['A', 'B', 'C', 'D'];
const LINKS = ['so', 'thus', 'hence'];

/** Longest prompt and response in words. */
export const LONGEST_COPY = { prompt: MAX_COPY, response: MAX_COPY } as const;

/** A random string of 3–26 words, to be repeated. */
export function copyExample(words: readonly string[], rng: Rng): WordPair {
  const text = Array.from({ length: MIN_COPY + rng.int(MAX_COPY - MIN_COPY + 1) }, () => rng.pick(words));
  return { prompt: text, response: text };
}

/**
 * `k1 v1 … kn vn ? ` → `q1 a1 … qn an`, where a is the value of the key q, or (`:` instead of `?`) the key of the value q, all in
 * random order. All keys and values of one example are different words. 60 % go from value to key, half of those through options.
 */
export function lookupExample(words: readonly string[], rng: Rng): WordPair {
  const reversed = rng.next() < REVERSED_SHARE;
  if (reversed && rng.next() < OPTIONS_SHARE) return optionsExample(words, rng);
  const count = MIN_PAIRS + rng.int(MAX_PAIRS - MIN_PAIRS + 1);
  const drawn = rng.sample(words, 2 * count);
  const order = rng.shuffle(Array.from({ length: count }, (_, index) => index));
  const key = (index: number): string => drawn[2 * index]!;
  const value = (index: number): string => drawn[2 * index + 1]!;
  return {
    prompt: [...drawn, reversed ? ':' : '?'],
    response: order.flatMap((index) => (reversed ? [value(index), key(index)] : [key(index), value(index)])),
  };
}

/** `A w B x C y D z` → `y . so the answer is C .`: the look-up that qa needs, on words that mean nothing. */
function optionsExample(words: readonly string[], rng: Rng): WordPair {
  const values = rng.sample(
    words.filter((word) => !LETTERS.includes(word)),
    LETTERS.length,
  );
  const asked = rng.int(LETTERS.length);
  return {
    prompt: LETTERS.flatMap((letter, index) => [letter, values[index]!]),
    response: [values[asked]!, '.', rng.pick(LINKS), 'the', 'answer', 'is', LETTERS[asked]!, '.'],
  };
}
