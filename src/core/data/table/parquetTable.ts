// Tables from Parquet: only the columns that are asked for are read, row group by row group, and no more than a cap of decoded bytes. The footer and
// every page are looked through (thrift.ts, parquetPages.ts) before hyparquet decodes them.
import { parquetMetadata, parquetSchema } from 'hyparquet';
import { assembleAsync, readRowGroup } from 'hyparquet/src/rowgroup.js';
import type { ColumnMetaData, FileMetaData, RowGroup, SchemaTree } from 'hyparquet/src/types.js';
import { type ByteSource, FileError } from '../../files/byteSource';
import { MAX_FILE_BYTES, MAX_LINES } from '../importLimits';
import { type Budget, type CheckedChunk, isPageTrouble, type PageLimits, readPages } from './parquetPages';
import { brokenRow, MAX_COLUMNS, SAMPLE_ROWS, type Table, type TableColumn, type TableRow } from './table';
import { readThrift, ThriftError } from './thrift';

const MAX_FOOTER_BYTES = 16 * 1024 * 1024;
const MAX_SCHEMA = 5000;
const MAX_SCHEMA_DEPTH = 16;
const MAX_VALUES = 8 * 1024 * 1024;
const SAMPLE_BYTES = 16 * 1024 * 1024;
const BINARY = 'It holds bytes that are no UTF-8 text.';

/** What one column cannot be read for; the others can. */
class ColumnError extends Error {
  override readonly name = 'ColumnError';
}

interface Parquet {
  readonly source: ByteSource;
  readonly metadata: FileMetaData;
  readonly tree: SchemaTree;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Parquet's text must be UTF-8; a replacement character would change it without a word. */
const decoder = new TextDecoder('utf-8', { fatal: true });
const PARSERS = {
  stringFromBytes(bytes: Uint8Array | undefined): string | undefined {
    if (!bytes) return undefined;
    try {
      return decoder.decode(bytes);
    } catch {
      throw new ColumnError(BINARY);
    }
  },
};

async function readFooter(source: ByteSource): Promise<Uint8Array> {
  const { name, size } = source;
  if (size < 12) throw new FileError(name, 'is too short for a Parquet file. Choose the whole file.');
  const tail = await source.read(size - 8, size);
  const magic = String.fromCharCode(...tail.subarray(4));
  if (magic === 'PARE') throw new FileError(name, 'is an encrypted Parquet file. Save it without encryption.');
  if (magic !== 'PAR1')
    throw new FileError(name, 'was cut off: its Parquet footer is missing. Copy the whole file again.');
  const length = new DataView(tail.buffer).getUint32(0, true);
  if (length > Math.min(MAX_FOOTER_BYTES, size - 12)) {
    throw new FileError(name, `says that its Parquet footer has ${length} bytes, which cannot be. Save it anew.`);
  }
  return source.read(size - 8 - length, size);
}

/** Checks that the schema is a tree of bounded size with safe names, without recursion. */
function checkSchema({ schema }: FileMetaData): void {
  const fail = (message: string): never => {
    throw new ThriftError(message);
  };
  if (schema.length < 1 || schema.length > MAX_SCHEMA) fail(`the schema has ${schema.length} elements`);
  /** Children still to come, of the elements that are open. */
  const open: { left: number; names: Set<string> }[] = [];
  for (const { name, num_children: children = 0 } of schema) {
    if (typeof name !== 'string' || name === '__proto__') fail('a column has a name that is not allowed');
    const parent = open.at(-1);
    if (parent) {
      if (parent.names.has(name)) fail(`two columns are called “${name.slice(0, 40)}”`);
      parent.names.add(name);
      parent.left--;
    }
    if (!Number.isInteger(children) || children < 0 || children > MAX_SCHEMA) fail('the schema is broken');
    if (open.length >= MAX_SCHEMA_DEPTH) fail('the schema is nested too deeply');
    open.push({ left: children, names: new Set() });
    while (open.at(-1)?.left === 0) open.pop();
    if (open.length === 0 && schema.at(-1)?.name !== name) break;
  }
  if (open.length > 0) fail('the schema is cut off');
}

async function openFile(source: ByteSource): Promise<Parquet> {
  const footer = await readFooter(source);
  try {
    readThrift(footer.subarray(0, -8));
    const metadata = parquetMetadata(footer, { geoparquet: false });
    checkSchema(metadata);
    const tree = parquetSchema(metadata);
    if (tree.children.length > MAX_COLUMNS) throw new ThriftError(`it has more than ${MAX_COLUMNS} columns`);
    return { source, metadata, tree };
  } catch (error) {
    throw new FileError(source.name, `cannot be read as Parquet: ${messageOf(error)}. Save it anew.`, 'footer');
  }
}

function pathTo(tree: SchemaTree, names: readonly string[]): SchemaTree[] {
  const path = [tree];
  for (const name of names) {
    const child = path.at(-1)!.children.find(({ element }) => element.name === name);
    if (!child) throw new ColumnError('A part of it is missing in the schema.');
    if (child.element.logical_type?.type === 'VARIANT') throw new ColumnError('Variant columns are not read.');
    path.push(child);
  }
  if (path.at(-1)!.children.length > 0) throw new ColumnError('Its schema is broken.');
  return path;
}

function chunksOfColumn(group: RowGroup, name: string): ColumnMetaData[] {
  return group.columns.flatMap(({ meta_data, file_path }) => {
    if (meta_data?.path_in_schema[0] !== name) return [];
    if (file_path) throw new ColumnError('It lies in another file. Save the table as one file.');
    return [meta_data];
  });
}

const rowsIn = ({ num_rows }: RowGroup): number => {
  const rows = Number(num_rows);
  if (!Number.isSafeInteger(rows) || rows < 0) throw new ColumnError('Its row group has an impossible number of rows.');
  return rows;
};

interface Leaf {
  readonly columnMetadata: ColumnMetaData;
  readonly chunk: CheckedChunk;
}

/** Decodes chunks that were looked through: rows of the top-level column that they are leaves of. */
async function decode({ metadata, tree }: Parquet, group: RowGroup, leaves: readonly Leaf[]): Promise<unknown[]> {
  const groupRows = rowsIn(group);
  const asyncColumns = leaves.flatMap(({ columnMetadata, chunk }) => {
    const { bytes, compressors } = chunk;
    const chunks = [{ columnMetadata, range: { startByte: 0, endByte: bytes.byteLength } }];
    return readRowGroup(
      {
        file: { byteLength: bytes.byteLength, slice: () => bytes },
        metadata,
        compressors,
        parsers: PARSERS,
        geoparquet: false,
      },
      { metadata, rowStart: 0, fetches: [], groups: [] },
      { chunks, rowGroup: group, groupStart: 0, groupRows, selectStart: 0, selectEnd: groupRows },
    ).asyncColumns;
  });
  // All are heard: where two fail, the second failure would be nobody's.
  await Promise.allSettled(asyncColumns.map(({ data }) => data));
  const assembled = assembleAsync({ groupStart: 0, groupRows, asyncColumns }, tree, PARSERS).asyncColumns[0];
  const pages = (await assembled?.data)?.data ?? [];
  const values = pages.flatMap((page) => Array.from<unknown>(page));
  // The last row of a nested column may go on in a page that was left out.
  const isNested = leaves.some(({ columnMetadata }) => columnMetadata.path_in_schema.length > 1);
  const isCut = leaves.some(({ chunk }) => chunk.isCut);
  return values.slice(0, Math.min(groupRows, isCut && isNested ? Math.max(0, values.length - 1) : values.length));
}

/** Values of one top-level column in one row group, as far as budget and limits reach. Throws ColumnError with a sentence. */
async function readColumn(
  file: Parquet,
  group: RowGroup,
  name: string,
  budget: Budget,
  limits: PageLimits,
): Promise<{ values: readonly unknown[]; isCut: boolean }> {
  try {
    const leaves: Leaf[] = [];
    for (const columnMetadata of chunksOfColumn(group, name)) {
      const path = pathTo(file.tree, columnMetadata.path_in_schema);
      const chunk = await readPages(file.source, columnMetadata, path, budget, limits);
      if (chunk.bytes.byteLength === 0) return { values: [], isCut: chunk.isCut };
      leaves.push({ columnMetadata, chunk });
    }
    if (leaves.length === 0) throw new ColumnError('A row group does not have it.');
    return { values: await decode(file, group, leaves), isCut: leaves.some(({ chunk }) => chunk.isCut) };
  } catch (error) {
    if (error instanceof FileError || error instanceof ColumnError) throw error;
    const why = isPageTrouble(error) ? error.message : `its values cannot be decoded (${messageOf(error)})`;
    throw new ColumnError(`${why[0]!.toUpperCase()}${why.slice(1)}.`);
  }
}

async function sampled(file: Parquet): Promise<TableColumn[]> {
  const group = file.metadata.row_groups.find(({ num_rows }) => num_rows > 0n);
  const budget: Budget = { bytes: SAMPLE_BYTES, values: MAX_VALUES };
  const columns: TableColumn[] = [];
  for (const { element } of file.tree.children) {
    const { name } = element;
    try {
      const read = group && (await readColumn(file, group, name, budget, { rows: SAMPLE_ROWS, dataPages: 1 }));
      const samples = (read?.values ?? []).slice(0, SAMPLE_ROWS);
      columns.push({ name, samples: samples.filter((value) => value !== undefined), problem: null });
    } catch (error) {
      if (!(error instanceof ColumnError)) throw error;
      columns.push({ name, samples: [], problem: error.message });
    }
  }
  return columns;
}

interface ReadColumn {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly isCut: boolean;
}

/** The columns of a row group; each may take an equal part of what is left of the budget. */
async function readGroup(file: Parquet, place: number, names: readonly string[], budget: Budget, rows: number) {
  const group = file.metadata.row_groups[place]!;
  const read: ReadColumn[] = [];
  for (const [i, name] of names.entries()) {
    const share = (left: number): number => Math.floor(left / (names.length - i));
    const own: Budget = { bytes: share(budget.bytes), values: share(budget.values) };
    const before = { ...own };
    try {
      const limits = { rows, dataPages: Number.POSITIVE_INFINITY };
      read.push({ name, ...(await readColumn(file, group, name, own, limits)) });
    } catch (error) {
      if (!(error instanceof ColumnError)) throw error;
      throw new FileError(file.source.name, error.message, `column “${name.slice(0, 40)}”, row group ${place + 1}`);
    }
    budget.bytes -= before.bytes - own.bytes;
    budget.values -= before.values - own.values;
  }
  return read;
}

async function* parquetRows(file: Parquet, names: readonly string[]): AsyncGenerator<TableRow> {
  if (names.length === 0) return;
  const budget: Budget = { bytes: MAX_FILE_BYTES, values: MAX_VALUES };
  const { name } = file.source;
  let row = 0;
  for (const [place, { num_rows }] of file.metadata.row_groups.entries()) {
    if (num_rows <= 0n) continue;
    const read = await readGroup(file, place, names, budget, MAX_LINES + 1 - row);
    const rows = Math.min(...read.map(({ values }) => values.length));
    for (let at = 0; at < rows; at++) {
      yield { line: ++row, cells: new Map(read.map((column) => [column.name, column.values[at]])), problem: null };
    }
    if (row > MAX_LINES) return;
    if (BigInt(rows) < num_rows) {
      const isCut = read.some((column) => column.isCut);
      const limit = `${MAX_FILE_BYTES / (1024 * 1024)} MB of a file’s columns`;
      if (row === 0)
        throw new FileError(name, isCut ? `has pages too large for ${limit}.` : 'has fewer rows than it says.');
      const reason = isCut ? `more than ${limit} is not read` : 'the file has fewer than it says';
      yield brokenRow(row + 1, `Only the first ${row} rows are used: ${reason}.`);
      return;
    }
  }
}

/** A Parquet file. Throws FileError when its footer cannot be used; a column that cannot be read says why in `problem`. */
export async function openParquet(source: ByteSource): Promise<Table> {
  const file = await openFile(source);
  const rows = Number(file.metadata.num_rows);
  const { length: groups } = file.metadata.row_groups;
  return {
    name: source.name,
    format: 'Parquet',
    note:
      Number.isSafeInteger(rows) && rows >= 0
        ? `It has ${rows} rows in ${groups} ${groups === 1 ? 'row group' : 'row groups'}.`
        : null,
    unit: 'row',
    bytes: source.size,
    columns: await sampled(file),
    rows: (names) => parquetRows(file, names),
  };
}
