// `--data FILE`: the same files as in the page, with the columns of a table guessed or named by `--map`.

import { ImportError, type ParsedFile } from '../core/data/importCollector';
import { parseImport } from '../core/data/importFile';
import { importTable, isTakenAsItIs } from '../core/data/importTable';
import { recordsKind } from '../core/data/openRecords';
import { FORM_ROLES, FORMS, guessMapping, type Mapping, missingRoles, withForm } from '../core/data/table/mapping';
import { openTable } from '../core/data/table/openTable';
import { chunksOf, type TableColumn, unreadableText } from '../core/data/table/table';
import { openFileSource } from './fileSource';
import { readSettings } from './options';

/**
 * Reads a JSONL, JSON, CSV, TSV or Parquet file. `map`: `form=pairs,prompt=question,…`, on top of what the columns' names speak for. Throws Error saying
 * which part is missing or which name is unknown, FileError and ImportError for the file itself.
 */
export async function readDataFile(path: string, map: string | null): Promise<ParsedFile> {
  const source = await openFileSource(path);
  try {
    const table = await openTable(source);
    if (map === null && recordsKind(table.columns) === 'forgetting') {
      throw new ImportError(
        `${table.name} holds forgetting records: its outputs are wrong answers, not to be learnt. Open it in the page.`,
      );
    }
    if (map === null && isTakenAsItIs(table)) return await parseImport(chunksOf(source), source.name);
    const mapping = mappingOf(table.columns, readSettings(map));
    const missing = missingRoles(mapping).map((roles) => roles.join(' or '));
    if (missing.length > 0) {
      const names = table.columns.map(({ name }) => name).join(', ');
      const unreadable = unreadableText(table.columns);
      if (unreadable !== null) throw new Error(`${table.name}: ${unreadable} Its columns are ${names}.`);
      throw new Error(
        `${table.name}: which column is ${missing.join(', and which ')}? Say it with --map ${missingRoles(mapping)[0]![0]}=COLUMN. Its columns are ${names}.`,
      );
    }
    return await importTable(table, mapping);
  } finally {
    await source.close();
  }
}

function mappingOf(columns: readonly TableColumn[], said: Readonly<Record<string, string>>): Mapping {
  const { form: wanted, ...roles } = said;
  const form = wanted === undefined ? null : FORMS.find((one) => one === wanted);
  if (form === undefined) throw new Error(`--map form=${wanted}: there are ${FORMS.join(', ')}.`);
  const guessed = guessMapping(columns);
  const mapping = form === null ? guessed : withForm(guessed, form, columns);
  for (const [role, column] of Object.entries(roles)) {
    const known: readonly string[] = FORM_ROLES[mapping.form];
    if (!known.includes(role)) throw new Error(`--map ${role}=…: ${mapping.form} have ${known.join(', ')}.`);
    if (!columns.some(({ name }) => name === column))
      throw new Error(`--map ${role}=${column}: the columns are ${columns.map(({ name }) => name).join(', ')}.`);
  }
  return { ...mapping, columns: { ...mapping.columns, ...roles } };
}
