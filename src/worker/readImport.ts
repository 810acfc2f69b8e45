// A file that somebody chose: recognised, mapped where it must be, and previewed; or records, opened to be looked at. Nothing of it is kept here.
import type { ParsedFile } from '../core/data/importCollector';
import { ImportError } from '../core/data/importCollector';
import { parseImport } from '../core/data/importFile';
import type { ImportOptions } from '../core/data/importPrepare';
import { previewImport } from '../core/data/importPreview';
import { importTable, isTakenAsItIs } from '../core/data/importTable';
import { openRecords, recordsKind } from '../core/data/openRecords';
import { guessMapping, hasHashAnswers, type Mapping, missingRoles, sampleText } from '../core/data/table/mapping';
import { openTable } from '../core/data/table/openTable';
import { chunksOf, type Table } from '../core/data/table/table';
import { blobSource } from '../core/files/byteSource';
import type { PromptTokenizer } from '../core/tokenizer/promptTokenizer';
import type { ImportAnswer, ImportPreview, TableSummary } from './protocol';

const SHOWN_EXAMPLES = 5;
const SHOWN_SAMPLES = 3;

export interface ImportRequest {
  file: Blob;
  fileName: string;
  vocabularySize: number;
  maxSequence: number;
  mapping: Mapping | null;
  recordsOnly: boolean;
  /** A model's own, and the longest sequence it is meant for. */
  tokenizer?: PromptTokenizer | undefined;
  maxPositions?: number | undefined;
}

type Read =
  | Exclude<ImportAnswer, { status: 'preview' }>
  | { status: 'read'; file: ParsedFile; options: ImportOptions; preview: Omit<ImportPreview, 'dataId' | 'modelId'> };

/**
 * Reads the file as it is, or under the mapping (null: the guessed one, unless it holds records). What only another mapping can mend is the answer; a file that cannot
 * be used at all throws FileError or ImportError.
 */
export async function readImport(request: ImportRequest): Promise<Read> {
  const source = blobSource(request.fileName, request.file);
  const options = {
    name: request.fileName,
    vocabularySize: request.vocabularySize,
    maxSequence: request.maxSequence,
    ...(request.tokenizer && { tokenizer: request.tokenizer }),
    ...(request.maxPositions !== undefined && { maxPositions: request.maxPositions }),
  };
  const table = await openTable(source);
  if (request.recordsOnly || (request.mapping === null && recordsKind(table.columns) !== null)) {
    return { status: 'records', records: await openRecords(table, request.tokenizer ?? null) };
  }
  if (request.mapping === null && isTakenAsItIs(table)) {
    return readFile(await parseImport(chunksOf(source), request.fileName), options, null, 'line');
  }
  const mapping = request.mapping ?? guessMapping(table.columns);
  const summary = summaryOf(table, mapping);
  const unmapped = { status: 'mapping', fileName: table.name, table: summary, unit: table.unit } as const;
  // Without columns there is nothing to map: reading says what is wrong with the rows.
  if (table.columns.length > 0 && missingRoles(mapping).length > 0) return { ...unmapped, problem: null, problems: [] };
  try {
    return readFile(await importTable(table, mapping), options, summary, table.unit);
  } catch (error) {
    if (!(error instanceof ImportError) || table.columns.length === 0) throw error;
    return { ...unmapped, problem: error.message, problems: error.problems };
  }
}

const summaryOf = (table: Table, mapping: Mapping): TableSummary => ({
  format: table.format,
  note: table.note,
  columns: table.columns.map(({ name, problem, samples }) => ({
    name,
    problem,
    samples: samples.slice(0, SHOWN_SAMPLES).map(sampleText),
    hasHashAnswers: hasHashAnswers(table.columns, name),
  })),
  mapping,
});

function readFile(file: ParsedFile, options: ImportOptions, table: TableSummary | null, unit: 'line' | 'row'): Read {
  const preview = previewImport(file, options);
  return { status: 'read', file, options, preview: { ...toMessage(file, preview), table, unit } };
}

function examplesOf(file: ParsedFile): ImportPreview['examples'] {
  if (file.kind === 'answers') {
    const first = file.records.slice(0, SHOWN_EXAMPLES);
    return first.map(({ prompt, output }) => ({ prompt, response: output, rejected: null }));
  }
  const first = file.records.slice(0, SHOWN_EXAMPLES);
  return first.map(({ prompt, chosen, rejected }) => ({ prompt, response: chosen, rejected }));
}

function toMessage(
  file: ParsedFile,
  preview: ReturnType<typeof previewImport>,
): Omit<ImportPreview, 'dataId' | 'modelId' | 'table' | 'unit'> {
  return {
    fileName: preview.name,
    kind: preview.kind,
    records: file.counts.lines - file.counts.blank,
    usable: preview.records - preview.tooLong - preview.repeated,
    droppedTooLong: preview.tooLong,
    repeated: preview.repeated,
    withoutAnswer: preview.withoutAnswer,
    hasAnswers:
      preview.withoutAnswer !== null && preview.withoutAnswer < preview.train + preview.validation + preview.heldOut,
    trainQuestions: preview.train,
    heldOutQuestions: preview.heldOut,
    promptTokens: { median: preview.promptTokens.median, longest: preview.promptTokens.max },
    responseTokens: { median: preview.responseTokens.median, longest: preview.responseTokens.max },
    vocabularySize: preview.vocabularySize,
    problems: preview.problems,
    problemCount: preview.problemCount,
    examples: examplesOf(file),
  };
}
