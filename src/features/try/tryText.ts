// What Try says about two answers, and errors in words. Pure.
import { formatShare } from '../../components/format';
import { differingTokens } from '../../components/tokenStripDiff';
import type { GeneratedAnswer } from '../../worker/protocol';

export interface AnswerPair {
  before: GeneratedAnswer;
  after: GeneratedAnswer;
}

const verdictWord = (correct: boolean | null): string =>
  correct === null ? 'not checked' : correct ? 'right' : 'wrong';

/** The title once both models have answered. */
export function pairTitle({ before, after }: AnswerPair, aligned: string): string {
  if (before.text === after.text) {
    const verdict = after.correct === null ? '' : `, and it is ${verdictWord(after.correct)}`;
    return `Both models give the same answer${verdict}`;
  }
  if (before.correct === null || after.correct === null) return `SFT and ${aligned} answer differently`;
  if (before.correct === after.correct) return `The answers differ, and both are ${verdictWord(after.correct)}`;
  return `SFT is ${verdictWord(before.correct)}, ${aligned} is ${verdictWord(after.correct)}`;
}

/** Tokens of each answer that have no partner in the other one. */
export function answerDifference({ before, after }: AnswerPair): { before: boolean[]; after: boolean[] } {
  const flags = differingTokens(
    before.tokens.map((token) => token.id),
    after.tokens.map((token) => token.id),
  );
  return { before: flags.left, after: flags.right };
}

/** Sum of log p over the answer's tokens, nats; the model's own confidence. Null for an empty answer. */
export function answerLogp(answer: GeneratedAnswer): number | null {
  if (answer.tokens.length === 0) return null;
  return answer.tokens.reduce((sum, token) => sum + Math.log(Math.max(token.probability, 1e-12)), 0);
}

/** A probability as per cent; ones too small to matter are not spelt out. */
export const probabilityText = (probability: number): string =>
  probability < 1e-4 ? `< ${formatShare(1e-4)}` : formatShare(probability);

/** What happened and what to do next, from whatever a promise was rejected with. */
export function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const message = 'message' in error && typeof error.message === 'string' ? error.message : 'The answer failed.';
  const next = 'next' in error && typeof error.next === 'string' ? ` ${error.next}` : '';
  return `${/[.!?]$/.test(message) ? message : `${message}.`}${next}`;
}

/** What was typed and answered last, for each run: leaving the view loses nothing. */
export interface Draft {
  prompt: string;
  temperature: number;
  seed: number;
  answered: { prompt: string; temperature: number; pair: AnswerPair } | null;
}

export const emptyDraft = (): Draft => ({ prompt: '', temperature: 0, seed: 1, answered: null });
