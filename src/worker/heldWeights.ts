// The weights that a session can be asked about: those of the last run that had any, until the next run has some. They may be lost with the
// device that they lie on.
import type { BackendChoice } from '../core/config';
import type { BackendName } from '../core/events';
import type { SessionRun } from './live';

/** A run that has got as far as having weights. */
export interface ProbedRun {
  id: string;
  run: SessionRun;
  choice: BackendChoice;
  /** On which its weights lie. */
  backend: BackendName;
}

export interface HeldWeights {
  /** Only now may the old ones go: a start that fails loses nothing. */
  hold(run: ProbedRun): void;
  /** null where another run's are held, or none. Throws WeightsLost. */
  of(runId: string): ProbedRun | null;
  has(run: SessionRun): boolean;
  /** Those on this backend are gone: gives back what is left of them. */
  lose(backend: BackendName, why: Error): void;
}

/** Weights that are asked for and cannot come back. */
export class WeightsLost extends Error {
  override readonly name = 'WeightsLost';
  readonly next = 'Go on with the run from its last save, or restart it, and ask again.';
  constructor(why: Error) {
    super(`The weights of this run are gone. ${why.message}`, { cause: why });
  }
}

export function createHeldWeights(): HeldWeights {
  let held: ProbedRun | null = null;
  let lost: { id: string; why: Error } | null = null;
  return {
    hold(next) {
      if (held?.run === next.run) return;
      held?.run.dispose();
      held = next;
      lost = null;
    },
    of(runId) {
      if (lost?.id === runId) throw new WeightsLost(lost.why);
      return held?.id === runId ? held : null;
    },
    has: (run) => held?.run === run,
    lose(backend, why) {
      if (held?.backend !== backend) return;
      lost = { id: held.id, why };
      held.run.dispose();
      held = null;
    },
  };
}
