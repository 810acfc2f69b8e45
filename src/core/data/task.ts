// What the three built-in families have in common: a task is one question with its solutions, slips and checker.
// Everything is words here; ids come in builtin.ts.
import type { Rng } from '../rng';

/** The free part of a solution: its first word, its linking word, and (math, qa) a variant of the wording. */
export interface Style {
  readonly opener: string;
  readonly link: string;
  readonly swapped: boolean;
}

/** What a noisy annotator did wrong; none = a clean solution. */
export type Slip = 'op' | 'carry' | 'fact' | 'letter' | 'fmt' | 'drop';

export interface Task {
  readonly family: string;
  /** The operation (math, instruct) or relation (qa) that is asked for. */
  readonly skill: string;
  readonly styles: readonly Style[];
  /** The words of the prompt, without the special tokens around them. */
  readonly prompt: readonly string[];
  /** The solution in a style; with slips a wrong one (1.2 % of slipped math answers are right all the same). */
  solve(style: Style, slips?: readonly Slip[]): string[];
  /** The slips of the noisy annotator on this question; mostly none or one. */
  drawSlips(rng: Rng): Slip[];
  /** Exact checker on the words of a response, without EOS. */
  check(response: readonly string[]): boolean;
}

export interface TaskFamily {
  readonly name: string;
  /** Every word a prompt or a response can hold. */
  readonly words: readonly string[];
  /** The first word that stands for the superficial style of RECIPE §7. */
  readonly biasedOpener: string;
  /** A random question of any split. */
  generate(rng: Rng): Task;
  /** The question behind the words of a prompt, null when they are not a question of this family. */
  parse(prompt: readonly string[]): Task | null;
}

/** All combinations; the order decides which of two equally near solutions the oracle takes. */
export function combineStyles(
  openers: readonly string[],
  links: readonly string[],
  swaps: readonly boolean[],
): Style[] {
  return openers.flatMap((opener) => links.flatMap((link) => swaps.map((swapped) => ({ opener, link, swapped }))));
}

export const OPENERS = ['ok', 'first', 'well'] as const;
export const LINKS = ['so', 'thus', 'hence'] as const;

/** The words between the last `the answer is` and the next `.`; null when there is no such span. */
export function finalAnswer(response: readonly string[]): string[] | null {
  for (let i = response.length - 3; i >= 0; i--) {
    if (response[i] !== 'the' || response[i + 1] !== 'answer' || response[i + 2] !== 'is') continue;
    const end = response.indexOf('.', i + 3);
    return end < 0 ? null : response.slice(i + 3, end);
  }
  return null;
}

/** Element-wise equality; false when one side is null. */
export function sameWords(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return a !== null && b !== null && a.length === b.length && a.every((word, i) => word === b[i]);
}
