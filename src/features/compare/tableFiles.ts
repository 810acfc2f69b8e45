// The table as shown, as files: CSV with numbers in full, JSON of the very results it rests on, LaTeX for a paper (latexTable.ts).
import { csvText } from '../../core/data/csv';
import type { StudyResult } from '../../core/study/result';
import { failureText, originText } from './cellText';
import { type Column, headOf } from './columns';
import { seedsText } from './numberText';
import { armsOf, seedsOf } from './rows';
import type { Table, TableRow } from './table';

type Field = string | number | null;

interface CsvColumn {
  head: string;
  value(row: TableRow): Field;
}

/** One column of the page becomes several of the file: what it writes into one cell. */
function csvColumns(column: Column): CsvColumn[] {
  const head = headOf(column);
  switch (column.kind) {
    case 'number': {
      const cell = ({ cells }: TableRow) => cells.get(column.id);
      return [
        { head: `${head}: mean`, value: (row) => cell(row)?.mean ?? null },
        { head: `${head}: sd`, value: (row) => cell(row)?.sd ?? null },
        { head: `${head}: seeds`, value: (row) => cell(row)?.seeds ?? null },
      ];
    }
    case 'difference':
      return [
        { head: `${head}: baseline`, value: ({ against }) => against?.label ?? null },
        { head: `${head}: mean`, value: ({ difference }) => difference?.mean ?? null },
        { head: `${head}: 95 % low`, value: ({ difference }) => difference?.interval?.low ?? null },
        { head: `${head}: 95 % high`, value: ({ difference }) => difference?.interval?.high ?? null },
        { head: `${head}: seeds`, value: ({ difference }) => difference?.seeds ?? null },
        { head: `${head}: prompts`, value: ({ difference }) => difference?.prompts ?? null },
      ];
    case 'paper':
      return [{ head, value: ({ paper }) => paper }];
    case 'paper difference':
      return [{ head, value: ({ paperDifference }) => paperDifference }];
    case 'verdict':
      return [{ head, value: ({ verdicts }) => verdictsText(verdicts) }];
    case 'origin':
      return [{ head, value: ({ row }) => originText(row) }];
  }
}

const verdictsText = (verdicts: TableRow['verdicts']): string | null =>
  verdicts && verdicts.length > 0
    ? verdicts.map(({ short, judgement }) => `${short}: ${judgement.verdict}`).join('; ')
    : null;

/** Rows in their order; arm, group and failure beside the columns that are shown. */
export function tableCsv(rows: readonly TableRow[], columns: readonly Column[]): string {
  const all: CsvColumn[] = [
    { head: 'Arm', value: ({ row }) => row.label },
    { head: 'Group', value: ({ row }) => row.group },
    ...columns.flatMap(csvColumns),
    { head: 'Failure', value: ({ row }) => failureText(row) || null },
  ];
  return csvText([all.map(({ head }) => head), ...rows.map((row) => all.map(({ value }) => value(row)))]);
}

/** What the numbers are, for under a title. `place`: family and preset in words. */
export function tableNote(table: Table, rows: readonly TableRow[], place: string): string {
  const seeds = seedsOf(rows.map(({ row }) => row));
  const against = table.baseline
    ? ` Differences are to ${table.baseline.label}${onOtherData(table, rows)}, paired, with 95 % bootstrap intervals.`
    : '';
  return `${place}, held-out prompts: mean ± standard deviation over up to ${seedsText(seeds.length)} (${seeds.join(', ')}).${against} Bold: best, its interval against the runner-up leaves out zero.`;
}

export const ON_OTHER_DATA = '; of arms on other data of the family to the same arm there';

/** Said where it concerns a row. */
export const onOtherData = ({ baseline }: Table, rows: readonly TableRow[]): string =>
  rows.some(({ row }) => row.data !== baseline?.data) ? ON_OTHER_DATA : '';

/** Every result of these rows, one a line of a JSON array; reading them again gives the same table. */
export function resultsJson(rows: readonly TableRow[]): string {
  const results: StudyResult[] = rows.flatMap(({ row }) => armsOf(row));
  return `[\n${results.map((result) => JSON.stringify(result)).join(',\n')}\n]\n`;
}
