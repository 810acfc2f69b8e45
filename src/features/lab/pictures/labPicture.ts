// What a picture of an experiment consists of; how it is framed and drawn is components/charts.
import type { SpotRow, SpotTable } from '../../../components/charts/SpotFigure';
import type { SpotSource } from '../../../components/charts/spots';
import type { Spread } from '../labData';

export interface LabPicture {
  /** In the address, behind the hash. */
  id: string;
  name: string;
  unit: string;
  caption: string;
  /** null: nothing to show yet. */
  source: SpotSource | null;
  table: SpotTable;
  empty: string;
  hasRows: boolean;
}

/** Of shares. */
export const PERCENTS = [0, 100] as const;

export const row = (key: string, ...cells: SpotRow['cells']): SpotRow => ({ key, cells });

/** Ends of a mean ± sd; null where there is no spread. */
export const endsOf = ({ mean, sd }: Spread): { low: number | null; high: number | null } => ({
  low: sd === null ? null : mean - sd,
  high: sd === null ? null : mean + sd,
});

/** Mean, sd and number of seeds, as a table's cells. */
export const cellsOf = (spread: Spread | null): [number | null, number | null, number] => [
  spread?.mean ?? null,
  spread?.sd ?? null,
  spread?.seeds ?? 0,
];
