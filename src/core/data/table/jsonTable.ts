// Tables from JSONL (one object a line) and JSON (one list of objects, or an object that holds such lists).
import { type ByteSource, FileError } from '../../files/byteSource';
import { MAX_LINE_BYTES } from '../importLimits';
import { linesOf } from '../importLines';
import { duplicateKey, parseObject } from '../importRecord';
import { findList, JsonShapeError, jsonEntries, lineAt } from './jsonEntries';
import { brokenRow, chunksOf, columnsOf, SAMPLE_ROWS, type Table, type TableRow } from './table';
import { readText } from './text';

function rowOf(text: string, line: number): TableRow {
  const parsed = parseObject(text.trim());
  if ('message' in parsed) return brokenRow(line, parsed.message);
  const twice = duplicateKey(text);
  if (twice !== null)
    return brokenRow(line, `The field “${twice.slice(0, 40)}” appears twice. Keep one of them.`, twice);
  return { line, cells: new Map(Object.entries(parsed.value)), problem: null };
}

async function* jsonlRows(source: ByteSource): AsyncGenerator<TableRow> {
  for await (const { number, text, problem } of linesOf(chunksOf(source), MAX_LINE_BYTES)) {
    if (text === null) yield brokenRow(number, problem);
    else if (text.trim() !== '') yield rowOf(text, number);
  }
}

async function firstRows(rows: AsyncGenerator<TableRow>): Promise<TableRow[]> {
  const first: TableRow[] = [];
  for await (const row of rows) {
    first.push(row);
    if (first.length >= SAMPLE_ROWS) break;
  }
  return first;
}

/** A JSONL file; lines of it that are no objects are problems of those rows. */
export async function openJsonl(source: ByteSource): Promise<Table> {
  return {
    name: source.name,
    format: 'JSONL',
    note: null,
    unit: 'line',
    bytes: source.size,
    columns: columnsOf(await firstRows(jsonlRows(source))),
    rows: () => jsonlRows(source),
  };
}

async function* jsonRows(text: string, list: ReturnType<typeof findList>): AsyncGenerator<TableRow> {
  for (const entry of jsonEntries(text, list)) {
    if (entry.text === null) yield brokenRow(entry.line, entry.problem);
    else if (entry.text.length > MAX_LINE_BYTES)
      yield brokenRow(entry.line, `The record is longer than ${MAX_LINE_BYTES} characters. Split or shorten it.`);
    else yield rowOf(entry.text, entry.line);
  }
}

/** A JSON file. Throws FileError naming the line when it holds no list of records. */
export async function openJson(source: ByteSource): Promise<Table> {
  const text = await readText(source);
  try {
    const list = findList(text);
    const from = list.name === null ? null : `Read from its list “${list.name.slice(0, 40)}”`;
    const others = list.others.slice(0, 5).map((name) => `“${name.slice(0, 40)}”`);
    return {
      name: source.name,
      format: 'JSON',
      note: from && (others.length > 0 ? `${from}; ${others.join(', ')} left out.` : `${from}.`),
      unit: 'line',
      bytes: source.size,
      columns: columnsOf(await firstRows(jsonRows(text, list))),
      rows: () => jsonRows(text, list),
    };
  } catch (error) {
    if (!(error instanceof JsonShapeError)) throw error;
    const next = 'It needs a list of objects, alone or as a field: [{…}, {…}] or {"data": [{…}, {…}]}.';
    throw new FileError(source.name, `${error.message} ${next}`, `line ${lineAt(text, error.index)}`);
  }
}
