// A file of the reference repository's records as something to look at: generations as prompts with their answers, each judged by our rule beside
// the file's own word; forgetting records with the pieces of their outputs where a tokenizer gives as many as there are numbers.
import type { PromptRecord, ResponseRecord } from '../events';
import { createRng } from '../rng';
import type { PromptTokenizer } from '../tokenizer/promptTokenizer';
import { ImportError } from './importCollector';
import { MAX_FILE_BYTES, MAX_KEPT_PROBLEMS, MAX_LINES } from './importLimits';
import type { ImportProblem } from './importRecord';
import { buildPairs } from './pairs';
import {
  type ForgettingRecord,
  type GenerationRecord,
  isRight,
  readForgetting,
  readGeneration,
} from './referenceRecords';
import type { Table, TableColumn } from './table/table';

interface OpenedBase {
  /** The file's. */
  readonly name: string;
  /** What `line` of the problems counts. */
  readonly unit: 'line' | 'row';
  /** The first 200; `problemCount` counts all. */
  readonly problems: readonly ImportProblem[];
  readonly problemCount: number;
}

export interface OpenedGenerations extends OpenedBase {
  readonly kind: 'generations';
  /** One a question with its solution, `gold`, in the file's order. */
  readonly prompts: readonly PromptRecord[];
  /** Different answers; `correct` is our own verdict, null where the solution has no `The answer is`. Ids count from 0. */
  readonly responses: readonly ResponseRecord[];
  /** The file's `is_correct`, by response id. */
  readonly told: readonly (boolean | null)[];
  /** A response's or solution's ids are the place of its whole text in here, then `TEXT_END`. */
  readonly texts: readonly string[];
}

export interface OpenedForgetting extends OpenedBase {
  readonly kind: 'forgetting';
  readonly records: readonly ForgettingRecord[];
  /** What a tokenizer makes of the outputs; null without one. */
  readonly pieces: Pieces | null;
}

export type OpenedRecords = OpenedGenerations | OpenedForgetting;
export type RecordsKind = OpenedRecords['kind'];

export interface Pieces {
  /** By record: the ids of its output and the end, null where they are not as many as its numbers. */
  readonly tokens: readonly (readonly number[] | null)[];
  /** The text of every id in `tokens`. */
  readonly vocabulary: ReadonlyMap<number, string>;
  readonly specialIds: readonly number[];
}

export const TEXT_END = -1;

interface Text {
  id: number;
  text: string;
}

const FIELDS: Readonly<Record<RecordsKind, readonly string[]>> = {
  generations: ['question', 'solution', 'prediction'],
  forgetting: ['input', 'output', 'reward', 'ref_prob'],
};
const KINDS = ['generations', 'forgetting'] as const;

/** Which records a table holds by its columns; null for other tables. */
export function recordsKind(columns: readonly Pick<TableColumn, 'name'>[]): RecordsKind | null {
  const names = columns.map(({ name }) => name);
  return KINDS.find((kind) => FIELDS[kind].every((field) => names.includes(field))) ?? null;
}

/**
 * Reads a file of records, at most 64 MB and 200 000 rows; what is wrong with a row is a problem of the result. Throws ImportError where the table has
 * neither kind's columns or no usable row, FileError where the file cannot be read on.
 */
export async function openRecords(table: Table, tokenizer: PromptTokenizer | null): Promise<OpenedRecords> {
  const kind = recordsKind(table.columns);
  if (kind === null) {
    const found = table.columns.slice(0, 5).map(({ name }) => `“${name.slice(0, 40)}”`);
    throw new ImportError(
      `${table.name} holds neither generations (${FIELDS.generations.join(', ')}) nor forgetting records (${FIELDS.forgetting.join(', ')}); its columns are ${found.join(', ') || 'none'}. Data to train on is imported in Run.`,
    );
  }
  if (table.bytes > MAX_FILE_BYTES) {
    throw new ImportError(`${table.name} is larger than ${MAX_FILE_BYTES >> 20} MB. Split it and open a part.`);
  }
  return kind === 'generations'
    ? generationsOf(await readRows(table, kind, readGeneration))
    : forgettingOf(await readRows(table, kind, readForgetting), tokenizer);
}

async function readRows<T>(
  table: Table,
  kind: RecordsKind,
  read: (cells: Readonly<Record<string, unknown>>) => { record: T } | { field: string | null; message: string },
): Promise<OpenedBase & { records: T[] }> {
  const records: T[] = [];
  const problems: ImportProblem[] = [];
  let problemCount = 0;
  const report = (problem: ImportProblem): void => {
    problemCount++;
    if (problems.length < MAX_KEPT_PROBLEMS) problems.push(problem);
  };
  for await (const row of table.rows([...FIELDS[kind], 'is_correct', 'probability'])) {
    if (records.length + problemCount >= MAX_LINES) {
      const message = `The file has more than ${MAX_LINES} records; the rest is left out.`;
      report({ line: row.line, field: null, message });
      break;
    }
    const done = row.cells ? read(Object.fromEntries(row.cells)) : { field: row.field, message: row.problem ?? '' };
    if ('record' in done) records.push(done.record);
    else report({ line: row.line, ...done });
  }
  const { name, unit } = table;
  if (records.length === 0) {
    const [first] = problems;
    const why = first ? ` ${unit === 'line' ? 'Line' : 'Row'} ${first.line}: ${first.message}` : '';
    throw new ImportError(`No ${unit} of ${name} can be used.${why}`, problems);
  }
  return { name, unit, problems, problemCount, records };
}

/** Things numbered in the order in which their keys were first asked for. */
function numbered<T>() {
  const byKey = new Map<string, T>();
  const items: T[] = [];
  const of = (key: string, make: (id: number) => T): T => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const item = make(items.length);
    items.push(item);
    byKey.set(key, item);
    return item;
  };
  return { items, of };
}

function generationsOf({ records, ...base }: OpenedBase & { records: readonly GenerationRecord[] }): OpenedGenerations {
  const [texts, prompts, responses] = [numbered<Text>(), numbered<PromptRecord>(), numbered<ResponseRecord>()];
  const told: (boolean | null)[] = [];
  const idsOf = (text: string): number[] => [texts.of(text, (id) => ({ id, text })).id, TEXT_END];
  for (const record of records) {
    const { solution, prediction, is_correct } = record;
    const question = record.question.trim();
    const gold = solution === '' ? null : idsOf(solution);
    const prompt = prompts.of(JSON.stringify([question, solution]), (id) => ({
      ...{ id, family: '', text: question, tokens: [], gold },
    }));
    responses.of(JSON.stringify([prompt.id, prediction, is_correct]), (id) => {
      told.push(is_correct);
      const tokens = idsOf(prediction);
      return { id, promptId: prompt.id, tokens, correct: isRight(record), ended: true, copies: 0 };
    }).copies++;
  }
  return {
    ...{ kind: 'generations', ...base, prompts: prompts.items, responses: responses.items, told },
    texts: texts.items.map(({ text }) => text),
  };
}

function forgettingOf(
  { records, ...base }: OpenedBase & { records: readonly ForgettingRecord[] },
  tokenizer: PromptTokenizer | null,
): OpenedForgetting {
  return { kind: 'forgetting', ...base, records, pieces: tokenizer && piecesOf(records, tokenizer) };
}

function piecesOf(records: readonly ForgettingRecord[], tokenizer: PromptTokenizer): Pieces {
  const vocabulary = new Map<number, string>();
  const tokens = records.map(({ output, reward }) => {
    const ids = [...tokenizer.encodeResponse(output), tokenizer.eosId];
    if (ids.length !== reward.length) return null;
    for (const id of ids) vocabulary.set(id, tokenizer.vocabulary[id] ?? '');
    return ids;
  });
  return { tokens, vocabulary, specialIds: tokenizer.specialIds.filter((id) => vocabulary.has(id)) };
}

/** Preference pairs as the importer reads them. */
export interface TextPairSet {
  readonly pairs: readonly { readonly prompt: string; readonly chosen: string; readonly rejected: string }[];
  /** A sentence for people when the rule had to be changed; null otherwise. */
  readonly note: string | null;
}

/** Right × wrong answers of the file by our verdicts and the rules of a run's own pairs (pairs.ts), the same for the same seed. */
export function generationPairs({ prompts, responses, texts }: OpenedGenerations, seed: number): TextPairSet {
  const verdicts = new Map(responses.map(({ promptId, tokens, correct }) => [`${promptId} ${tokens[0]}`, correct]));
  const samples = prompts.map(({ id, family, text, gold }) => ({
    question: { id: String(id), family, text, prompt: [], gold },
    responses: [] as (readonly number[])[],
  }));
  for (const { promptId, tokens } of responses) samples[promptId]!.responses.push(tokens);
  const { pairs, note } = buildPairs(samples, createRng(seed).fork('pairs'), {
    endIds: [TEXT_END],
    check: ({ id }, [text]) => verdicts.get(`${id} ${text}`) ?? null,
    biasedStyle: null,
  });
  const textOf = ([id]: readonly number[]): string => texts[id!]!;
  return {
    pairs: pairs.map(({ question, chosen, rejected }) => ({
      prompt: question.text,
      chosen: textOf(chosen),
      rejected: textOf(rejected),
    })),
    note,
  };
}
