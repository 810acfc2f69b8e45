// Tries a tokenizer's patterns on runs of characters before anybody's text is given to them: hfPattern.ts refuses those that can take for ever by their
// form, this those that take polynomial time by their clock. Lengths double, so that even the slowest is found within a second.
import type { Tokenizer } from '@huggingface/tokenizers';
import { FileError } from '../files/byteSource';
import type { Parts } from './hfParts';

const FIRST_LENGTH = 64;
export const LAST_LENGTH = 4096;
/** Good patterns take a hundredth of it. */
const MOST_TIME = 100;
const MAX_UNITS = 48;

/** The patterns' sources, our own for other steps among them. */
function patternsOf({ normalizers, preTokenizers }: Parts): string[] {
  return [...normalizers.start, ...preTokenizers.start].flatMap(({ pattern }) =>
    typeof pattern === 'object' && pattern !== null && 'Regex' in pattern && typeof pattern.Regex === 'string'
      ? [pattern.Regex]
      : [],
  );
}

/** What to repeat: usual characters, and the words and characters that the patterns name. */
function unitsOf(patterns: readonly string[]): string[] {
  const named = patterns.flatMap((pattern) => [...pattern]);
  const words = patterns.flatMap((pattern) => pattern.match(/[\p{L}\p{N}]{2,16}/gu) ?? []);
  const units = new Set([...' \n\taA0.é你_', ...words, ...named]);
  return [...units].slice(0, MAX_UNITS);
}

function timeOf({ normalizer, pre_tokenizer }: Tokenizer, text: string): number {
  const started = performance.now();
  const normal = normalizer ? normalizer.normalize(text) : text;
  pre_tokenizer?.pre_tokenize(normal);
  return performance.now() - started;
}

/** On a busy machine a good pattern can stand still for longer than that, but not every time. */
const TRIES = 6;
const isSlow = (tokenizer: Tokenizer, text: string): boolean =>
  Array.from({ length: TRIES }).every(() => timeOf(tokenizer, text) > MOST_TIME);

const MAX_KNOWN = 64;
/** Steps that were fast enough before. */
const known = new Set<string>();

/** Throws FileError when a pattern is too slow to be used. */
export function checkSpeed(file: string, tokenizer: Tokenizer, parts: Parts): void {
  const patterns = patternsOf(parts);
  const key = JSON.stringify([parts.normalizers.start, parts.preTokenizers.start]);
  if (patterns.length === 0 || known.has(key)) return;
  const units = unitsOf(patterns);
  for (let length = FIRST_LENGTH; length <= LAST_LENGTH; length *= 2) {
    for (const unit of units) {
      // What ends a run is nothing that patterns know, so that they have to try all that they can.
      const text = `${unit.repeat(Math.ceil(length / unit.length))}\u0001`;
      if (isSlow(tokenizer, text))
        throw new FileError(
          file,
          'its patterns take too long on a run of one character, so they are not used.',
          'pre_tokenizer',
        );
    }
  }
  if (known.size < MAX_KNOWN) known.add(key);
}
