// The list of built-in task families and the vocabulary they share (180 tokens, RECIPE §2).
import * as v from 'valibot';
import { createWordTokenizer } from '../tokenizer/words';
import { instructFamily, instructTask } from './instruct';
import { mathFamily, mathTask } from './math';
import { qaFamily, qaTask } from './qa';
import type { Task, TaskFamily } from './task';

export type FamilyName = 'math' | 'qa' | 'instruct';

export const FAMILIES: Readonly<Record<FamilyName, TaskFamily>> = {
  math: mathFamily,
  qa: qaFamily,
  instruct: instructFamily,
};

export const FAMILY_NAMES: readonly FamilyName[] = ['math', 'qa', 'instruct'];

/** Tokenizer and vocabulary of the built-in tasks: the grammar's words, sorted by code point after the special tokens. */
export const taskTokenizer = createWordTokenizer(FAMILY_NAMES.flatMap((name) => FAMILIES[name].words));

const questionSchema = v.variant('fam', [
  v.object({
    fam: v.literal('math'),
    ...{ name: v.string(), item: v.string(), verb: v.string() },
    ...{ op: v.picklist(['+', '-']), A: v.pipe(v.number(), v.integer()), B: v.pipe(v.number(), v.integer()) },
  }),
  v.object({ fam: v.literal('qa'), a: v.string(), rel: v.string(), opts: v.array(v.string()) }),
  v.object({ fam: v.literal('instruct'), op: v.string(), fmt: v.string(), xs: v.array(v.string()) }),
]);

/** The task of a question written as in the golden files. Throws when it does not have that form. */
export function taskFromRecord(record: unknown): Task {
  const q = v.parse(questionSchema, record);
  if (q.fam === 'math') return mathTask(q);
  if (q.fam === 'qa') return qaTask({ animal: q.a, relation: q.rel, options: q.opts });
  return instructTask({ op: q.op, format: q.fmt, items: q.xs });
}
