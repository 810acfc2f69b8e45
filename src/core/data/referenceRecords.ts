// One record of the reference repository's files, in and out: generations {question, solution, prediction, is_correct} and forgetting records
// {input, output, reward, ref_prob} (ALGORITHM §2, §4, §5). Whole files: openRecords.ts; what the numbers are made of: stages/tokenRewards.ts.
import * as v from 'valibot';
import { answersMatch, extractAnswer } from './answers';
import { csvText } from './csv';
import { quoted } from './importRecord';

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
  readonly reward: Float64Array;
  /** Called a probability, but the natural logarithm of one (r_t): never above 0. */
  readonly ref_prob: Float64Array;
  /** p_t where `reward` is a weight made of it. Our own addition, which the released scripts do not read; null where the file has none. */
  readonly probability: Float64Array | null;
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
const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => Number.isFinite(one));
const numbers = v.pipe(
  v.custom<readonly number[]>(isNumbers, 'must be a list of numbers.'),
  v.minLength(1, 'is empty: it needs one number per token.'),
  v.maxLength(MAX_TOKENS, `has more than ${MAX_TOKENS} numbers.`),
  v.transform((list) => new Float64Array(list)),
);
const shares = v.pipe(
  numbers,
  v.check((list) => list.every((p) => p >= 0 && p <= 1), 'must hold numbers from 0 to 1.'),
);
const forgettingSchema = v.pipe(
  v.object({
    input: text,
    output: text,
    reward: shares,
    ref_prob: v.pipe(
      numbers,
      v.check(
        (list) => list.every((r) => r <= 0),
        'holds a number above 0: it must be log-probabilities, write log p.',
      ),
    ),
    probability: v.optional(v.nullable(shares), null),
  }),
  v.check(
    ({ reward, ref_prob }) => reward.length === ref_prob.length,
    '“reward” and “ref_prob” have different lengths: both need one number per token of the output.',
  ),
  v.check(
    ({ reward, probability }) => probability === null || probability.length === reward.length,
    '“reward” and “probability” have different lengths: both need one number per token of the output.',
  ),
);

type Cells = Readonly<Record<string, unknown>>;
type Read<T> = { record: T } | { field: string | null; message: string };

/** What a CSV cell stands for where a text is not what is wanted. */
function cellValue(field: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (field === 'is_correct') return value === '' ? null : ({ true: true, false: false }[value.toLowerCase()] ?? value);
  if (!LISTS.includes(field)) return value;
  if (value === '') return null;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
const LISTS = ['reward', 'ref_prob', 'probability'];

function readCells<T>(cells: Cells, schema: v.GenericSchema<unknown, T>): Read<T> {
  const values = Object.fromEntries(Object.entries(cells).map(([field, value]) => [field, cellValue(field, value)]));
  const result = v.safeParse(schema, values);
  if (result.success) return { record: result.output };
  const issue = result.issues[0];
  const key = issue.path?.[0]?.key;
  const field = typeof key === 'string' ? key : null;
  if (field === null) return { field, message: issue.message };
  const isMissing = !Object.hasOwn(cells, field);
  const message = isMissing
    ? `The field ${quoted(field)} is missing. Add it.`
    : `The field ${quoted(field)} ${issue.message}`;
  return { field, message };
}

/** The record of a row's cells, or what is wrong with it. Texts are taken as they stand, lists also as JSON in a text (CSV). */
export const readGeneration = (cells: Cells): Read<GenerationRecord> => readCells(cells, generationSchema);

/** The same of a forgetting record, values and lengths checked. */
export const readForgetting = (cells: Cells): Read<ForgettingRecord> => readCells(cells, forgettingSchema);

const jsonl = (records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** One line a record; `is_correct` is left out where it is not known. */
export const writeGenerations = (records: readonly GenerationRecord[]): string =>
  jsonl(
    records.map(({ question, solution, prediction, is_correct }) => ({
      ...{ question, solution, prediction },
      ...(is_correct !== null && { is_correct }),
    })),
  );

/** One line a record, numbers in full; `probability` is left out where it is not known. */
export const writeForgetting = (records: readonly ForgettingRecord[]): string =>
  jsonl(
    records.map(({ input, output, reward, ref_prob, probability }) => ({
      ...{ input, output, reward: [...reward], ref_prob: [...ref_prob] },
      ...(probability && { probability: [...probability] }),
    })),
  );

/** The same as CSV with a header: one row a record, lists as JSON. */
export function forgettingCsv(records: readonly ForgettingRecord[]): string {
  const list = (numbers: Float64Array | null): string => (numbers ? JSON.stringify([...numbers]) : '');
  const rows = records.map((one) => [
    one.input,
    one.output,
    list(one.reward),
    list(one.ref_prob),
    list(one.probability),
  ]);
  return csvText([['input', 'output', 'reward', 'ref_prob', 'probability'], ...rows]);
}

/** Is the prediction itself right, whatever the file says? By the default rule; null where the solution has no `The answer is`. */
export function isRight({ solution, prediction }: GenerationRecord): boolean | null {
  return extractAnswer(solution, 'default') === null ? null : answersMatch(prediction, solution, 'default');
}

/** The prompt that the released scripts put a question into (ALGORITHM §2). */
export const referencePrompt = (question: string): string =>
  `${PROMPT_HEAD}${question.trim()}${PROMPT_TAIL}${STEP_BY_STEP}`;

/** The question in such a prompt, with or without the step-by-step words; any other text as it is. */
export function questionOf(input: string): string {
  if (!input.startsWith(PROMPT_HEAD)) return input;
  const end = input.lastIndexOf(PROMPT_TAIL);
  return end < PROMPT_HEAD.length ? input : input.slice(PROMPT_HEAD.length, end);
}
