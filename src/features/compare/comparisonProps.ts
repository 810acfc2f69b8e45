// What the comparison is given: the lab's state and actions, and how it is looked at.
import type { CompareChoice } from '../../state/compareChoice';
import type { LabActions, LabState } from '../../state/labState';
import type { RunSettings } from './AddArm';
import type { LabLink } from './QueueLine';

export interface ComparisonProps {
  state: Pick<LabState, 'results' | 'recorded' | 'queue' | 'choice'>;
  actions: Pick<LabActions, 'choose' | 'run' | 'loadRecorded' | 'pause' | 'resume' | 'retry'>;
  /** As Run stands. The same object while it does. */
  settings: RunSettings;
  view: CompareChoice;
  onView(change: Partial<CompareChoice>): void;
  /** Makes the link of a figure. */
  link(id: string): string;
  /** To the whole queue. */
  lab: LabLink;
}
