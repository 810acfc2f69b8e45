// What the comparison is given: the lab's state and actions, and how it is looked at.
import type { CompareChoice } from '../../state/compareChoice';
import type { LabActions, LabState } from '../../state/labState';

export interface ComparisonProps {
  state: Pick<LabState, 'results' | 'recorded' | 'queue' | 'choice'>;
  actions: Pick<LabActions, 'choose' | 'run' | 'loadRecorded'>;
  view: CompareChoice;
  onView(change: Partial<CompareChoice>): void;
  /** Makes the link of a figure. */
  link(id: string): string;
}
