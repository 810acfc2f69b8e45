// Reads an untrusted JSONL file: {input, output} (the reference repository's form) or {prompt, chosen, rejected} (TRL's).
// Collects what is usable and what is wrong, line by line; nothing is executed. Tokens come later (imported.ts).
import { linesOf, type RawLine } from './importLines';
import {
  type AnswerRecord,
  type ImportKind,
  type ImportProblem,
  type PairRecord,
  parseRecord,
  SCHEMA_TEXT,
} from './importRecord';

export const MAX_FILE_BYTES = 64 * 1024 * 1024;
export const MAX_LINE_BYTES = 1024 * 1024;
export const MAX_LINES = 200_000;
export const MAX_KEPT_PROBLEMS = 200;
const MAX_KEPT_FIELDS = 20;

export interface ImportCounts {
  readonly bytes: number;
  readonly lines: number;
  readonly blank: number;
  readonly usable: number;
  /** Lines that could not be used (each has one problem). */
  readonly skipped: number;
  /** Lines with fields that are not needed; they are used, the fields ignored. */
  readonly withExtraFields: number;
}

/** Shortest, mean and longest, in characters. */
export interface TextLengths {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

interface ParsedBase {
  readonly name: string;
  readonly counts: ImportCounts;
  /** The first 200; `problemCount` counts all. */
  readonly problems: readonly ImportProblem[];
  readonly problemCount: number;
  /** Names of ignored fields, at most 20. */
  readonly extraFields: readonly string[];
  readonly promptLengths: TextLengths;
  /** {input, output}: the output; pairs: chosen and rejected. */
  readonly responseLengths: TextLengths;
}

export type ParsedFile =
  | (ParsedBase & { readonly kind: 'answers'; readonly records: readonly AnswerRecord[] })
  | (ParsedBase & { readonly kind: 'pairs'; readonly records: readonly PairRecord[] });

/** A file (or what is left of it) cannot be used at all. The message says what to do; `problems` holds the first lines' reasons. */
export class ImportError extends Error {
  readonly problems: readonly ImportProblem[];
  constructor(message: string, problems: readonly ImportProblem[] = []) {
    super(message);
    this.name = 'ImportError';
    this.problems = problems;
  }
}

export type ImportSource = string | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

function tooLarge(name: string): ImportError {
  const limit = MAX_FILE_BYTES / (1024 * 1024);
  return new ImportError(`${name} is larger than ${limit} MB. Split it and import a part.`);
}

/** Passes chunks on and counts their bytes. Throws ImportError as soon as the file is over the cap. */
async function* counted(source: ImportSource, name: string, count: { bytes: number }): AsyncGenerator<Uint8Array> {
  if (typeof source === 'string' && source.length > MAX_FILE_BYTES) throw tooLarge(name);
  const chunks = typeof source === 'string' ? [new TextEncoder().encode(source)] : source;
  for await (const chunk of chunks) {
    count.bytes += chunk.length;
    if (count.bytes > MAX_FILE_BYTES) throw tooLarge(name);
    yield chunk;
  }
}

function lengthsOf(texts: readonly string[]): TextLengths {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const { length } of texts) {
    min = Math.min(min, length);
    max = Math.max(max, length);
    sum += length;
  }
  return texts.length === 0 ? { min: 0, mean: 0, max: 0 } : { min, mean: sum / texts.length, max };
}

/** What has been read so far. The first usable line decides which form the file has. */
class Collector {
  readonly answers: AnswerRecord[] = [];
  readonly pairs: PairRecord[] = [];
  readonly problems: ImportProblem[] = [];
  readonly extraFields = new Set<string>();
  problemCount = 0;
  lines = 0;
  blank = 0;
  skipped = 0;
  withExtraFields = 0;
  #kind: { readonly name: ImportKind; readonly line: number } | null = null;

  report(problem: ImportProblem): void {
    this.problemCount++;
    if (this.problems.length < MAX_KEPT_PROBLEMS) this.problems.push(problem);
  }

  #noteExtraFields(names: readonly string[]): void {
    if (names.length > 0) this.withExtraFields++;
    for (const name of names) if (this.extraFields.size < MAX_KEPT_FIELDS) this.extraFields.add(name.slice(0, 40));
  }

  /** Takes one line in; returns what is wrong when it cannot be used. */
  #take(raw: RawLine): ImportProblem | null {
    const line = raw.number;
    if (raw.text === null) return { line, field: null, message: raw.problem };
    if (raw.text.trim() === '') {
      this.blank++;
      return null;
    }
    const parsed = parseRecord(raw.text, line);
    if (parsed.kind === 'problem') return parsed.problem;
    this.#kind ??= { name: parsed.kind, line };
    if (parsed.kind !== this.#kind.name) {
      const [here, first] = [SCHEMA_TEXT[parsed.kind], SCHEMA_TEXT[this.#kind.name]];
      const message = `The line is ${here}, but line ${this.#kind.line} is ${first}. Put the two kinds into two files.`;
      return { line, field: null, message };
    }
    this.#noteExtraFields(parsed.extraFields);
    if (parsed.kind === 'answers') this.answers.push(parsed.record);
    else this.pairs.push(parsed.record);
    return null;
  }

  add(raw: RawLine): void {
    this.lines = raw.number;
    const problem = this.#take(raw);
    if (!problem) return;
    this.skipped++;
    this.report(problem);
  }
}

function nothingUsable(name: string, collected: Collector, bytes: number): ImportError {
  const need = `A line looks like ${SCHEMA_TEXT.answers} or ${SCHEMA_TEXT.pairs}.`;
  if (bytes === 0) return new ImportError(`${name} is empty. ${need}`);
  const first = collected.problems[0];
  if (!first) return new ImportError(`${name} has only blank lines. ${need}`);
  const reason = `Line ${first.line}: ${first.message}`;
  return new ImportError(
    `${name} has no usable line (${collected.problemCount} problems). ${reason}`,
    collected.problems,
  );
}

function toFile(name: string, collected: Collector, bytes: number): ParsedFile {
  const { answers, pairs, lines, blank, skipped, withExtraFields } = collected;
  const usable = answers.length + pairs.length;
  if (usable === 0) throw nothingUsable(name, collected, bytes);
  const base = {
    name,
    counts: { bytes, lines, blank, usable, skipped, withExtraFields },
    problems: collected.problems,
    problemCount: collected.problemCount,
    extraFields: [...collected.extraFields],
    promptLengths: lengthsOf([...answers, ...pairs].map(({ prompt }) => prompt)),
  };
  if (answers.length > 0)
    return {
      ...base,
      kind: 'answers',
      records: answers,
      responseLengths: lengthsOf(answers.map(({ output }) => output)),
    };
  const responses = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  return { ...base, kind: 'pairs', records: pairs, responseLengths: lengthsOf(responses) };
}

/**
 * Reads a JSONL file from a string or from chunks of bytes (a 100 MB file never becomes one string). At most 64 MB, 200 000
 * lines and 1 MB a line. Throws ImportError when the file is too large, empty or has no usable line; every other fault is a
 * problem in the result. An error of the source itself is passed on.
 */
export async function parseImport(source: ImportSource, name: string): Promise<ParsedFile> {
  const count = { bytes: 0 };
  const collected = new Collector();
  for await (const raw of linesOf(counted(source, name, count), MAX_LINE_BYTES)) {
    if (raw.number > MAX_LINES) {
      const message = `The file has more than ${MAX_LINES} lines; the rest is ignored. Import it as a second file.`;
      collected.report({ line: raw.number, field: null, message });
      break;
    }
    collected.add(raw);
  }
  return toFile(name, collected, count.bytes);
}
