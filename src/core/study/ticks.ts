// What a queue of jobs tells on its way.
import type { StudyResult } from './result';

export type StudyTick =
  /** `share`: of this job, 0 … 1. */
  { type: 'progress'; label: string; share: number } | { type: 'result'; result: StudyResult };
