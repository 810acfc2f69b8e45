// The one backend of a worker, and the turns in which it is used: backends and tensors are one global thing, so work on them never overlaps.
import type { BackendChoice } from '../core/config';
import type { BackendReport } from '../core/events';

export interface SharedBackend {
  /** Runs after all that was asked for before, whether that failed or not. */
  exclusively(task: () => Promise<void>): void;
  /** The same with a result. */
  inTurn<T>(task: () => Promise<T>): Promise<T>;
  /** Chosen and checked where another one was in use. Only in a turn. */
  take(choice: BackendChoice): Promise<BackendReport>;
  /** The one that was taken last; null before the first. */
  choice(): BackendChoice | null;
}

export function sharedBackend(choose: (choice: BackendChoice) => Promise<BackendReport>): SharedBackend {
  let taken: { choice: BackendChoice; report: BackendReport } | null = null;
  let queue: Promise<void> = Promise.resolve();
  const exclusively = (task: () => Promise<void>): void => {
    queue = queue.then(task, task);
  };
  return {
    exclusively,
    inTurn: (task) => new Promise((resolve, reject) => exclusively(() => task().then(resolve, reject))),
    async take(choice) {
      if (taken?.choice !== choice) taken = { choice, report: await choose(choice) };
      return taken.report;
    },
    choice: () => taken?.choice ?? null,
  };
}
