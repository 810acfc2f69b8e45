// The training that makes the built-in base checkpoint, before any noisy solution: without it so small a model never learns to look
// things up in its prompt (RECIPE §3). First strings to repeat and to reverse, then look-ups from value to key. Words in, words out.
import type { Rng } from '../rng';

export interface WordPair {
  readonly prompt: readonly string[];
  readonly response: readonly string[];
}

const MIN_STRING = 3;
const MAX_STRING = 26;
/** Copies are marked and reversals are not: what came *before* a word is what look-ups need, and those have no mark either. */
const COPY_MARK = 'copy';
const LETTERS = ['A', 'B', 'C', 'D'];
const RANDOM_KEY_SHARE = 0.5;
const QUERIES = 2;
const LINKS = ['so', 'thus', 'hence'];

/** Longest prompt and response in words. */
export const LONGEST_COPY = { prompt: MAX_STRING + 1, response: MAX_STRING } as const;

/** A random string of 3–26 words, to be repeated: “what came after this word?”, many times an example. */
export function copyExample(words: readonly string[], rng: Rng): WordPair {
  const text = Array.from({ length: stringLength(rng) }, () => rng.pick(words));
  return { prompt: [COPY_MARK, ...text], response: text };
}

/** Different random words, to be repeated from the last to the first: “what came before this word?”, which a look-up of its key needs. */
export function reversalExample(words: readonly string[], rng: Rng): WordPair {
  const text = rng.sample(words, stringLength(rng));
  return { prompt: text, response: [...text].reverse() };
}

const stringLength = (rng: Rng): number => MIN_STRING + rng.int(MAX_STRING - MIN_STRING + 1);

/**
 * `k1 v1 … k4 v4` → twice the key of a value: `v . so the answer is k .`, as qa words it, or with only the last few of those words
 * (`v is k .`, `v k .`). The near answers are easy and lead to the far ones: without them the look-up forms after 1250 to 2500 steps,
 * with them after 250. Keys are random words or A–D. The two queries are drawn independently: no answer follows from the other one.
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
    const wording = ['.', rng.pick(LINKS), 'the', 'answer', 'is'];
    return [values[asked]!, ...wording.slice(rng.int(wording.length + 1)), keys[asked]!, '.'];
  };
  return {
    prompt: keys.flatMap((key, index) => [key, values[index]!]),
    response: Array.from({ length: QUERIES }, answer).flat(),
  };
}
