// What the methods lab holds: results by job, the queue, what is looked at. Types only; the store is lab.ts.
import type { Family } from '../core/config';
import type { ExperimentId, Scope } from '../core/study/experiment';
import type { Job } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import type { WorkerError } from '../worker/protocol';

export type JobStatus = 'waiting' | 'running' | 'done' | 'failed';

export interface QueuedJob {
  readonly key: string;
  readonly job: Job;
  /** As in tables: `armLabel`, family and seed. */
  readonly label: string;
  readonly status: JobStatus;
  /** Of a running one, 0 … 1, and what it does. */
  readonly share: number;
  readonly doing: string;
  readonly error: WorkerError | null;
  /** Waits for “Go on”: other jobs were asked for while it was paused. */
  readonly isHeld?: boolean;
}

export interface Queue {
  readonly status: 'idle' | 'running' | 'paused';
  /** What is being worked off, finished ones too, in order. */
  readonly jobs: readonly QueuedJob[];
  /** From the pace so far; null before anything is known. */
  readonly secondsLeft: number | null;
  /** Why the lab itself has paused; absent where somebody has. */
  readonly reason?: string;
  /** Jobs that other tabs have in their queues; absent where there are none. */
  readonly elsewhere?: number;
}

/** A result and where it comes from. */
export interface KnownResult {
  readonly result: StudyResult;
  readonly origin: 'recorded' | 'here' | 'file';
}

export interface LabState {
  /** By job key; what was computed here stands before what is recorded. */
  readonly results: ReadonlyMap<string, KnownResult>;
  readonly recorded:
    | { readonly status: 'loading' | 'ready' }
    | { readonly status: 'failed'; readonly error: WorkerError };
  readonly queue: Queue;
  /** What storage refused, in words; null when all is kept. */
  readonly trouble: string | null;
  /** Removed results that can be put back. */
  readonly undo: { readonly text: string; readonly results: readonly KnownResult[] } | null;
  readonly choice: LabChoice;
}

/** What is looked at: in the address, so that a link shows the same. */
export interface LabChoice {
  readonly experiment: ExperimentId;
  /** Whose numbers are shown. */
  readonly family: Family;
  /** What the next press of “Run” computes. */
  readonly scope: Scope;
  /** Arm label of the compared baseline in Compare. */
  readonly baseline: string;
  /** Arm labels that are hidden in pictures and tables. */
  readonly hidden: readonly string[];
  /** Which guided experiment is open, and the guess that was made. */
  readonly guided: { readonly id: string; readonly guess: string | null } | null;
}

/** How many results of a file were taken, were known already, or have other numbers than an own result of the same job and were left out. */
export interface Imported {
  readonly added: number;
  readonly same: number;
  readonly different: number;
}

export interface LabActions {
  choose(change: Partial<LabChoice>): void;
  /**
   * Queues what of the plan has no result of this engine yet; `again`: also what has one. These go before what waits already; what was paused
   * stays paused.
   */
  run(jobs: readonly Job[], options?: { again?: boolean }): void;
  pause(): void;
  resume(): void;
  /** Drops what waits and what runs, or the jobs of these keys, failed ones too. Finished results stay, and so do the queues of other tabs. */
  stop(keys?: readonly string[]): void;
  /** Failed ones, before what waits. */
  retry(keys: readonly string[]): void;
  /** Own results (and those of files); recorded ones stay. Can be undone until the next removal. */
  remove(keys: readonly string[]): void;
  undoRemove(): void;
  /** Reads exported results (JSON or JSON lines). Rejects with what is wrong and in which line; nothing is changed then. */
  importResults(file: Blob, name: string): Promise<Imported>;
  /** The recorded results once more, after they could not be loaded. Never rejects: see `recorded`. */
  loadRecorded(): Promise<void>;
}
