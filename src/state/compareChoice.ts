// How the comparison is looked at: what is filtered, sorted, shown and selected. Family, baseline and hidden arms are the lab's choice.
import type { ArmGroup } from '../core/arms';
import type { ExperimentId } from '../core/study/experiment';

export interface CompareChoice {
  /** null: arms of all experiments. */
  readonly experiment: ExperimentId | null;
  readonly group: ArmGroup | null;
  readonly search: string;
  /** null: as the arms are listed. */
  readonly sort: { readonly column: string; readonly direction: 'ascending' | 'descending' } | null;
  readonly isGrouped: boolean;
  /** Ids of shown columns; null: those that are shown at first. */
  readonly columns: readonly string[] | null;
  /** Row ids (`variantId`), in the order in which they were selected; null: a few are chosen for the reader. */
  readonly selected: readonly string[] | null;
}

export const FIRST_COMPARE: CompareChoice = {
  ...{ experiment: null, group: null, search: '', sort: null, isGrouped: true, columns: null, selected: null },
};
