// The word tokenizer of the built-in tasks: one word, digit or sign = one token.
import { isSpecial, SPECIAL } from './special';

export interface WordTokenizer {
  /** id → word, the special tokens first. */
  readonly vocabulary: readonly string[];
  /** Exact words → ids. Throws Error naming a word that is not in the vocabulary (special tokens are not). */
  encodeWords(words: readonly string[]): number[];
  /** Typed text → ids: words, digits and signs may touch, capitals do not matter. Throws Error naming the unknown word. */
  encode(text: string): number[];
  /** ids → words, special tokens kept. */
  words(ids: readonly number[]): string[];
  /** ids → text; special tokens stand for no text. */
  decode(ids: readonly number[]): string;
}

/** `words` in any order and with repetitions; ids follow the special tokens in code-point order. */
export function createWordTokenizer(words: readonly string[]): WordTokenizer {
  const vocabulary: string[] = [...SPECIAL, ...[...new Set(words)].sort()];
  const ids = new Map(vocabulary.map((word, id) => [word, id] as const).slice(SPECIAL.length));
  const idOf = (word: string): number => {
    const id = ids.get(word) ?? ids.get(word.toLowerCase());
    if (id === undefined) throw new Error(`The built-in vocabulary has no word “${word.slice(0, 40)}”`);
    return id;
  };
  const wordOf = (id: number): string => {
    const word = vocabulary[id];
    if (word === undefined) throw new RangeError(`No token has the id ${id}`);
    return word;
  };
  return {
    vocabulary,
    encodeWords: (list) => list.map(idOf),
    encode(text) {
      const chunks = text.split(/\s+/).filter((chunk) => chunk !== '');
      return chunks.flatMap((chunk) => {
        if (ids.has(chunk)) return [idOf(chunk)];
        return (chunk.match(/\d|\p{L}+_?|[^\d\p{L}]/gu) ?? []).map(idOf);
      });
    },
    words: (list) => list.map(wordOf),
    decode: (list) =>
      list
        .filter((id) => !isSpecial(id))
        .map(wordOf)
        .join(' '),
  };
}
