// Cuts a JSON file of many records ([…], {"data": […]}, {"train": […], "test": […]}) into the texts of its records, so that each one is parsed,
// checked and reported by its own line. Walks the text once, keeps no stack, and trusts nothing: what is inside a record is JSON.parse's to judge.

export type JsonEntry =
  | { readonly line: number; readonly text: string; readonly problem: null }
  | { readonly line: number; readonly text: null; readonly problem: string };

/** Where the records are: the index behind the `[`, and under which names lists were found (null: the file is a list itself). */
export interface JsonList {
  readonly begin: number;
  readonly name: string | null;
  readonly others: readonly string[];
}

/** What is wrong with the file as a whole. */
export class JsonShapeError extends Error {
  constructor(
    message: string,
    readonly index: number,
  ) {
    super(message);
    this.name = 'JsonShapeError';
  }
}

/** Lists with these names are taken before others. */
const PREFERRED = ['data', 'train', 'training', 'examples', 'rows', 'records'];
const MAX_KEYS = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Index behind the string that opens at `from`; -1 when it never ends. */
function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return -1;
}

/** Index behind the value that begins at `from`, by brackets and quotes alone; -1 when the text ends first. */
export function valueEnd(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return stringEnd(text, from);
  let at = from;
  if (first !== '{' && first !== '[') {
    while (at < text.length && !isSpace(text.charCodeAt(at)) && !',]}'.includes(text[at]!)) at++;
    return at;
  }
  let depth = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(text, at);
      if (at < 0) return -1;
      continue;
    }
    if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) depth--;
    at++;
    if (depth === 0) return at;
  }
  return -1;
}

function keyAt(text: string, at: number): { key: string; next: number } {
  if (text[at] !== '"') throw new JsonShapeError('A name in quotes was expected here.', at);
  const end = stringEnd(text, at);
  if (end < 0) throw new JsonShapeError('The quotes of this name never close.', at);
  let key: unknown;
  try {
    key = JSON.parse(text.slice(at, end));
  } catch {
    throw new JsonShapeError('This name is not valid JSON.', at);
  }
  const colon = skipSpace(text, end);
  if (text[colon] !== ':') throw new JsonShapeError('A colon was expected after this name.', at);
  return { key: String(key), next: skipSpace(text, colon + 1) };
}

const listBegin = (text: string, at: number): number | null => {
  if (text[at] !== '[') return null;
  const first = text[skipSpace(text, at + 1)];
  return first === '{' || first === ']' ? at + 1 : null;
};

/** Lists of records among the fields of the object that opens at `from`. A cut file gives what it has. */
function listsIn(text: string, from: number): { name: string; begin: number }[] {
  const lists: { name: string; begin: number }[] = [];
  let at = skipSpace(text, from + 1);
  for (let count = 0; at < text.length && text[at] !== '}'; count++) {
    if (count >= MAX_KEYS) throw new JsonShapeError(`There are more than ${MAX_KEYS} fields and no list.`, at);
    const { key, next } = keyAt(text, at);
    const begin = listBegin(text, next);
    if (begin !== null) lists.push({ name: key, begin });
    const end = valueEnd(text, next);
    if (end < 0) break;
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
    else if (text[at] !== '}' && at < text.length) throw new JsonShapeError('A comma or } was expected here.', at);
  }
  return lists;
}

/** Finds the list of records. Throws JsonShapeError when there is none. */
export function findList(text: string): JsonList {
  const start = skipSpace(text, 0);
  if (text[start] === '[') return { begin: start + 1, name: null, others: [] };
  if (text[start] !== '{') throw new JsonShapeError('The file is neither a JSON list nor a JSON object.', start);
  const lists = listsIn(text, start);
  const named = PREFERRED.map((name) => lists.find((list) => list.name.toLowerCase() === name));
  const chosen = named.find((list) => list !== undefined) ?? lists[0];
  if (!chosen) throw new JsonShapeError('The JSON object has no list of records in it.', start);
  return { ...chosen, others: lists.filter((list) => list !== chosen).map(({ name }) => name) };
}

/** Line of an index, counted from 1. */
export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** The records of a list, in order. What is broken between two records ends the list with a problem; the records before it stay. */
export function* jsonEntries(text: string, list: JsonList): Generator<JsonEntry> {
  // The next line end is remembered: a file of one line would be searched to its end for every record.
  let [lineEnd, line] = [text.indexOf('\n'), 1];
  const lineOf = (index: number): number => {
    for (; lineEnd >= 0 && lineEnd < index; lineEnd = text.indexOf('\n', lineEnd + 1)) line++;
    return line;
  };
  let at = skipSpace(text, list.begin);
  while (text[at] !== ']') {
    const end = at < text.length ? valueEnd(text, at) : -1;
    if (end < 0) {
      const problem = 'The file ends inside the list: it was cut off. What comes before is used.';
      yield { line: lineOf(Math.min(at, text.length)), text: null, problem };
      return;
    }
    yield { line: lineOf(at), text: text.slice(at, end), problem: null };
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
    else if (text[at] !== ']' && at < text.length) {
      const problem = 'A comma or ] was expected here; the rest of the file is ignored. Mend the list.';
      yield { line: lineOf(at), text: null, problem };
      return;
    }
  }
}
