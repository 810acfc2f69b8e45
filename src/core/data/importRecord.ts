// One line of an imported file → one record, or what is wrong with it. Untrusted text: only JSON.parse and a schema look at it.
import * as v from 'valibot';

/** {input, output}: a question and its gold answer. */
export interface AnswerRecord {
  readonly line: number;
  readonly prompt: string;
  readonly output: string;
}

/** {prompt, chosen, rejected}: a ready preference pair. */
export interface PairRecord {
  readonly line: number;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

export type ImportKind = 'answers' | 'pairs';

export interface ImportProblem {
  /** Counted from 1; 0 = the file as a whole. */
  readonly line: number;
  readonly field: string | null;
  /** What is wrong and what to do, one or two sentences. Plain text. */
  readonly message: string;
}

export type ParsedLine =
  | { readonly kind: 'answers'; readonly record: AnswerRecord; readonly extraFields: readonly string[] }
  | { readonly kind: 'pairs'; readonly record: PairRecord; readonly extraFields: readonly string[] }
  | { readonly kind: 'problem'; readonly problem: ImportProblem };

const FIELDS: Readonly<Record<ImportKind, readonly string[]>> = {
  answers: ['input', 'output'],
  pairs: ['prompt', 'chosen', 'rejected'],
};
export const SCHEMA_TEXT: Readonly<Record<ImportKind, string>> = {
  answers: '{"input", "output"}',
  pairs: '{"prompt", "chosen", "rejected"}',
};

const text = v.pipe(
  v.string((issue) => `must be text in quotes, but is ${nameOf(issue.input)}. Write it as one string.`),
  v.trim(),
  v.nonEmpty('is empty. Fill it in or remove the line.'),
);
const answerSchema = v.object({ input: text, output: text });
const pairSchema = v.object({ prompt: text, chosen: text, rejected: text });

/** What a value is, for a message. */
export function nameOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'boolean' ? 'true or false' : `a ${typeof value}`;
}

/** A field's name for a message: in quotes, and not longer than can be read. */
export const quoted = (name: string): string => `“${name.length > 40 ? `${name.slice(0, 40)}…` : name}”`;

/** Index after the closing quote of the JSON string that opens at `start`; the text is known to be valid JSON. */
function stringEnd(json: string, start: number): number {
  for (let i = start + 1; ; i++) {
    if (json[i] === '\\') i++;
    else if (json[i] === '"') return i + 1;
  }
}

/** The first key that one valid JSON object has twice at its top level (JSON.parse would keep the last without a word), or null. */
export function duplicateKey(json: string): string | null {
  const seen = new Set<string>();
  let depth = 0;
  let expectsKey = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '"') {
      const end = stringEnd(json, i);
      if (depth === 1 && expectsKey) {
        const key = String(JSON.parse(json.slice(i, end)));
        if (seen.has(key)) return key;
        seen.add(key);
        expectsKey = false;
      }
      i = end - 1;
    } else if (character === '{' || character === '[') {
      depth++;
      expectsKey = depth === 1;
    } else if (character === '}' || character === ']') depth--;
    else if (character === ',' && depth === 1) expectsKey = true;
  }
  return null;
}

function problem(line: number, field: string | null, message: string): ParsedLine {
  return { kind: 'problem', problem: { line, field, message } };
}

/** Would it be JSON without the numbers that Python's json.dumps writes all the same? */
function isPythons(json: string): boolean {
  try {
    JSON.parse(json.replace(/([:[,]\s?-?)(?:NaN|Infinity)\b/g, '$10'));
    return true;
  } catch {
    return false;
  }
}

/** The JSON object of a text, or a sentence that says what it is instead. */
export function parseObject(json: string): { value: object } | { message: string } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    if (isPythons(json)) return { message: 'The line has NaN or Infinity, which JSON lacks. Write null instead.' };
    const array = json.startsWith('[') ? ' A JSON list is not JSONL: write one object per line.' : '';
    return { message: `The line is not valid JSON.${array || ' Write one complete object per line.'}` };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value };
  return { message: `The line is ${nameOf(value)}, not an object. Write one object per line.` };
}

/** Which of the two forms the keys belong to; a sentence when none or both. */
function kindOf(keys: readonly string[]): ImportKind | { message: string } {
  const answers = FIELDS.answers.some((field) => keys.includes(field));
  const pairs = FIELDS.pairs.some((field) => keys.includes(field));
  if (answers && pairs)
    return {
      message: `The line mixes ${SCHEMA_TEXT.answers} and ${SCHEMA_TEXT.pairs}. Keep the fields of one of them.`,
    };
  if (answers) return 'answers';
  if (pairs) return 'pairs';
  const found = keys.length === 0 ? 'no field' : `only ${keys.slice(0, 5).map(quoted).join(', ')}`;
  return { message: `The line has ${found}. It needs ${SCHEMA_TEXT.answers} or ${SCHEMA_TEXT.pairs}.` };
}

function fieldProblem(line: number, issue: v.BaseIssue<unknown>, value: object): ParsedLine {
  const field = String(issue.path?.[0]?.key ?? '');
  if (!Object.hasOwn(value, field)) return problem(line, field, `The field ${quoted(field)} is missing. Add it.`);
  return problem(line, field, `The field ${quoted(field)} ${issue.message}`);
}

/** Reads one non-blank line. Never throws; texts are trimmed. */
export function parseRecord(json: string, line: number): ParsedLine {
  const parsed = parseObject(json.trim());
  if ('message' in parsed) return problem(line, null, parsed.message);
  const twice = duplicateKey(json);
  if (twice !== null) return problem(line, twice, `The field ${quoted(twice)} appears twice. Keep one of them.`);
  const keys = Object.keys(parsed.value);
  const kind = kindOf(keys);
  if (typeof kind === 'object') return problem(line, null, kind.message);
  const extraFields = keys.filter((key) => !FIELDS[kind].includes(key));
  if (kind === 'answers') {
    const result = v.safeParse(answerSchema, parsed.value);
    if (!result.success) return fieldProblem(line, result.issues[0], parsed.value);
    return { kind, record: { line, prompt: result.output.input, output: result.output.output }, extraFields };
  }
  const result = v.safeParse(pairSchema, parsed.value);
  if (!result.success) return fieldProblem(line, result.issues[0], parsed.value);
  const { prompt, chosen, rejected } = result.output;
  if (chosen === rejected)
    return problem(
      line,
      'rejected',
      'The chosen and the rejected response are the same. Change one or remove the line.',
    );
  return { kind, record: { line, prompt, chosen, rejected }, extraFields };
}
