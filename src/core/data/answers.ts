// The answer check of imported texts and the text-level pair builder (ALGORITHM §2): ours and, as an option, the released scripts'.
import type { Rng } from '../rng';
import type { PromptTokenizer } from '../tokenizer/promptTokenizer';
import { withoutEnd } from '../tokenizer/special';

export type AnswerRule = 'default' | 'reference';

const REFERENCE_MARKER = 'The answer is';
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/;
const RELATIVE_TOLERANCE = 1e-6;

/** Without the given characters at the start and at the end. A loop, since a regex can take quadratic time on hostile text. */
function strip(text: string, atStart: string, atEnd: string): string {
  let [start, end] = [0, text.length];
  while (start < end && atStart.includes(text[start]!)) start++;
  while (end > start && atEnd.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/**
 * The answer in a text. `default`: what follows the last `the answer is` (any case), trimmed, lower-cased, without leading
 * `:`, trailing `.` or `!`, and without `$` and `,`; null when the marker or the answer is missing. `reference`: what follows the last
 * `The answer is`, trimmed and lower-cased; without the marker the whole text.
 */
export function extractAnswer(text: string, rule: AnswerRule): string | null {
  if (rule === 'reference') return text.split(REFERENCE_MARKER).at(-1)!.trim().toLowerCase();
  const parts = text.split(/the answer is/i);
  if (parts.length < 2) return null;
  const bare = strip(parts.at(-1)!.trim().toLowerCase(), ': ', '.! ');
  return bare.replace(/[$,]/g, '').trim() || null;
}

function sameNumber(a: string, b: string): boolean {
  if (!NUMBER.test(a) || !NUMBER.test(b)) return false;
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= RELATIVE_TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
}

/** Is the prediction right? `default`: numerically (rel. 1e-6) when both answers are numbers, else string equality. */
export function answersMatch(prediction: string, gold: string, rule: AnswerRule): boolean {
  const [got, want] = [extractAnswer(prediction, rule), extractAnswer(gold, rule)];
  if (got === null || want === null) return false;
  return got === want || (rule === 'default' && sameNumber(got, want));
}

/** Does a response end, and with the answer of the gold one? Both are ids. */
export function isRightAnswer(
  { endIds, decode }: Pick<PromptTokenizer, 'endIds' | 'decode'>,
  gold: readonly number[],
  response: readonly number[],
): boolean {
  const body = withoutEnd(response, endIds);
  return body !== null && answersMatch(decode(body), decode(gold), 'default');
}

/** The ids of a prompt that somebody typed. Throws Error for an empty one, and for one after which a sequence has no room for an answer. */
export function typedPrompt(
  { wrapPrompt }: Pick<PromptTokenizer, 'wrapPrompt'>,
  text: string,
  maxSequence: number,
): number[] {
  if (text.trim() === '') throw new Error('The prompt is empty');
  const prompt = wrapPrompt(text.trim());
  if (prompt.length < maxSequence) return prompt;
  throw new Error(`The prompt has ${prompt.length} tokens; at most ${maxSequence - 1} leave room for an answer`);
}

export interface TextPairs {
  /** Number of different predictions. */
  readonly unique: number;
  readonly positive: string[];
  readonly negative: string[];
  /** Number of all positives × negatives. */
  readonly allPairs: number;
  /** min(maxPairs, allPairs) of them, drawn uniformly without replacement. */
  readonly pairs: { readonly chosen: string; readonly rejected: string }[];
}

/** Preference pairs of one question at text level; the negatives are also its forgetting data. */
export function buildTextPairs(
  sample: { readonly gold: string; readonly predictions: readonly string[] },
  rule: AnswerRule,
  maxPairs: number,
  rng: Rng,
): TextPairs {
  const unique = [...new Set(sample.predictions)];
  const positive = unique.filter((prediction) => answersMatch(prediction, sample.gold, rule));
  const negative = unique.filter((prediction) => !positive.includes(prediction));
  const all = positive.flatMap((chosen) => negative.map((rejected) => ({ chosen, rejected })));
  return { unique: unique.length, positive, negative, allPairs: all.length, pairs: rng.sample(all, maxPairs) };
}
