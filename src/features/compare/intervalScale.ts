// Where the ends of intervals stand in the small bars of the table: one scale for all rows, zero in the middle. Pure.
import { quantile } from '../../core/study/statistics';
import type { TableRow } from './table';

/** Of the rows whose bars fit whole; the rest is an arrow at the edge, or a few bad arms would make all other bars points. */
const WHOLE = 0.7;

/** Points at either end: 1, 2 or 5 × a power of ten that holds most intervals; 1 without any. */
export function reachOf(rows: readonly TableRow[]): number {
  const farthest = rows.flatMap(({ difference }) => {
    if (!difference) return [];
    const { mean, interval } = difference;
    return [Math.max(Math.abs(mean), Math.abs(interval?.low ?? 0), Math.abs(interval?.high ?? 0))];
  });
  if (farthest.length === 0) return 1;
  const most = quantile(
    farthest.sort((a, b) => a - b),
    WHOLE,
  );
  if (most === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((n) => n * power).find((reach) => reach >= most * (1 - 1e-9))!;
}

/** 0 at the left end, 1 at the right; what lies beyond stands at the end. */
export const placeOf = (value: number, reach: number): number => Math.max(0, Math.min(1, (value / reach + 1) / 2));
