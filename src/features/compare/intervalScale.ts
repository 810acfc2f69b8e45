// Where the ends of intervals stand in the small bars of the table: one scale for all rows, zero in the middle. Pure.
import type { TableRow } from './table';

/** Points at either end: the farthest end of any interval, rounded up to 1, 2 or 5 × a power of ten; 1 without any. */
export function reachOf(rows: readonly TableRow[]): number {
  let most = 0;
  for (const { difference } of rows) {
    if (!difference) continue;
    const { mean, interval } = difference;
    most = Math.max(most, Math.abs(mean), Math.abs(interval?.low ?? 0), Math.abs(interval?.high ?? 0));
  }
  if (most === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((n) => n * power).find((reach) => reach >= most * (1 - 1e-9))!;
}

/** 0 at the left end, 1 at the right. */
export const placeOf = (value: number, reach: number): number => (value / reach + 1) / 2;
