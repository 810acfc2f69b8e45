// One row of a table under a mapping → the record that the importer trains on, or what is wrong with the row.
import { nameOf, type ParsedLine, quoted } from '../importRecord';
import {
  CellError,
  lastExchange,
  promptText,
  sharedTurns,
  soleAnswer,
  spokenTurns,
  type Turn,
  turnsOf,
} from './conversation';
import type { Mapping, Role } from './mapping';

type Cells = ReadonlyMap<string, unknown>;

/** What is wrong with the cell of a role. */
class RoleError extends Error {
  constructor(
    readonly column: string | null,
    message: string,
  ) {
    super(message);
  }
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  if (Array.isArray(value)) return promptText(turnsOf(value));
  throw new CellError(
    `must be text, but is ${isAbsent(value) ? 'missing' : nameOf(value)}. Write it as one string, or choose another column.`,
  );
}

function filled(text: string): string {
  if (text === '') throw new CellError('is empty. Fill it in or remove the row.');
  return text;
}

/** Runs `use` on the role's cell; what it throws is told with the column's name. */
function cell<T>(cells: Cells, mapping: Mapping, role: Role, use: (value: unknown) => T): T {
  const column = mapping.columns[role];
  if (column === undefined) throw new RoleError(null, `No column is chosen for the ${role}. Choose one.`);
  try {
    return use(cells.get(column));
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    throw new RoleError(column, `The column ${quoted(column)} ${error.message}`);
  }
}

const text = (cells: Cells, mapping: Mapping, role: Role): string =>
  cell(cells, mapping, role, (value) => filled(textOf(value)));

/** Prompt and, where there is one, its context behind a blank line. */
function promptOf(cells: Cells, mapping: Mapping): string {
  const prompt = text(cells, mapping, 'prompt');
  if (mapping.columns.context === undefined) return prompt;
  const context = cell(cells, mapping, 'context', (value) => (isAbsent(value) ? '' : textOf(value)));
  return context === '' ? prompt : `${prompt}\n\n${context}`;
}

/** The response with its last `#### answer` said in words (GSM8K); as it is where there is none. */
export function withHashAnswer(output: string): string {
  const at = output.lastIndexOf('####');
  const answer = at < 0 ? '' : output.slice(at + 4).trim();
  if (answer === '' || answer.includes('\n')) return output;
  return `${output.slice(0, at).trim()}\nThe answer is ${answer}`.trim();
}

function responseOf(cells: Cells, mapping: Mapping): string {
  const { columns, hashAnswers } = mapping;
  const output = columns.output === undefined ? '' : text(cells, mapping, 'output');
  const worked = hashAnswers ? withHashAnswer(output) : output;
  if (columns.answer === undefined) return filled(worked);
  return `${worked}\nThe answer is ${text(cells, mapping, 'answer')}`.trim();
}

/** A side of a pair as turns, or as text. */
function sideOf(value: unknown): readonly Turn[] | string {
  if (typeof value === 'string') return value.trimStart().startsWith('[{') ? turnsOf(value) : filled(value.trim());
  return Array.isArray(value) ? turnsOf(value) : filled(textOf(value));
}

interface Pair {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** The shared first words of two texts, cut back to a space (TRL's rule for an implicit prompt). */
function sharedWords(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  while (at > 0 && !/\s/.test(a[at - 1]!)) at--;
  return at;
}

function turnPair(cells: Cells, mapping: Mapping, chosen: readonly Turn[], rejected: readonly Turn[]): Pair {
  const shared = sharedTurns(chosen, rejected);
  const answers = {
    chosen: cell(cells, mapping, 'chosen', () => filled(soleAnswer(chosen.slice(shared)))),
    rejected: cell(cells, mapping, 'rejected', () => filled(soleAnswer(rejected.slice(shared)))),
  };
  if (mapping.columns.prompt !== undefined) return { prompt: promptOf(cells, mapping), ...answers };
  const prompt = cell(cells, mapping, 'chosen', () => {
    if (shared === 0)
      throw new CellError('shares no first message with the rejected side. Choose a column for the prompt.');
    return filled(promptText(chosen.slice(0, shared)));
  });
  return { prompt, ...answers };
}

function pairOf(cells: Cells, mapping: Mapping): Pair {
  const chosen = cell(cells, mapping, 'chosen', sideOf);
  const rejected = cell(cells, mapping, 'rejected', sideOf);
  if (typeof chosen !== 'string' && typeof rejected !== 'string') return turnPair(cells, mapping, chosen, rejected);
  if (typeof chosen !== 'string' || typeof rejected !== 'string') {
    throw new RoleError(
      mapping.columns.rejected ?? null,
      'One side is text and the other a list of messages. Write both alike.',
    );
  }
  if (mapping.columns.prompt !== undefined) return { prompt: promptOf(cells, mapping), chosen, rejected };
  const turns = [spokenTurns(chosen), spokenTurns(rejected)] as const;
  if (turns[0] && turns[1]) return turnPair(cells, mapping, turns[0], turns[1]);
  const shared = sharedWords(chosen, rejected);
  if (shared === 0) {
    throw new RoleError(
      mapping.columns.chosen ?? null,
      'Chosen and rejected share no first words. Choose a column for the prompt.',
    );
  }
  const rest = (side: string): string => side.slice(shared).trim();
  if (rest(chosen) === '' || rest(rejected) === '') {
    throw new RoleError(
      mapping.columns.chosen ?? null,
      'One side is the beginning of the other, so the prompt cannot be told. Choose a column for it.',
    );
  }
  return { prompt: chosen.slice(0, shared).trim(), chosen: rest(chosen), rejected: rest(rejected) };
}

function recordOf(cells: Cells, mapping: Mapping, line: number): ParsedLine {
  const extraFields: string[] = [];
  if (mapping.form === 'pairs') {
    const pair = pairOf(cells, mapping);
    if (pair.chosen === pair.rejected) {
      const message = 'The chosen and the rejected response are the same. Change one or remove the row.';
      throw new RoleError(mapping.columns.rejected ?? null, message);
    }
    return { kind: 'pairs', record: { line, ...pair }, extraFields };
  }
  if (mapping.form === 'answers') {
    return {
      kind: 'answers',
      record: { line, prompt: promptOf(cells, mapping), output: responseOf(cells, mapping) },
      extraFields,
    };
  }
  const record = cell(cells, mapping, 'messages', (value) => {
    const turns = typeof value === 'string' ? (spokenTurns(value) ?? turnsOf(value)) : turnsOf(value);
    const { prompt, answer } = lastExchange(turns);
    return { line, prompt: filled(promptText(prompt)), output: filled(answer) };
  });
  return { kind: 'answers', record, extraFields };
}

/**
 * The record of a row; never throws for what the row holds. Of a conversation the last answer is the response and what stands before it the
 * prompt, as text: with the names of the roles where it is more than one message.
 */
export function mapRow(cells: Cells, mapping: Mapping, line: number): ParsedLine {
  try {
    return recordOf(cells, mapping, line);
  } catch (error) {
    if (!(error instanceof RoleError)) throw error;
    return { kind: 'problem', problem: { line, field: error.column, message: error.message } };
  }
}
