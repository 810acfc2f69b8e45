// From a table and a mapping to the records that the importer trains on; and which of the two ways a file goes: as it is, or mapped.
import { Collector, type ParsedFile, toFile } from './importCollector';
import { MAX_LINES } from './importLimits';
import { guessMapping, isNative, type Mapping, mappedColumns, missingRoles } from './table/mapping';
import { mapRow } from './table/mapRow';
import type { Table } from './table/table';

/**
 * Reads the mapped columns of a table, at most 200 000 rows. Throws ImportError when no row is usable, FileError where the file cannot be read;
 * every other fault is a problem of its row.
 */
export async function importTable(table: Table, mapping: Mapping): Promise<ParsedFile> {
  const collected = new Collector();
  for await (const row of table.rows(mappedColumns(mapping))) {
    if (collected.lines >= MAX_LINES) {
      const message = `The file has more than ${MAX_LINES} rows; the rest is ignored. Import it as a second file.`;
      collected.report({ line: row.line, field: null, message });
      break;
    }
    if (row.cells !== null) collected.add(mapRow(row.cells, mapping, row.line), row.line);
    else
      collected.add({ kind: 'problem', problem: { line: row.line, field: row.field, message: row.problem } }, row.line);
  }
  return toFile(table.name, collected, table.bytes, table.unit);
}

const NATIVE_FIELDS = ['input', 'output', 'prompt', 'chosen', 'rejected'];

/**
 * Does the file go the plain way (importFile.ts), without a mapping? JSONL in one of its two forms, and JSONL that is close to one or to nothing
 * at all: that way names the missing field by its line.
 */
export function isTakenAsItIs({ format, columns }: Pick<Table, 'format' | 'columns'>): boolean {
  if (format !== 'JSONL') return false;
  if (columns.length === 0 || isNative(columns)) return true;
  const isIncomplete = missingRoles(guessMapping(columns)).length > 0;
  return isIncomplete && columns.some(({ name }) => NATIVE_FIELDS.includes(name));
}
