// The messages between page and study worker: a list of jobs, and what became of each. Flat discriminated unions, as in protocol.ts.
import type { Job } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import { hasType, type WorkerError } from './protocol';

export type StudyCommand =
  /** Adds to what is to be done; jobs that wait or run already are not added again. */
  | { type: 'study.run'; jobs: readonly Job[] }
  /** After the unit of work that is under way. */
  | { type: 'study.pause' }
  | { type: 'study.resume' }
  /** Drops what runs and what waits. */
  | { type: 'study.stop' }
  /** Rest between units of work, so that page and machine stay quick. */
  | { type: 'study.room'; leavesRoom: boolean };

export type StudyMessage =
  /** About ten a second at most. `share`: of this job, 0 … 1; `label`: what is being done. */
  | { type: 'study.progress'; key: string; share: number; label: string }
  | { type: 'study.result'; key: string; result: StudyResult }
  /** The jobs after it go on. */
  | { type: 'study.failed'; key: string; error: WorkerError }
  /** Nothing is left to do. */
  | { type: 'study.idle' };

const COMMANDS: Record<StudyCommand['type'], true> = {
  'study.run': true,
  'study.pause': true,
  'study.resume': true,
  'study.stop': true,
  'study.room': true,
};

const MESSAGES: Record<StudyMessage['type'], true> = {
  'study.progress': true,
  'study.result': true,
  'study.failed': true,
  'study.idle': true,
};

export const isStudyCommand = (data: unknown): data is StudyCommand => hasType(data, COMMANDS);
export const isStudyMessage = (data: unknown): data is StudyMessage => hasType(data, MESSAGES);
