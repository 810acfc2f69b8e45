// When a run is saved without being asked: as often as saving takes no more than a small share of its time. And how much of a save is done at one go.

/** Saving may take one part in so many of the time. */
const SHARE = 20;
/** No sooner than so many ms after the last save, */
const SOONEST = 5_000;
/** or where the last save failed, seldom. */
const RETRY = 30_000;

/** Work on a save at one go, ms: a part of a unit's time, within bounds. */
const [SHORTEST, LONGEST] = [8, 16];
export const stretchBeside = (unitMilliseconds: number): number =>
  Math.min(LONGEST, Math.max(SHORTEST, unitMilliseconds / SHARE));

export interface SaveBudget {
  isDue(now: number): boolean;
  /** A save is there that began at `from`. `spent`: ms that all of it took of the run's time. */
  took(now: number, from: number, spent: number): void;
  failed(now: number): void;
}

/** Due at once. Times in ms of one clock. */
export function createSaveBudget(): SaveBudget {
  let next = Number.NEGATIVE_INFINITY;
  return {
    isDue: (now) => now >= next,
    took(now, from, spent) {
      next = Math.max(now + SOONEST, from + SHARE * spent);
    },
    failed(now) {
      next = now + RETRY;
    },
  };
}
