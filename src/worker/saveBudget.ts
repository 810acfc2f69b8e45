// When a run is saved without being asked: as often as saving takes no more than a small share of its time.

/** Saving may take one part in so many of the time. */
const SHARE = 20;
/** No sooner than so many ms after the last save, */
const SOONEST = 5_000;
/** and where taking a point holds the run up for longer than this, */
const LONGEST_HOLD = 50;
/** or where the last save failed, seldom. */
const [SELDOM, RETRY] = [180_000, 30_000];

export interface SaveBudget {
  isDue(now: number): boolean;
  /** A save is there. `held`: ms for which the run stood still while its point was taken; `spent`: ms that all of it took of the run's time. */
  took(now: number, cost: { held: number; spent: number }): void;
  failed(now: number): void;
}

/** Due at once. Times in ms of one clock. */
export function createSaveBudget(): SaveBudget {
  let next = Number.NEGATIVE_INFINITY;
  return {
    isDue: (now) => now >= next,
    took(now, { held, spent }) {
      next = now + Math.max(held > LONGEST_HOLD ? SELDOM : SOONEST, (SHARE - 1) * Math.max(held, spent));
    },
    failed(now) {
      next = now + RETRY;
    },
  };
}
