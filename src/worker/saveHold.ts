// For how long a save keeps a run from its next unit. What is done for it in the run's own course adds up from unit to unit, and with one of the stretches
// beside the run: between two of those it has worked itself. What is done while the run rests keeps nobody waiting.

import type { Held } from './protocol';

export interface HeldCount {
  /** The run goes on, or rests. */
  goes(isRunning: boolean): void;
  /** Something was done for a save in the run's own course. */
  took(milliseconds: number): void;
  /** Something was done for it beside the run, at one go. */
  stretch(milliseconds: number): void;
  /** A unit has ended. */
  unit(): void;
  /** Since it was asked last. */
  told(): Held;
}

export function countHeld(): HeldCount {
  let isRunning = false;
  let held: Held = { longest: 0, sum: 0 };
  let [within, beside] = [0, 0];
  const close = (): void => {
    held = { ...held, longest: Math.max(held.longest, within + beside) };
    [within, beside] = [0, 0];
  };
  return {
    goes(goesOn) {
      isRunning = goesOn;
    },
    took(milliseconds) {
      if (!isRunning) return;
      within += milliseconds;
      held = { ...held, sum: held.sum + milliseconds };
    },
    stretch(milliseconds) {
      if (!isRunning) return;
      beside = Math.max(beside, milliseconds);
      held = { ...held, sum: held.sum + milliseconds };
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
