// The one backend of a worker, and the turns in which it is used: backends and tensors are one global thing, so work on them never overlaps.
import type { BackendChoice } from '../core/config';
import type { BackendReport } from '../core/events';
import type { Engine } from './sessionOptions';

export interface SharedBackend {
  /** Runs after all that was asked for before, whether that failed or not. */
  exclusively(task: () => Promise<void>): void;
  /** The same with a result. */
  inTurn<T>(task: () => Promise<T>): Promise<T>;
  /** Chosen and checked where another one was in use, or the one in use cannot be worked with any more. Only in a turn. */
  take(choice: BackendChoice): Promise<BackendReport>;
  /** The one that was taken last; null before the first. */
  choice(): BackendChoice | null;
}

/** `trouble`: why the backend in use cannot be worked with any more; null while it can. */
export function sharedBackend({ chooseBackend, trouble }: Pick<Engine, 'chooseBackend' | 'trouble'>): SharedBackend {
  let taken: { choice: BackendChoice; report: BackendReport } | null = null;
  let queue: Promise<void> = Promise.resolve();
  const exclusively = (task: () => Promise<void>): void => {
    queue = queue.then(task, task);
  };
  return {
    exclusively,
    inTurn: (task) => new Promise((resolve, reject) => exclusively(() => task().then(resolve, reject))),
    async take(choice) {
      if (taken?.choice === choice && !trouble()) return taken.report;
      taken = null;
      taken = { choice, report: await chooseBackend(choice) };
      return taken.report;
    },
    choice: () => taken?.choice ?? null,
  };
}
