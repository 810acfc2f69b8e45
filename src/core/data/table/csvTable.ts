// Tables from CSV and TSV: the delimiter is found out, the first row names the columns, quoted cells may hold line ends.
import Papa from 'papaparse';
import { type ByteSource, FileError } from '../../files/byteSource';
import { MAX_LINE_BYTES, MAX_LINES } from '../importLimits';
import { brokenRow, columnsOf, MAX_COLUMNS, SAMPLE_ROWS, type Table, type TableRow } from './table';
import { readText } from './text';

/** A cell costs a delimiter or a line end at least: more of them are refused before the parser makes strings of them. */
const MAX_CELLS = 8_000_000;
const GUESSED_ROWS = 20;
const DELIMITERS = [',', '\t', ';', '|'];
const SPOKEN: Readonly<Record<string, string>> = { ',': 'commas', '\t': 'tabs', ';': 'semicolons', '|': 'bars' };

/** Excel's first line that names the delimiter, which is no row; the delimiter, and how long the line is with its end. */
export function declaredDelimiter(text: string): { delimiter: string; length: number } | null {
  const found = /^sep=([^\w\s"]|\t)(?:\r\n|\n|\r)/i.exec(text);
  return found && { delimiter: found[1]!, length: found[0].length };
}

/** Rows among the first that have as many cells as the header; 0 where the header has one alone. */
function fittingRows(head: string, delimiter: string): { rows: number; fitting: number; columns: number } {
  const { data } = Papa.parse<string[]>(head, { preview: GUESSED_ROWS, delimiter, skipEmptyLines: true });
  const columns = data[0]?.length ?? 0;
  return { rows: data.length, columns, fitting: columns < 2 ? 0 : data.filter((row) => row.length === columns).length };
}

/** The delimiter under which most of the first rows have as many cells as the header, and then the most cells; null when under none half do. */
export function guessDelimiter(head: string): string | null {
  const guesses = DELIMITERS.map((delimiter) => ({ delimiter, ...fittingRows(head, delimiter) }));
  const able = guesses.filter(({ rows, fitting }) => fitting * 2 > rows);
  able.sort((a, b) => b.fitting / b.rows - a.fitting / a.rows || b.columns - a.columns);
  return able[0]?.delimiter ?? null;
}

/** The delimiter of the header alone: for what must be a table although its rows do not fit; null where the header has one cell. */
export function headerDelimiter(head: string): string | null {
  const guesses = DELIMITERS.map((delimiter) => ({ delimiter, ...fittingRows(head, delimiter) }));
  const [widest] = guesses.sort((a, b) => b.columns - a.columns);
  return widest && widest.columns > 1 ? widest.delimiter : null;
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return count;
}

interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
  readonly isBroken: boolean;
}

/** Rows with the line each begins on; `most` rows, and what is beyond them is not parsed. `first`: number of the text's first line. */
function parseRows(text: string, delimiter: string, most: number, first: number): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = first;
  let lineEnd: number | null = null;
  Papa.parse<string[]>(text, {
    delimiter,
    step({ data, errors, meta }, parser) {
      rows.push({ line, cells: data, isBroken: errors.length > 0 });
      const end = meta.linebreak.at(-1) ?? '\n';
      lineEnd ??= text.indexOf(end);
      // The cursor is behind the row's own line end.
      for (; lineEnd >= 0 && lineEnd < meta.cursor; lineEnd = text.indexOf(end, lineEnd + 1)) line++;
      if (rows.length >= most) parser.abort();
    },
  });
  return rows;
}

/** Every column has a name of its own, in the header's order. */
function namesOf(header: readonly string[]): string[] {
  const taken = new Set<string>();
  return header.map((cell, i) => {
    const wanted = cell.trim() || `column ${i + 1}`;
    let name = wanted;
    for (let n = 2; taken.has(name); n++) name = `${wanted} (${n})`;
    taken.add(name);
    return name;
  });
}

const isBlank = ({ cells }: CsvRow): boolean => cells.every((cell) => cell.trim() === '');

function toRow({ line, cells, isBroken }: CsvRow, names: readonly string[]): TableRow {
  if (isBroken) {
    return brokenRow(line, 'The quotes of the row do not pair up. Write a quote inside a quoted cell as two quotes.');
  }
  if (cells.length !== names.length) {
    const fix = 'Put cells that hold the delimiter or a line end into quotes.';
    return brokenRow(line, `The row has ${cells.length} cells, but the header has ${names.length}. ${fix}`);
  }
  if (cells.reduce((sum, cell) => sum + cell.length, 0) > MAX_LINE_BYTES) {
    return brokenRow(line, `The row is longer than ${MAX_LINE_BYTES} characters. Split or shorten it.`);
  }
  return { line, cells: new Map(names.map((name, i) => [name, cells[i]!])), problem: null };
}

const dataRows = (rows: readonly CsvRow[], names: readonly string[]): TableRow[] =>
  rows
    .slice(1)
    .filter((row) => !isBlank(row))
    .map((row) => toRow(row, names));

/** A CSV or TSV file with a header row. Throws FileError when it has too many cells or columns, or no header. */
export async function openCsv(source: ByteSource, delimiter: string): Promise<Table> {
  const all = await readText(source);
  const declared = declaredDelimiter(all);
  const text = all.slice(declared?.length ?? 0);
  const first = declared ? 2 : 1;
  if (countOf(text, delimiter) + countOf(text, '\n') + countOf(text, '\r') > MAX_CELLS) {
    throw new FileError(source.name, `has more than ${MAX_CELLS} cells. Split it and import a part.`);
  }
  const head = parseRows(text, delimiter, SAMPLE_ROWS + 1, first);
  if (!head[0]) throw new FileError(source.name, 'has no header row. Name the columns in the first row.');
  if (head[0].cells.length > MAX_COLUMNS) {
    throw new FileError(source.name, `has more than ${MAX_COLUMNS} columns. Leave out those that are not needed.`);
  }
  const names = namesOf(head[0].cells);
  const sampled = columnsOf(dataRows(head, names));
  return {
    name: source.name,
    format: delimiter === '\t' ? 'TSV' : 'CSV',
    note: `Cells are separated by ${SPOKEN[delimiter] ?? `“${delimiter}”`}; the first row names the columns.`,
    unit: 'line',
    bytes: source.size,
    columns: names.map(
      (name) => sampled.find((column) => column.name === name) ?? { name, samples: [], problem: null },
    ),
    async *rows() {
      // One row more than is used, so that whoever counts can say that there are more.
      yield* dataRows(parseRows(text, delimiter, MAX_LINES + 2, first), names);
    },
  };
}
