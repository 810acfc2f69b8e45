// Conversations in the forms people keep them: [{role, content}], [{from, value}], a list as JSON text, or “Human: … Assistant: …” in one text.
import { nameOf } from '../importRecord';

export interface Turn {
  /** 'user', 'assistant', 'system', or whatever else the file says, in lower case. */
  readonly role: string;
  readonly content: string;
}

/** A value that cannot be used, as a sentence that goes on behind the column's name. */
export class CellError extends Error {
  override readonly name = 'CellError';
}

const MAX_TURNS = 1000;
const ROLES: Readonly<Record<string, string>> = {
  ...{ human: 'user', prompter: 'user', question: 'user' },
  ...{
    gpt: 'assistant',
    bot: 'assistant',
    model: 'assistant',
    chatgpt: 'assistant',
    ai: 'assistant',
    answer: 'assistant',
  },
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (record: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Text of a message: a string, or a list of parts of which the texts are taken. Null when there is none. */
function contentOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const texts = value.map((part: unknown) => (isRecord(part) ? own(part, 'text') : part));
  return texts.every((text) => typeof text === 'string') && texts.length > 0 ? texts.join('') : null;
}

function turnOf(value: unknown): Turn | null {
  if (!isRecord(value)) return null;
  const role = own(value, 'role') ?? own(value, 'from');
  const content = contentOf(own(value, 'content') ?? own(value, 'value') ?? own(value, 'text'));
  if (typeof role !== 'string' || content === null) return null;
  const name = role.trim().toLowerCase();
  return { role: Object.hasOwn(ROLES, name) ? ROLES[name]! : name, content: content.trim() };
}

/** A list as JSON text, as CSV files hold it; anything else as it is. */
function unpacked(value: unknown): unknown {
  if (typeof value !== 'string' || !value.trimStart().startsWith('[{')) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Does the value look like a list of messages? */
export function isTurns(value: unknown): boolean {
  const list = unpacked(value);
  return Array.isArray(list) && list.length > 0 && turnOf(list[0]) !== null;
}

/** `[{'role': 'user', …}]`, also with line ends between the messages as NumPy has them: what pandas and `datasets` write into CSV. */
const PYTHON_LIST = /^\s*\[\s*\{\s*'/;

/** The turns of a list of messages. Throws CellError. */
export function turnsOf(value: unknown): Turn[] {
  const list = unpacked(value);
  if (typeof list === 'string' && PYTHON_LIST.test(list))
    throw new CellError(
      'holds a list as Python prints it, which loses what is quoted. Save the data as JSONL or Parquet.',
    );
  if (!Array.isArray(list)) throw new CellError(`must be a list of messages, but is ${nameOf(value)}.`);
  if (list.length > MAX_TURNS) throw new CellError(`has ${list.length} messages, more than ${MAX_TURNS}. Shorten it.`);
  const turns = list.map(turnOf);
  const broken = turns.indexOf(null);
  if (broken >= 0) throw new CellError(`has no role and content in message ${broken + 1}. Write {"role", "content"}.`);
  return turns.filter((turn) => turn !== null);
}

/** `\n\nHuman: … \n\nAssistant: …` in one text as turns; null when the text is no such thing. */
export function spokenTurns(text: string): Turn[] | null {
  const parts = text.trim().split(/(?:^|\n\n)(Human|Assistant):/);
  // Behind the split: what is before the first name, then names and texts in turn.
  if (parts.length < 5 || parts[0]!.trim() !== '' || parts.length > 2 * MAX_TURNS) return null;
  const turns: Turn[] = [];
  for (let i = 1; i < parts.length; i += 2) {
    turns.push({ role: parts[i] === 'Human' ? 'user' : 'assistant', content: parts[i + 1]!.trim() });
  }
  return turns;
}

const spoken = ({ role, content }: Turn): string => `${role.slice(0, 1).toUpperCase()}${role.slice(1)}: ${content}`;

/** Turns as one prompt: a single user turn is its text; of more, each begins with the name of its role. */
export function promptText(turns: readonly Turn[]): string {
  if (turns.length === 1 && turns[0]!.role === 'user') return turns[0]!.content;
  return turns.map(spoken).join('\n\n');
}

/** The last answer of a conversation and the turns before it. Throws CellError unless a user's turn stands right before the answer. */
export function lastExchange(turns: readonly Turn[]): { prompt: readonly Turn[]; answer: string } {
  const at = turns.findLastIndex(({ role }) => role === 'assistant');
  if (at < 0) throw new CellError('has no message of the assistant. Add the answer.');
  if (turns[at - 1]?.role !== 'user')
    throw new CellError('has no message of the user right before the last answer. Add it.');
  return { prompt: turns.slice(0, at), answer: turns[at]!.content };
}

/** How many first turns two conversations share; each keeps one at least. */
export function sharedTurns(a: readonly Turn[], b: readonly Turn[]): number {
  const most = Math.min(a.length, b.length) - 1;
  let shared = 0;
  while (shared < most && a[shared]!.role === b[shared]!.role && a[shared]!.content === b[shared]!.content) shared++;
  return shared;
}

/** The one answer that a side of a pair has behind the shared turns. Throws CellError. */
export function soleAnswer(turns: readonly Turn[]): string {
  const [only, ...more] = turns;
  if (only?.role === 'assistant' && more.length === 0) return only.content;
  throw new CellError(
    'must end in exactly one message of the assistant that the other side does not have. Mend the row.',
  );
}
