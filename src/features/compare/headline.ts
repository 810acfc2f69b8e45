// The view's title: who leads, and whether that is more than chance.
import type { Family } from '../../core/config';
import type { NumberColumn } from './columns';
import { fixed, seedsText } from './numberText';
import { comparable, type NumberCell, type Table, type TableRow } from './table';

const ACCURACY = 'accuracy';
/** Never at the beginning of a line. */
const PERCENT = '\u202f%';

/** One sentence with its key number, said of the shown arms where some are not; null while none of them has an accuracy. */
export function headline({ input, rows, baseline, best, columns, left }: Table, family: Family): string | null {
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
  const isPart = rows.length < input.all.length;
  if (!second && isPart) return onlyShown(first, rows.length, family);
  if (!second)
    return `Only ${row(first)} has results on ${family}: ${fixed(first.cell.mean, 1)}${PERCENT} right (${seedsText(first.cell.seeds)}).`;
  const among = (sentence: string) =>
    isPart ? `Of the ${rows.length} arms shown, ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}` : sentence;
  if (left > 0) return among(`Highest on ${family} so far: ${of(first)}. Computing intervals…`);
  if (best.get(ACCURACY) === first.row.row.id)
    return among(`Most accurate on ${family}: ${of(first)}; the runner-up, ${of(second)}, is clearly below.`);
  return among(`No clear winner on ${family}: ${of(first)} and ${of(second)} are too close to call.`);
}

interface Ranked {
  row: TableRow;
  cell: NumberCell;
}

/** Others have results too, but are not shown. */
function onlyShown({ row: shown, cell }: Ranked, count: number, family: Family): string {
  const said = `${fixed(cell.mean, 1)}${PERCENT} right on ${family} (${seedsText(cell.seeds)}).`;
  if (count === 1) return `The one arm shown: ${shown.row.label}, ${said}`;
  return `Of the ${count} arms shown, only ${shown.row.label} is measured: ${said}`;
}

const row = (one: { row: TableRow }): string => one.row.row.label;
