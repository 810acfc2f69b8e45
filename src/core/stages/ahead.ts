// Submitting a step before the numbers of the one before it have come back: a GPU then never waits for the page to read a loss.

import type { BackendReport } from '../events';

/** What a run and its owner tell each other about running ahead. */
export interface Pace {
  /** The owner's: may the run be one step ahead of what it has told? It asks before each step. */
  mayRunAhead: boolean;
  /** The run's: a step is submitted that nobody has seen; the next `next()` tells it. */
  isAhead: boolean;
}

/** Only a device of its own works on while the page reads a loss. */
export const runsAhead = ({ name }: Pick<BackendReport, 'name'>): boolean => name === 'webgpu';

export interface Ahead {
  pace: Pace;
  /** After so many steps somebody looks at the weights, so the next step has to wait. */
  waitsAfter(done: number): boolean;
}

/**
 * What `launch(item, index)` resolves to, in order. `launch` submits its work before its first `await`; where `ahead` allows it is
 * called for the next item before the present one has resolved. Left or failed in the middle, it waits for what is under way.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  launch: (item: T, index: number) => Promise<R>,
  ahead?: Ahead,
): AsyncGenerator<R> {
  let next: Promise<R> | null = null;
  const launchNext = (index: number): void => {
    next = index < items.length ? launch(items[index]!, index) : null;
    // Whoever awaits it hears of a failure; one that nobody awaits any more is not news.
    next?.catch(() => {});
    if (ahead) ahead.pace.isAhead = next !== null;
  };
  try {
    for (let index = 0; index < items.length; index++) {
      if (!next) launchNext(index);
      const current: Promise<R> = next!;
      next = null;
      if (ahead) ahead.pace.isAhead = false;
      if (ahead?.pace.mayRunAhead && !ahead.waitsAfter(index + 1)) launchNext(index + 1);
      yield await current;
    }
  } finally {
    await (next as Promise<R> | null)?.catch(() => {});
    if (ahead) ahead.pace.isAhead = false;
  }
}
