// Which column plays which part: what the forms need, and a guess from names and first values. A person may change all of it.
import { nameOf } from '../importRecord';
import { isTurns, sharedTurns, spokenTurns, type Turn, turnsOf } from './conversation';
import type { TableColumn } from './table';

/** Questions with answers, preference pairs, or whole conversations. */
export type Form = 'answers' | 'pairs' | 'messages';
export const FORMS = ['answers', 'pairs', 'messages'] as const satisfies readonly Form[];

/**
 * `context` follows the prompt after a blank line (Alpaca's input). `output` is the whole response, `answer` the bare final answer, which is
 * put behind “The answer is” so that responses can be checked.
 */
export type Role = 'prompt' | 'context' | 'output' | 'answer' | 'chosen' | 'rejected' | 'messages';

export interface Mapping {
  readonly form: Form;
  readonly columns: Readonly<Partial<Record<Role, string>>>;
  /** GSM8K: what follows `####` in the output is its final answer. */
  readonly hashAnswers: boolean;
}

export const FORM_ROLES: Readonly<Record<Form, readonly Role[]>> = {
  answers: ['prompt', 'context', 'output', 'answer'],
  pairs: ['prompt', 'context', 'chosen', 'rejected'],
  messages: ['messages'],
};

const NAMES: Readonly<Record<Role, readonly string[]>> = {
  prompt: ['prompt', 'instruction', 'question', 'query', 'problem', 'input', 'user', 'request', 'source', 'task'],
  context: ['context', 'input'],
  output: ['output', 'response', 'solution', 'completion', 'answer', 'reply', 'assistant', 'target', 'gold', 'label'],
  answer: ['finalanswer', 'answer', 'shortanswer'],
  chosen: ['chosen', 'preferred', 'accepted', 'winner', 'better', 'good', 'positive'],
  rejected: ['rejected', 'dispreferred', 'nonpreferred', 'loser', 'worse', 'bad', 'negative'],
  messages: ['messages', 'conversations', 'conversation', 'dialogue', 'dialog', 'chat', 'turns'],
};

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The column that has one of the role's names, or failing that has it as a part; null when none is left. */
function columnFor(role: Role, columns: readonly TableColumn[], taken: readonly (string | undefined)[]): string | null {
  const free = columns.filter(({ name, problem }) => problem === null && !taken.includes(name));
  for (const wanted of NAMES[role]) {
    const found = free.find(({ name }) => plain(name) === wanted);
    if (found) return found.name;
  }
  for (const wanted of NAMES[role]) {
    const found = free.find(({ name }) => plain(name).startsWith(wanted) || plain(name).endsWith(wanted));
    if (found) return found.name;
  }
  return null;
}

const has = (columns: readonly TableColumn[], name: string | null, test: (value: unknown) => boolean): boolean =>
  columns.some((column) => column.name === name && column.samples.some(test));
const isText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';
const isMarked = (value: unknown): boolean => typeof value === 'string' && /the answer is/i.test(value);

/** Only what was found. */
const known = (columns: Readonly<Partial<Record<Role, string | null>>>): Mapping['columns'] =>
  Object.fromEntries(Object.entries(columns).filter(([, name]) => name !== null));

/** A conversation's turns; none for other values. */
function turnsIn(value: unknown): readonly Turn[] {
  try {
    return (typeof value === 'string' && spokenTurns(value)) || (isTurns(value) ? turnsOf(value) : []);
  } catch {
    return [];
  }
}

/** TRL's implicit prompt: do the first conversations of both sides begin with the same messages? */
function sharePrompt(columns: readonly TableColumn[], chosen: string, rejected: string): boolean {
  const turnsOfSide = (side: string) => turnsIn(columns.find(({ name }) => name === side)?.samples[0]);
  return sharedTurns(turnsOfSide(chosen), turnsOfSide(rejected)) > 0;
}

function guessPairs(columns: readonly TableColumn[]): Mapping | null {
  const chosen = columnFor('chosen', columns, []);
  const rejected = columnFor('rejected', columns, [chosen ?? undefined]);
  if (chosen === null || rejected === null) return null;
  // Beside conversations that hold their prompt, "source" or "prompt_id" is none.
  const prompt = sharePrompt(columns, chosen, rejected)
    ? (columns.find(({ name, problem }) => problem === null && plain(name) === 'prompt')?.name ?? null)
    : columnFor('prompt', columns, [chosen, rejected]);
  return { form: 'pairs', columns: known({ prompt, chosen, rejected }), hashAnswers: false };
}

function guessMessages(columns: readonly TableColumn[]): Mapping | null {
  const named = columnFor('messages', columns, []);
  const messages = has(columns, named, isTurns) ? named : null;
  return messages === null ? null : { form: 'messages', columns: { messages }, hashAnswers: false };
}

function guessAnswers(columns: readonly TableColumn[]): Mapping {
  const prompt = columnFor('prompt', columns, []);
  const output = columnFor('output', columns, [prompt ?? undefined]);
  const isInstruction = prompt !== null && plain(prompt).includes('instruction');
  const taken = [prompt ?? undefined, output ?? undefined];
  const context = isInstruction || columns.length > 2 ? columnFor('context', columns, taken) : null;
  // A bare answer beside a worked solution; outputs that say “The answer is …” need none.
  const answer =
    output === null || has(columns, output, isMarked)
      ? null
      : columnFor('answer', columns, [...taken, context ?? undefined]);
  const isBare = answer !== null && has(columns, answer, isText);
  const roles = { prompt, context: isInstruction ? context : null, output, answer: isBare ? answer : null };
  return { form: 'answers', columns: known(roles), hashAnswers: false };
}

/** The mapping that names and first values speak for. Roles without a column are left out: see `missingRoles`. */
export function guessMapping(columns: readonly TableColumn[]): Mapping {
  return guessPairs(columns) ?? guessMessages(columns) ?? guessAnswers(columns);
}

const isConversation = (value: unknown): boolean =>
  isTurns(value) || (typeof value === 'string' && spokenTurns(value) !== null);

/** What a mapping still needs before it can be used: of an inner list one role is enough. */
export function missingRoles({ form, columns }: Mapping): readonly (readonly Role[])[] {
  const needed: readonly (readonly Role[])[] =
    form === 'answers'
      ? [['prompt'], ['output', 'answer']]
      : form === 'pairs'
        ? [['chosen'], ['rejected']]
        : [['messages']];
  return needed.filter((roles) => roles.every((role) => columns[role] === undefined));
}

/** The columns a mapping reads, each once. */
export const mappedColumns = ({ form, columns }: Mapping): string[] => [
  ...new Set(FORM_ROLES[form].flatMap((role) => columns[role] ?? [])),
];

/** The mapping for another form: roles both have stay, the others are guessed. */
export function withForm(mapping: Mapping, form: Form, columns: readonly TableColumn[]): Mapping {
  const roles: Partial<Record<Role, string | null>> = {};
  for (const role of FORM_ROLES[form]) {
    const guessed =
      role === 'context' || role === 'answer'
        ? null
        : columnFor(
            role,
            columns,
            Object.values(roles).map((name) => name ?? undefined),
          );
    roles[role] = mapping.columns[role] ?? guessed;
  }
  return { form, columns: known(roles), hashAnswers: false };
}

/** Do the outputs end in GSM8K's `#### answer`? */
export const hasHashAnswers = (columns: readonly TableColumn[], name: string | undefined): boolean =>
  has(columns, name ?? null, (value) => typeof value === 'string' && /\n#### \S/.test(value));

/**
 * Do the columns need no mapping: {input, output} or {prompt, chosen, rejected} as plain texts? Alpaca's {instruction, input, output} and
 * conversations do need one.
 */
export function isNative(columns: readonly TableColumn[]): boolean {
  const names = columns.map(({ name }) => name);
  const all = (...wanted: string[]): boolean => wanted.every((name) => names.includes(name));
  const fields = all('prompt', 'chosen', 'rejected') ? ['prompt', 'chosen', 'rejected'] : ['input', 'output'];
  if (!all(...fields) || names.includes('instruction')) return false;
  return !fields.some((field) => has(columns, field, (value) => isConversation(value) && typeof value !== 'string'));
}

/** A value as a person is shown it in a list: short, on one line. */
export function sampleText(value: unknown): string {
  const text = typeof value === 'string' ? value : isTurns(value) ? JSON.stringify(value) : undefined;
  const shown = text ?? (['number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : nameOf(value));
  const line = shown.slice(0, 400).replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
