// Tables of Compare from made-up results: math, Default.
import type { Arm } from '../core/config';
import type { Job } from '../core/study/job';
import { variant, variantConfig } from '../core/study/variants';
import { columnsFor } from '../features/compare/columns';
import { baselineRow, rowsOf } from '../features/compare/rows';
import { type Table, type TableRow, wholeTable } from '../features/compare/table';
import type { KnownResult } from '../state/labState';
import { resultsOf, type World } from './studyWorld';

export const PLACE = { family: 'math', preset: 'default' } as const;

export const job = (arm: Arm, seed = 1, changes = {}): Job => ({
  kind: 'arm',
  config: variantConfig(variant(arm, changes), PLACE.preset, PLACE.family, seed),
  split: 'held-out',
});

export const known = (jobs: readonly Job[], world: World = {}): KnownResult[] =>
  resultsOf(jobs, world).map((result) => ({ result, origin: 'recorded' }));

/** Of all results in the place. `shown`: which of their rows, all unless one says. */
export function tableOf(
  results: readonly KnownResult[],
  baseline = 'DPO, all weights',
  isShown: (label: string) => boolean = () => true,
): Table {
  const { rows: all } = rowsOf(results, PLACE);
  const rows = all.filter(({ label }) => isShown(label));
  return wholeTable({
    ...{ family: PLACE.family, rows, all, baseline: baselineRow(all, baseline), columns: columnsFor(rows) },
  });
}

export const rowOf = (table: Table, label: string): TableRow => table.rows.find(({ row }) => row.label === label)!;
