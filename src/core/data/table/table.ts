// What every kind of data file becomes before anything is made of it: named columns with a few values each, and rows that say where they stand.
// No format in here: jsonTable.ts, csvTable.ts and parquetTable.ts make tables, openTable.ts finds out which.
import type { ByteSource } from '../../files/byteSource';

export type TableFormat = 'JSONL' | 'JSON' | 'CSV' | 'TSV' | 'Parquet';

export interface TableColumn {
  readonly name: string;
  /** Values of the first rows that have the column, at most `SAMPLE_ROWS`; absent ones are left out. */
  readonly samples: readonly unknown[];
  /** Why the column cannot be read, as a sentence; null when it can. */
  readonly problem: string | null;
}

/** One row: its cells by column, or what is wrong with it and what to do. */
export type TableRow = { readonly line: number } & (
  | { readonly cells: ReadonlyMap<string, unknown>; readonly problem: null }
  | { readonly cells: null; readonly problem: string; readonly field: string | null }
);

export interface Table {
  /** The file's name. */
  readonly name: string;
  readonly format: TableFormat;
  /** What else was found out about the file, as a sentence; null when there is nothing to say. */
  readonly note: string | null;
  /** What `line` of a row counts from 1: lines of a text file, or rows. */
  readonly unit: 'line' | 'row';
  /** Bytes of the file. */
  readonly bytes: number;
  readonly columns: readonly TableColumn[];
  /** The file from its start, blank lines left out. Only the given columns need be in the cells. Throws FileError where the file cannot be read on. */
  rows(columns: readonly string[]): AsyncGenerator<TableRow>;
}

export const SAMPLE_ROWS = 20;
/** Names from files are shown in forms: more columns than this are refused. */
export const MAX_COLUMNS = 500;

export const brokenRow = (line: number, problem: string, field: string | null = null): TableRow => ({
  line,
  cells: null,
  problem,
  field,
});

/** Columns in the order in which the rows name them, with the values of those rows. */
export function columnsOf(rows: readonly TableRow[]): TableColumn[] {
  const samples = new Map<string, unknown[]>();
  for (const { cells } of rows) {
    for (const [name, value] of cells ?? []) {
      const found = samples.get(name);
      if (found) found.push(value);
      else if (samples.size < MAX_COLUMNS) samples.set(name, [value]);
    }
  }
  return [...samples].map(([name, values]) => ({ name, samples: values.slice(0, SAMPLE_ROWS), problem: null }));
}

/** Which columns cannot be read, with the first one's reason; null when all can. */
export function unreadableText(columns: readonly Pick<TableColumn, 'name' | 'problem'>[]): string | null {
  const broken = columns.filter(({ problem }) => problem !== null);
  const [first] = broken;
  if (!first) return null;
  if (broken.length === columns.length) return `None of the columns can be read. ${first.problem}`;
  const which = broken.length === 1 ? `“${first.name}”` : `“${first.name}” and ${broken.length - 1} more`;
  return `Of the columns ${which} cannot be read. ${first.problem}`;
}

const CHUNK_BYTES = 1024 * 1024;

/** A source from its start in pieces of a megabyte. */
export async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let begin = 0; begin < source.size; begin += CHUNK_BYTES) {
    yield await source.read(begin, Math.min(source.size, begin + CHUNK_BYTES));
  }
}
