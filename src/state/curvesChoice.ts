// How the Curves view is laid out: kept in storage, but for what belongs to this session's runs.

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
}

export const FIRST_CURVES: CurvesChoice = {
  hidden: [],
  log: [],
  updates: 'linear',
  window: 10,
  hiddenRuns: [],
  litRun: null,
};

/** What is stored of it. */
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
