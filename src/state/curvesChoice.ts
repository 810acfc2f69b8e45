// How the Curves view is laid out. The layout is kept in storage and, with the zoom, in the address; what is chosen of this session's runs
// lives as long as they do.
import type { StageName } from '../core/events';

/** Stages that make updates, in the order of a run. */
export const UPDATE_STAGES = [
  'sft',
  'warm-up',
  'token-rewards',
  'forgetting',
  'improving',
] as const satisfies readonly StageName[];
export type UpdateStage = (typeof UPDATE_STAGES)[number];

export interface UpdatePlace {
  stage: UpdateStage;
  /** 0: before the first update. */
  step: number;
}

/** A stretch of updates, told by stages: on the axis of another run they stand elsewhere. */
export interface Zoom {
  from: UpdatePlace;
  to: UpdatePlace;
}

/** Updates a smoothing may look back over. */
export const SMOOTHING_WINDOWS = [1, 2, 5, 10, 20, 50, 100, 200, 500] as const;

export interface CurvesChoice {
  /** Quantities that are not shown, by id. */
  hidden: readonly string[];
  /** Quantities on a logarithmic axis, by id. */
  log: readonly string[];
  updates: 'linear' | 'log';
  /** Updates that the smoothing looks back over; 1: none. */
  window: (typeof SMOOTHING_WINDOWS)[number];
  /** Runs that are not drawn, and the one that stands out, by id. Of this session. */
  hiddenRuns: readonly string[];
  litRun: string | null;
  /** null: all updates. */
  zoom: Zoom | null;
}

export const FIRST_CURVES: CurvesChoice = {
  hidden: [],
  log: [],
  updates: 'linear',
  window: 5,
  hiddenRuns: [],
  litRun: null,
  zoom: null,
};

/** What is stored of it: how one likes it, not what one looks at. */
export const curvesText = ({ hidden, log, updates, window }: CurvesChoice): string =>
  JSON.stringify({ hidden, log, updates, window });

/** Reads untrusted text; what cannot be used is as at first. */
export function parseCurves(text: string | null): CurvesChoice {
  const value = parsed(text);
  const names = (of: unknown): string[] | null =>
    Array.isArray(of) && of.length <= 50 && of.every((one) => typeof one === 'string')
      ? [...new Set<string>(of)]
      : null;
  return {
    ...FIRST_CURVES,
    hidden: names(value.hidden) ?? FIRST_CURVES.hidden,
    log: names(value.log) ?? FIRST_CURVES.log,
    updates: value.updates === 'log' ? 'log' : 'linear',
    window: SMOOTHING_WINDOWS.find((one) => one === value.window) ?? FIRST_CURVES.window,
  };
}

function parsed(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
