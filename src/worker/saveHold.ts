// For how long a save keeps a run from its next unit. What is done for it between two units, or in the middle of one, counts as one stretch; what is done
// while the run rests keeps nobody waiting.

import type { Held } from './protocol';

export interface HeldCount {
  /** The run goes on, or rests. */
  goes(isRunning: boolean): void;
  /** Something was done for a save. */
  took(milliseconds: number): void;
  /** A unit has ended. */
  unit(): void;
  /** Since it was asked last. */
  told(): Held;
}

export function countHeld(): HeldCount {
  let isRunning = false;
  let held: Held = { longest: 0, sum: 0 };
  let stretch = 0;
  const close = (): void => {
    held = { longest: Math.max(held.longest, stretch), sum: held.sum + stretch };
    stretch = 0;
  };
  return {
    goes(goesOn) {
      isRunning = goesOn;
    },
    took(milliseconds) {
      if (isRunning) stretch += milliseconds;
    },
    unit: close,
    told() {
      close();
      const now = held;
      held = { longest: 0, sum: 0 };
      return now;
    },
  };
}
