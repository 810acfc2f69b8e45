// Moments of the time line by name ("improving-12"), as the address and the snapshot store know them, and where one moves to. Pure.
import { TIMED_STAGES, type TimedStage } from '../core/events';
import type { ConfigProblem } from '../core/parseConfig';
import type { Moment, RunState } from './runState';

export interface MomentPlace {
  stage: TimedStage;
  step: number;
}

export const momentName = ({ stage, step }: MomentPlace): string => `${stage}-${step}`;

/** Reads "improving-12"; null when it is no such name. */
export function parseMoment(text: string): MomentPlace | null {
  const stage = TIMED_STAGES.find((one) => text.startsWith(`${one}-`));
  const digits = stage && text.slice(stage.length + 1);
  return stage && digits && /^\d{1,6}$/.test(digits) ? { stage, step: Number(digits) } : null;
}

/** The latest when `chosen` is null or no longer there; null while there are none. */
export function momentIndex(moments: readonly Moment[], chosen: number | null): number | null {
  if (moments.length === 0) return null;
  const last = moments.length - 1;
  return chosen === null || chosen > last ? last : chosen;
}

/** What is chosen after a move by so many moments: the last one becomes "the latest", so that it goes on with the run. */
export function movedMoment(moments: readonly Moment[], chosen: number | null, by: number): number | null {
  const from = momentIndex(moments, chosen);
  if (from === null) return null;
  const to = Math.max(0, from + by);
  return to >= moments.length - 1 ? null : to;
}

export type FoundMoment = { found: number } | { isComing: true } | { problem: ConfigProblem; found: number | null };

/** Where the address's moment is on a run's time line; the step before it where that step has no snapshot. */
export function findMoment(run: RunState, wanted: MomentPlace, isOver: boolean): FoundMoment {
  const exact = run.moments.findIndex((one) => momentName(one) === momentName(wanted));
  if (exact >= 0) return { found: exact };
  const mine = run.moments.filter(({ stage }) => stage === wanted.stage);
  const end = mine.at(-1);
  const isComing = !isOver && (!end || end.step < Math.min(wanted.step, end.total));
  if (isComing) return { isComing: true };
  const before = mine.findLast(({ step }) => step <= wanted.step);
  const has = `The time line has no moment ${momentName(wanted)}`;
  return before
    ? {
        found: run.moments.indexOf(before),
        problem: { field: 'at', message: `${has}: showing the one before it, ${momentName(before)}.` },
      }
    : { found: null, problem: { field: 'at', message: `${has}: showing the latest.` } };
}
