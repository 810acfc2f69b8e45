// Study results on disk: one JSON object a line, appended and flushed to the disk as they come, so that a killed command loses at most the
// line it was writing.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseResult, type StudyResult } from '../core/study/result';

export interface ResultFile {
  results: StudyResult[];
  /** Characters of a last line that was cut, if there is one. */
  cut: number;
}

/** An absent file has no results. Throws Error naming a line that is no result; only a last line without its end is left out. */
export function readResults(path: string): ResultFile {
  if (!existsSync(path)) return { results: [], cut: 0 };
  const text = readFileSync(path, 'utf8');
  const end = text.lastIndexOf('\n') + 1;
  const results = text
    .slice(0, end)
    .split('\n')
    .flatMap((line, i) => {
      if (line === '') return [];
      try {
        return [parseResult(JSON.parse(line))];
      } catch (error) {
        throw new Error(`${path}, line ${i + 1}: ${error instanceof Error ? error.message : error}`);
      }
    });
  return { results, cut: text.length - end };
}

const linesOf = (results: readonly StudyResult[]): string =>
  results.map((result) => `${JSON.stringify(result)}\n`).join('');

/** Writes the whole file, or leaves the old one as it was. */
export function writeResults(path: string, results: readonly StudyResult[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  writeFlushed(draft, 'w', linesOf(results));
  renameSync(draft, path);
}

/** Adds one line. The file must end with a whole line. */
export function appendResult(path: string, result: StudyResult): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFlushed(path, 'a', linesOf([result]));
}

function writeFlushed(path: string, flag: 'w' | 'a', text: string): void {
  const file = openSync(path, flag);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
