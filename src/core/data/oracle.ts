// The oracle rewriter of the built-in tasks (stands in for a stronger teacher): the correct solution nearest to a prediction,
// and which of the prediction's tokens are wrong. Also the plain token difference used where no oracle exists.
import type { WrongTokens } from './dataset';
import type { Task } from './task';

/** `table[i][j]` = length of a longest common subsequence of a[i…] and b[j…]; flat, (n + 1) × (m + 1). */
function commonLengths<T>(a: readonly T[], b: readonly T[]): Uint32Array {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      table[at] = a[i] === b[j] ? table[at + width + 1]! + 1 : Math.max(table[at + width]!, table[at + 1]!);
    }
  }
  return table;
}

/**
 * For each token of `a`: is it kept in a longest common subsequence with `b`; and that length.
 * `markGaps`: where something of `b` is missing, the token of `a` that stands in its place counts as not kept.
 */
export function lcsKeep<T>(a: readonly T[], b: readonly T[], markGaps: boolean): { keep: boolean[]; length: number } {
  const width = b.length + 1;
  const table = commonLengths(a, b);
  const keep = a.map(() => false);
  let gap = false;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const at = i * width + j;
    if (a[i] === b[j]) {
      keep[i] = !gap;
      gap = false;
      i++;
      j++;
    } else if (table[at + width]! >= table[at + 1]!) {
      gap = false;
      i++;
    } else {
      gap = markGaps && (i === 0 || keep[i - 1]!);
      j++;
    }
  }
  return { keep, length: table[0]! };
}

export interface Rewrite {
  /** The correct solution, of all styles, that needs the fewest edits. */
  readonly words: string[];
  /** Per word of the prediction: is it wrong? */
  readonly wrong: boolean[];
}

function compare(prediction: readonly string[], solution: readonly string[]): { keep: boolean[]; length: number } {
  if (solution.length !== prediction.length) return lcsKeep(prediction, solution, true);
  const keep = prediction.map((word, i) => word === solution[i]);
  return { keep, length: keep.filter(Boolean).length };
}

/** Minimal rewrite of a prediction (words, without EOS) and the mask of its wrong words (RECIPE §2). */
export function oracleRewrite(task: Task, prediction: readonly string[]): Rewrite {
  let best: Rewrite | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (const style of task.styles) {
    const words = task.solve(style);
    const { keep, length } = compare(prediction, words);
    const edits = Math.max(words.length, prediction.length) - length;
    if (edits >= fewest) continue;
    fewest = edits;
    best = { words, wrong: keep.map((kept) => !kept) };
  }
  if (!best) throw new RangeError(`The family ${task.family} has no style`);
  return best;
}

/** 0 right, 1 the first wrong token, 2 its consequences (the later wrong ones); `length` entries, the rest 0. */
export function gradeErrors(wrong: readonly boolean[], length: number): WrongTokens {
  const grades = new Uint8Array(length);
  let grade = 1;
  for (const [i, isWrong] of wrong.entries()) {
    if (!isWrong) continue;
    grades[i] = grade;
    grade = 2;
  }
  return grades;
}

/** 1 = the token of `response` is not in `gold` (plain longest-common-subsequence difference), 0 = it is. */
export function tokenDifference(response: readonly number[], gold: readonly number[]): Uint8Array {
  return Uint8Array.from(lcsKeep(response, gold, false).keep, (kept) => (kept ? 0 : 1));
}
