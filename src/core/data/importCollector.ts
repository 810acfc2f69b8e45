// Gathers what an imported file gives, whatever form the file has: usable records of one kind, problems by line, counts and lengths.
import { MAX_KEPT_PROBLEMS } from './importLimits';
import {
  type AnswerRecord,
  type ImportKind,
  type ImportProblem,
  type PairRecord,
  type ParsedLine,
  SCHEMA_TEXT,
} from './importRecord';

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
export class Collector {
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

  /** Takes one record in; returns what is wrong when it cannot be used. */
  #take(parsed: ParsedLine, line: number): ImportProblem | null {
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

  skipBlank(): void {
    this.lines++;
    this.blank++;
  }

  /** One line or row of the file, usable or not. */
  add(parsed: ParsedLine, line: number): void {
    this.lines++;
    const problem = this.#take(parsed, line);
    if (!problem) return;
    this.skipped++;
    this.report(problem);
  }
}

function nothingUsable(name: string, collected: Collector, bytes: number, unit: 'line' | 'row'): ImportError {
  const need =
    unit === 'line' ? `A line looks like ${SCHEMA_TEXT.answers} or ${SCHEMA_TEXT.pairs}.` : 'Choose a file with rows.';
  if (bytes === 0) return new ImportError(`${name} is empty. ${need}`);
  const first = collected.problems[0];
  if (!first) return new ImportError(`${name} has only blank ${unit}s. ${need}`);
  const reason = `${unit === 'line' ? 'Line' : 'Row'} ${first.line}: ${first.message}`;
  const message = `${name} has no usable ${unit} (${collected.problemCount} problems). ${reason}`;
  return new ImportError(message, collected.problems);
}

/** The file as it was collected. Throws ImportError when no record is usable. `unit`: what its places count. */
export function toFile(name: string, collected: Collector, bytes: number, unit: 'line' | 'row' = 'line'): ParsedFile {
  const { answers, pairs, lines, blank, skipped, withExtraFields } = collected;
  const usable = answers.length + pairs.length;
  if (usable === 0) throw nothingUsable(name, collected, bytes, unit);
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
