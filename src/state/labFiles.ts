// Study results as files: JSON lines out, JSON lines or a JSON array in. Every line is checked; one that is wrong is named, and then
// nothing of the file is taken.
import type { StudyResult } from '../core/study/result';
import { checkResult } from './labRecord';

/** Larger files are refused: ten times the recorded set of all experiments. */
export const MOST_MEGABYTES = 64;

/** One result a line. `readResults` gives the same results back. */
export const resultLines = (results: readonly StudyResult[]): string =>
  results.map((result) => `${JSON.stringify(result)}\n`).join('');

/** Results between two rests, so that the page stays quick. */
const AT_ONCE = 40;
const LONGEST_QUOTE = 40;

/**
 * The results of a file's text, in its order, duplicates included. `name` is what errors call the file. Rejects with Error naming file, line
 * and field.
 */
export async function readResults(
  text: string,
  name: string,
  rest: () => Promise<void> = () => new Promise((resolve) => setTimeout(resolve)),
): Promise<StudyResult[]> {
  const parts = text.trimStart().startsWith('[') ? elementsOf(text, name) : linesOf(text);
  if (parts.length === 0) throw new Error(`${name} holds no results.`);
  const results: StudyResult[] = [];
  for (const part of parts) {
    results.push(readPart(part, name));
    if (results.length % AT_ONCE === 0) await rest();
  }
  return results;
}

interface Part {
  text: string;
  /** Where it begins, from 1. */
  line: number;
}

function readPart({ text, line }: Part, name: string): StudyResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const quoted = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
    throw new Error(`${name}, line ${line}: “${quoted}” is no JSON.`);
  }
  try {
    return checkResult(value);
  } catch (error) {
    throw new Error(`${name}, line ${line}: ${error instanceof Error ? error.message : error}`);
  }
}

const linesOf = (text: string): Part[] =>
  text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [{ text: line.trim(), line: i + 1 }]));

/** The texts of an array's elements. What is in them is for JSON.parse to judge; here only brackets and strings are told apart. */
function elementsOf(text: string, name: string): Part[] {
  const elements: Part[] = [];
  let depth = 0;
  let isString = false;
  let line = 1;
  let from = 0;
  let fromLine = 1;
  const end = (to: number): void => {
    const element = text.slice(from, to);
    const blank = element.length - element.trimStart().length;
    const skipped = element.slice(0, blank).split('\n').length - 1;
    elements.push({ text: element.trim(), line: fromLine + skipped });
    from = to + 1;
    fromLine = line;
  };
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]!;
    if (sign === '\n') line++;
    if (isString) {
      if (sign === '\\') i++;
      else if (sign === '"') isString = false;
    } else if (sign === '"') isString = true;
    else if (sign === '[' || sign === '{') {
      depth++;
      if (depth === 1) [from, fromLine] = [i + 1, line];
    } else if (sign === ',' && depth === 1) end(i);
    else if (sign === ']' || sign === '}') {
      depth--;
      if (depth === 0) {
        const isEmpty = elements.length === 0 && text.slice(from, i).trim() === '';
        if (!isEmpty) end(i);
        if (sign === ']' && text.slice(i + 1).trim() === '') return elements;
        throw new Error(`${name}, line ${line}: the array of results ends here, but the file goes on.`);
      }
    }
  }
  throw new Error(`${name}, line ${line}: the array of results does not end; the file may be cut.`);
}
