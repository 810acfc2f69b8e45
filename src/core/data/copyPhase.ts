// The training that makes the built-in base checkpoint, before any noisy solution: without it so small a model never learns to look
// things up in its prompt (RECIPE §3). First strings to repeat and to reverse, then look-ups from value to key. Words in, words out.
import type { Rng } from '../rng';

export interface WordPair {
  readonly prompt: readonly string[];
  readonly response: readonly string[];
}

const MIN_STRING = 3;
const MAX_STRING = 26;
const REVERSED_MARK = 'reverse';
const LETTERS = ['A', 'B', 'C', 'D'];
/** Look-ups with random words for keys: guessing one of four letters is too good a score, and they would stay at it. */
const RANDOM_KEY_SHARE = 0.7;
const QUERIES = 2;
/** Queries whose key follows at once; the others put it into a worded answer, as qa does. */
const BARE_SHARE = 0.4;
const LINKS = ['so', 'thus', 'hence'];

/** Longest prompt and response in words. */
export const LONGEST_COPY = { prompt: MAX_STRING + 1, response: MAX_STRING } as const;

/** A random string of 3–26 words, to be repeated: “what came after this word?”, many times an example. */
export function copyExample(words: readonly string[], rng: Rng): WordPair {
  const text = Array.from({ length: stringLength(rng) }, () => rng.pick(words));
  return { prompt: text, response: text };
}

/** Different random words, to be repeated from the last to the first: “what came before this word?”, which a look-up of its key needs. */
export function reversalExample(words: readonly string[], rng: Rng): WordPair {
  const text = rng.sample(words, stringLength(rng));
  return { prompt: [REVERSED_MARK, ...text], response: [...text].reverse() };
}

const stringLength = (rng: Rng): number => MIN_STRING + rng.int(MAX_STRING - MIN_STRING + 1);

/**
 * `k1 v1 … k4 v4` → twice the key of a value, either `v k .` or `v . so the answer is k .`. Keys are random words or A–D. The two
 * queries are drawn independently: no answer follows from the other one.
 */
export function lookupExample(words: readonly string[], rng: Rng): WordPair {
  const drawn = rng.sample(
    words.filter((word) => !LETTERS.includes(word)),
    2 * LETTERS.length,
  );
  const values = drawn.slice(0, LETTERS.length);
  const keys = rng.next() < RANDOM_KEY_SHARE ? drawn.slice(LETTERS.length) : LETTERS;
  const answer = (): string[] => {
    const asked = rng.int(LETTERS.length);
    const value = values[asked]!;
    const key = keys[asked]!;
    if (rng.next() < BARE_SHARE) return [value, key, '.'];
    return [value, '.', rng.pick(LINKS), 'the', 'answer', 'is', key, '.'];
  };
  return {
    prompt: keys.flatMap((key, index) => [key, values[index]!]),
    response: Array.from({ length: QUERIES }, answer).flat(),
  };
}
