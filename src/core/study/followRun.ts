// A run that is left where a job has what it wants of it: its SFT model, the end of its warm-up, its aligned weights.
import type { RunEvent } from '../events';
import { createRun, type Run, type RunOptions } from '../run';
import { type Part, type Progress, RunProgress } from './jobProgress';

export interface Following {
  /** The event before which the run is left, and the parts of the run that are then left out. */
  isReached(event: RunEvent): boolean;
  leftOut: readonly Part[];
  /** Looks at every event before. */
  see?(event: RunEvent): void;
}

/** Follows the run until it is left, or to its end. */
export async function* followRun(
  run: Run,
  config: RunOptions['config'],
  { isReached, leftOut, see }: Following,
): AsyncGenerator<Progress, void> {
  const progress = new RunProgress(config, leftOut);
  for await (const event of run.events()) {
    if (isReached(event)) return;
    see?.(event);
    const tick = progress.take(event);
    if (tick) yield tick;
  }
}

/** Makes a run for `body`, and frees it. */
export async function* withRun<T>(
  options: RunOptions,
  body: (run: Run) => AsyncGenerator<Progress, T>,
): AsyncGenerator<Progress, T> {
  const run = createRun(options);
  try {
    return yield* body(run);
  } finally {
    run.dispose();
  }
}
