// The view's title: who leads, and whether that is more than chance.
import type { Family } from '../../core/config';
import type { NumberColumn } from './columns';
import { fixed, seedsText } from './numberText';
import { comparable, type Table, type TableRow } from './table';

const ACCURACY = 'accuracy';
/** Never at the beginning of a line. */
const PERCENT = '\u202f%';

/** One sentence with its key number; null while no row has an accuracy. */
export function headline({ rows, baseline, best, columns, left }: Table, family: Family): string | null {
  const column = columns.find((one): one is NumberColumn => one.id === ACCURACY);
  const ranked = comparable(rows, baseline)
    .flatMap((row) => {
      const cell = row.cells.get(ACCURACY);
      return cell ? [{ row, cell }] : [];
    })
    .sort((a, b) => b.cell.mean - a.cell.mean);
  const [first, second] = ranked;
  if (!first || !column) return null;
  const of = ({ row, cell }: { row: TableRow; cell: { mean: number } }) =>
    `${row.row.label} (${fixed(cell.mean, 1)}${PERCENT})`;
  if (!second)
    return `Only ${row(first)} has results on ${family}: ${fixed(first.cell.mean, 1)}${PERCENT} right (${seedsText(first.cell.seeds)}).`;
  if (left > 0) return `Highest on ${family} so far: ${of(first)}. Computing intervals…`;
  if (best.get(ACCURACY) === first.row.row.id)
    return `Most accurate on ${family}: ${of(first)}; the runner-up, ${of(second)}, is clearly below.`;
  return `No clear winner on ${family}: ${of(first)} and ${of(second)} are too close to call.`;
}

const row = (one: { row: TableRow }): string => one.row.row.label;
