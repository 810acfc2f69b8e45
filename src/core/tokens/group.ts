// Tokens of a response as words and as steps of its solution, and one value for a group. Pure.

export const GROUPINGS = ['token', 'word', 'step'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** A token as the vocabulary shows it: byte-level vocabularies write a space as ␣ and a line end as ↵. */
export interface ShownToken {
  text: string;
  /** Of the format, without text: EOS. */
  isSpecial: boolean;
}

/** Tokens [from, to). */
export interface TokenGroup {
  from: number;
  to: number;
}

const NUMBER = /^[0-9]+$/;
const OPENS_WORD = /^[␣↵⇥]/;
const ENDS_STEP = /(?:[.;!?][␣]*|↵)$/;

/**
 * Consecutive groups that cover all tokens. `word`: with `isWords` (one token a word) digits in a row make one number; otherwise a
 * word begins where a token brings white space. `step`: ends after `.`, `;`, `!`, `?` or a line end; a point between digits
 * ends nothing. Special tokens are words of their own and belong to the step before them.
 */
export function groupTokens(tokens: readonly ShownToken[], grouping: Grouping, isWords: boolean): TokenGroup[] {
  const groups: TokenGroup[] = [];
  for (const at of tokens.keys()) {
    const last = groups.at(-1);
    const joins = last !== undefined && grouping !== 'token' && isJoined(tokens, at, grouping, isWords);
    if (joins) last.to = at + 1;
    else groups.push({ from: at, to: at + 1 });
  }
  return groups;
}

/** Whether token `at` (not the first) belongs to the group of the one before it. */
function isJoined(tokens: readonly ShownToken[], at: number, grouping: 'word' | 'step', isWords: boolean): boolean {
  const [before, token] = [tokens[at - 1]!, tokens[at]!];
  if (grouping === 'step') return token.isSpecial || !endsStep(tokens, at - 1, isWords);
  if (token.isSpecial || before.isSpecial) return false;
  if (isWords) return NUMBER.test(before.text) && NUMBER.test(token.text);
  return !OPENS_WORD.test(token.text) && !/[␣↵⇥]$/.test(before.text);
}

function endsStep(tokens: readonly ShownToken[], at: number, isWords: boolean): boolean {
  const text = tokens[at]!.text;
  if (!ENDS_STEP.test(text)) return false;
  // "3.5" in pieces.
  return isWords || !(text.endsWith('.') && NUMBER.test(tokens[at + 1]?.text.charAt(0) ?? ''));
}

export type Aggregate = 'mean' | 'sum' | 'highest';

/** One value of a group; NaN for one without tokens. */
export function groupValue(values: ArrayLike<number>, { from, to }: TokenGroup, aggregate: Aggregate): number {
  if (to <= from) return Number.NaN;
  let total = 0;
  let highest = -Infinity;
  for (let t = from; t < to; t++) {
    total += values[t]!;
    highest = Math.max(highest, values[t]!);
  }
  if (aggregate === 'highest') return highest;
  return aggregate === 'mean' ? total / (to - from) : total;
}
