// In which order the rows stand, and what stands in a row's cell to be sorted by.
import type { CompareChoice } from '../../state/compareChoice';
import { originText } from './cellText';
import type { Column } from './columns';
import { compareTexts, GROUPS, type Place } from './rows';
import type { TableRow } from './table';

export interface Sort {
  /** A column's id, or ARM. */
  column: string;
  direction: 'ascending' | 'descending';
}

/** The first column. */
export const ARM = 'arm';

/** null: nothing there, which stands last either way. */
export function sortValue(
  { row, cells, difference, verdicts, paper, paperDifference }: TableRow,
  column: Column,
): number | string | null {
  switch (column.kind) {
    case 'number':
      return cells.get(column.id)?.mean ?? null;
    case 'difference':
      return difference?.mean ?? null;
    case 'paper':
      return paper;
    case 'paper difference':
      return paperDifference;
    case 'verdict':
      return verdicts?.[0]?.judgement.verdict ?? null;
    case 'origin':
      return originText(row);
  }
}

const compare = (a: number | string, b: number | string): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : compareTexts(String(a), String(b));

/** Stable; `sort` null leaves the order of rowsOf. */
export function sortedRows(
  rows: readonly TableRow[],
  sort: Sort | null,
  columns: readonly Column[],
  isGrouped: boolean,
): TableRow[] {
  const sorted = sort ? bySort(rows, sort, columns) : [...rows];
  if (!isGrouped) return sorted;
  return GROUPS.flatMap((group) => sorted.filter(({ row }) => row.group === group));
}

function bySort(rows: readonly TableRow[], sort: Sort, columns: readonly Column[]): TableRow[] {
  const column = columns.find(({ id }) => id === sort.column);
  // A column that is not shown, or that an address made up.
  if (!column && sort.column !== ARM) return [...rows];
  const value = (row: TableRow) => (column ? sortValue(row, column) : row.row.label);
  const sign = sort.direction === 'ascending' ? 1 : -1;
  const pairs = rows.map((row) => ({ row, value: value(row) }));
  pairs.sort((a, b) => {
    if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
    return sign * compare(a.value, b.value);
  });
  return pairs.map(({ row }) => row);
}

/** The same while the same rows stand in the same order: with another the table begins at its first page. Hiding a row is no other order. */
export const orderKey = (
  { sort, isGrouped, experiment, group, search }: CompareChoice,
  { family, preset }: Place,
): string => JSON.stringify([family, preset, sort, isGrouped, experiment, group, search]);

/** A press on a head: numbers begin with the highest, texts with A; the third press puts the own order back. */
export function nextSort(sort: Sort | null, column: string, isText: boolean): Sort | null {
  const first = isText ? 'ascending' : 'descending';
  const second = isText ? 'descending' : 'ascending';
  if (sort?.column !== column) return { column, direction: first };
  return sort.direction === first ? { column, direction: second } : null;
}
