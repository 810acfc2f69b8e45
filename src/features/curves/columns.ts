// A series' values as columns that grow with it: reading ten thousand rows again at every update would cost more than drawing them.
import type { RunConfig } from '../../core/config';
import type { Series, SeriesRow } from '../../state/runState';
import type { Part } from './quantities';

/** Only the first `count` entries count; what stands there never changes. */
export interface Column {
  steps: Float64Array;
  values: Float64Array;
  count: number;
}

interface Growing extends Column {
  /** Rows that were read. */
  read: number;
  reader: (row: SeriesRow) => number | undefined;
}

/** By the rows that a series shares with its successors, then by part. */
const known = new WeakMap<readonly SeriesRow[], Map<Part, Growing>>();

/** The steps at which a part has a value, and the values. */
export function columnOf({ rows, length }: Series, part: Part, config: RunConfig): Column {
  if (!part.steps) throw new Error('This part is not read from steps.');
  const columns = known.get(rows) ?? new Map<Part, Growing>();
  known.set(rows, columns);
  const column = columns.get(part) ?? {
    ...{ steps: new Float64Array(64), values: new Float64Array(64), count: 0, read: 0 },
    reader: part.steps(config),
  };
  columns.set(part, column);
  for (; column.read < length; column.read++) {
    const row = rows[column.read]!;
    const value = column.reader(row);
    if (value === undefined) continue;
    if (column.count === column.values.length) {
      column.steps = doubled(column.steps);
      column.values = doubled(column.values);
    }
    column.steps[column.count] = row.step;
    column.values[column.count++] = value;
  }
  const isShorter = column.read > length;
  const count = isShorter ? countUntil(column, rows[length - 1]?.step ?? 0) : column.count;
  return { steps: column.steps, values: column.values, count };
}

/** Of an older state of the series. */
const countUntil = ({ steps, count }: Column, last: number): number => {
  let at = count;
  while (at > 0 && steps[at - 1]! > last) at--;
  return at;
};

function doubled(values: Float64Array): Float64Array {
  const longer = new Float64Array(2 * values.length);
  longer.set(values);
  return longer;
}
