// The reference repository's own files, in and out: generations {question, solution, prediction, is_correct} and forgetting records {input,
// output, reward, ref_prob} (ALGORITHM §2, §4, §5), as JSONL. What the numbers are made of: stages/tokenRewards.ts; the page's part: features/data.
import * as v from 'valibot';
import { answersMatch, extractAnswer } from './answers';
import { MAX_KEPT_PROBLEMS, MAX_LINES } from './importLimits';
import { type ImportProblem, parseObject, quoted } from './importRecord';

/** One sampled answer. */
export interface GenerationRecord {
  readonly question: string;
  readonly solution: string;
  readonly prediction: string;
  /**
   * As the file says it; null where it says nothing. In files of the kind of RLMEC's it may mean “right, or rewritten rightly”: do not filter by
   * it, ask `isRight`.
   */
  readonly is_correct: boolean | null;
}

/** One wrong answer with a number per token of `output` and its end-of-sequence token. */
export interface ForgettingRecord {
  /** The prompt, as the trainer puts it before the output. */
  readonly input: string;
  readonly output: string;
  /** What the trainer multiplies each token's loss with: p_t in the released script, from 0 to 1. */
  readonly reward: readonly number[];
  /** Called a probability, but the natural logarithm of one (r_t): never above 0. */
  readonly ref_prob: readonly number[];
}

export interface ReferenceFile<T> {
  readonly records: readonly T[];
  /** The first 200; `problemCount` counts all. */
  readonly problems: readonly ImportProblem[];
  readonly problemCount: number;
}

const MAX_TOKENS = 100_000;
const PROMPT_HEAD =
  'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n';
const PROMPT_TAIL = '\n\n### Response:';
const STEP_BY_STEP = " Let's think step by step.";

const text = v.string('must be text in quotes.');
const generationSchema = v.object({
  question: text,
  solution: text,
  prediction: text,
  is_correct: v.optional(v.nullable(v.boolean('must be true or false.')), null),
});
const numbers = v.pipe(
  v.array(v.pipe(v.number('must be a list of numbers.'), v.finite('must be finite.')), 'must be a list of numbers.'),
  v.minLength(1, 'is empty: it needs one number per token.'),
  v.maxLength(MAX_TOKENS, `has more than ${MAX_TOKENS} numbers.`),
);
const forgettingSchema = v.pipe(
  v.object({
    input: text,
    output: text,
    reward: v.pipe(
      numbers,
      v.check((list) => list.every((p) => p >= 0 && p <= 1), 'must hold numbers from 0 to 1.'),
    ),
    ref_prob: v.pipe(
      numbers,
      v.check(
        (list) => list.every((r) => r <= 0),
        'holds a number above 0: it must be log-probabilities, write log p.',
      ),
    ),
  }),
  v.check(
    ({ reward, ref_prob }) => reward.length === ref_prob.length,
    '“reward” and “ref_prob” have different lengths: both need one number per token of the output.',
  ),
);

function readLine<T>(
  line: string,
  number: number,
  schema: v.GenericSchema<unknown, T>,
): { record: T } | { problem: ImportProblem } {
  const parsed = parseObject(line);
  if ('message' in parsed) return { problem: { line: number, field: null, message: parsed.message } };
  const result = v.safeParse(schema, parsed.value);
  if (result.success) return { record: result.output };
  const issue = result.issues[0];
  const key = issue.path?.[0]?.key;
  const field = typeof key === 'string' ? key : null;
  if (field === null) return { problem: { line: number, field, message: issue.message } };
  const isMissing = !Object.hasOwn(parsed.value, field);
  const message = isMissing
    ? `The field ${quoted(field)} is missing. Add it.`
    : `The field ${quoted(field)} ${issue.message}`;
  return { problem: { line: number, field, message } };
}

function readLines<T>(jsonl: string, schema: v.GenericSchema<unknown, T>): ReferenceFile<T> {
  const records: T[] = [];
  const problems: ImportProblem[] = [];
  let problemCount = 0;
  const report = (problem: ImportProblem): void => {
    problemCount++;
    if (problems.length < MAX_KEPT_PROBLEMS) problems.push(problem);
  };
  for (const [i, line] of jsonl
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    if (i >= MAX_LINES) {
      report({ line: i + 1, field: null, message: `The file has more than ${MAX_LINES} lines; the rest is ignored.` });
      break;
    }
    const read = readLine(line.trim(), i + 1, schema);
    if ('record' in read) records.push(read.record);
    else report(read.problem);
  }
  return { records, problems, problemCount };
}

/** Generations of a JSONL text. What is wrong with a line is a problem of the result. */
export const readGenerations = (jsonl: string): ReferenceFile<GenerationRecord> => readLines(jsonl, generationSchema);

/** Forgetting records of a JSONL text, values and lengths checked. */
export const readForgetting = (jsonl: string): ReferenceFile<ForgettingRecord> => readLines(jsonl, forgettingSchema);

const jsonl = (records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** One line a record; `is_correct` is left out where it is not known. */
export const writeGenerations = (records: readonly GenerationRecord[]): string =>
  jsonl(
    records.map(({ question, solution, prediction, is_correct }) => ({
      ...{ question, solution, prediction },
      ...(is_correct !== null && { is_correct }),
    })),
  );

/** One line a record, numbers in full. */
export const writeForgetting = (records: readonly ForgettingRecord[]): string =>
  jsonl(records.map(({ input, output, reward, ref_prob }) => ({ input, output, reward, ref_prob })));

/** Is the prediction itself right, whatever the file says? By the default rule; null where the solution has no `The answer is`. */
export function isRight({ solution, prediction }: GenerationRecord): boolean | null {
  return extractAnswer(solution, 'default') === null ? null : answersMatch(prediction, solution, 'default');
}

/** Records that the file calls correct although their prediction is wrong: those that a filter by `is_correct` would lose. */
export const wronglyCorrect = (records: readonly GenerationRecord[]): GenerationRecord[] =>
  records.filter((record) => record.is_correct === true && isRight(record) === false);

/** The prompt that the released scripts put a question into (ALGORITHM §2). */
export const referencePrompt = (question: string): string =>
  `${PROMPT_HEAD}${question.trim()}${PROMPT_TAIL}${STEP_BY_STEP}`;

/** The question in such a prompt, with or without the step-by-step words; any other text as it is. */
export function questionOf(input: string): string {
  if (!input.startsWith(PROMPT_HEAD)) return input;
  const end = input.lastIndexOf(PROMPT_TAIL);
  return end < PROMPT_HEAD.length ? input : input.slice(PROMPT_HEAD.length, end);
}
