// What must not grow, by how much it may grow at most and why, and the verdict over samples of it. Pure.
import { fixed, table } from '../bench/table';
import { FEWEST, type Point, type Slope, slopeOf } from './slope';

/** What one look at the browser found; null where it cannot be had. Bytes and counts. */
export interface Sample {
  /** Seconds since the phase began. */
  seconds: number;
  /** Training steps since the phase began. */
  steps: number;
  values: Readonly<Record<Quantity, number | null>>;
}

/** Run after run, sampled between two of them; or one run of many steps, sampled on the way. */
export const PHASES = ['runs', 'steps'] as const;
export type Phase = (typeof PHASES)[number];

interface Limit {
  /** Growth at most: in `runs` an hour, in `steps` a thousand steps. */
  atMost: Readonly<Record<Phase, number>>;
  why: string;
  /** What is deleted goes on taking room until it is cleared: what stays then is judged. */
  isClearedLate?: true;
}

const MB = 1e6;
/** One that is never given back is a leak; the interval of a count that stands still has no width. */
const NONE_MORE = 'none may stay: they are made and given back by the step';

/**
 * In `runs` every run is deleted and the session keeps its six, so nothing may grow; what is allowed is the noise of a heap that was just collected. In
 * `steps` each step leaves its numbers for curves, log and bundle, by design: a stage has at most 5000 of them.
 */
export const LIMITS = {
  'page heap': {
    atMost: { runs: 1 * MB, steps: 6 * MB },
    why: 'a step leaves its numbers for the curves, its entry in the log and the losses of its pairs: some kB',
  },
  'page objects': {
    atMost: { runs: 3 * MB, steps: 3 * MB },
    why: 'nodes and styles, and the browser’s own lists of slow frames, shifts and fetched files: some 200 entries each, full after a hundred runs',
  },
  'page arrays': { atMost: { runs: 1 * MB, steps: 2 * MB }, why: 'losses of single pairs, 4 bytes each' },
  'trainer heap': {
    atMost: { runs: 1 * MB, steps: 1 * MB },
    why: 'what the log has not stored yet, up to the next save; the rest leaves the worker with its message',
  },
  'trainer arrays': {
    atMost: { runs: 1 * MB, steps: 1 * MB },
    why: 'snapshots of a stage, told at ever longer distances',
  },
  'other workers': {
    atMost: { runs: 1 * MB, steps: 1 * MB },
    why: 'the atlas keeps weights and snapshots of the session’s runs',
  },
  'wasm heap': { atMost: { runs: 1 * MB, steps: 1 * MB }, why: 'it never shrinks, so it must not grow either' },
  tensors: { atMost: { runs: 1, steps: 1 }, why: NONE_MORE },
  'tensor bytes': { atMost: { runs: 0.1 * MB, steps: 0.1 * MB }, why: NONE_MORE },
  'GPU bytes': { atMost: { runs: 1 * MB, steps: 1 * MB }, why: 'free buffers are held to a share of those in use' },
  'DOM nodes': { atMost: { runs: 60, steps: 60 }, why: 'pictures have as many marks as pixels, not as steps' },
  'nodes outside': { atMost: { runs: 60, steps: 60 }, why: 'nodes that left the page are collected' },
  listeners: { atMost: { runs: 60, steps: 60 }, why: 'whoever leaves the page takes its listeners along' },
  'file bytes': {
    atMost: { runs: 1 * MB, steps: 1 * MB },
    why: 'deleted runs leave no file; the last two snapshots of a run stay',
  },
  'database bytes': {
    atMost: { runs: 12 * MB, steps: 4 * MB },
    why: 'a step of the log is 0.3 kB; the browser clears what was deleted from its database every ten minutes or so',
    isClearedLate: true,
  },
  'storage files': { atMost: { runs: 2, steps: 2 }, why: 'the last two snapshots of a run stay' },
  'renderer memory': {
    atMost: { runs: 60 * MB, steps: 30 * MB },
    why: 'the process as a whole: heaps above, code, and what the allocator keeps in pieces; 0.5 GB in 8 hours or in the longest run',
  },
} as const satisfies Record<string, Limit>;
export type Quantity = keyof typeof LIMITS;
export const QUANTITIES = Object.keys(LIMITS) as Quantity[];

/** `unclear`: the samples do not say, the interval is wider than the limit. */
export type Verdict = 'holds' | 'grows' | 'unclear';

export interface Row {
  phase: Phase;
  quantity: Quantity;
  first: number;
  last: number;
  samples: number;
  /** In `runs` an hour, in `steps` a thousand steps. */
  slope: Slope;
  atMost: number;
  verdict: Verdict;
}

/** Beginnings are left out: code compiles, caches and pools fill, the session gets its six runs. */
export interface WarmUp {
  /** Share of the samples, */
  share: number;
  /** but at least so many of them. */
  least: number;
}
export const WARM_UP: Readonly<Record<Phase, WarmUp>> = {
  // Six runs that the session keeps, and two more.
  runs: { share: 0.2, least: 8 },
  // Snapshots are told at ever longer distances: most of them at the beginning.
  steps: { share: 0.4, least: 2 },
};

const verdictOf = ({ low, high }: Slope, atMost: number): Verdict =>
  high <= atMost ? 'holds' : low > atMost ? 'grows' : 'unclear';

/** The least that it was from each time on, up to when it was cleared last; as it is where that never happened. */
function floorOf(points: readonly Point[]): readonly Point[] {
  const cleared = points.findLastIndex(({ value }, i) => i > 0 && value < points[i - 1]!.value);
  if (cleared + 1 < FEWEST) return points;
  let least = Number.POSITIVE_INFINITY;
  return points
    .slice(0, cleared + 1)
    .reverse()
    .map(({ at, value }) => {
      least = Math.min(least, value);
      return { at, value: least };
    })
    .reverse();
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** One row for each quantity that could be had. Throws RangeError where there are too few samples behind the warm-up. */
export function judge(phase: Phase, samples: readonly Sample[]): Row[] {
  const { share, least } = WARM_UP[phase];
  const warm = samples.slice(Math.max(least, Math.round(share * samples.length)));
  if (warm.length < FEWEST)
    throw new RangeError(
      `${samples.length} samples of “${phase}” are too few, ${warm.length} after the warm-up: measure for longer.`,
    );
  const unit = phase === 'runs' ? 3600 : 1000;
  return QUANTITIES.flatMap((quantity): Row[] => {
    const found = warm.flatMap(({ seconds, steps, values }) => {
      const value = values[quantity];
      return value === null ? [] : [{ at: (phase === 'runs' ? seconds : steps) / unit, value }];
    });
    if (found.length === 0) return [];
    const { isClearedLate }: Limit = LIMITS[quantity];
    const points = isClearedLate ? floorOf(found) : found;
    const slope = slopeOf(points);
    const atMost = LIMITS[quantity].atMost[phase];
    const quarter = Math.max(1, points.length >> 2);
    return [
      {
        ...{ phase, quantity, slope, atMost, samples: points.length },
        first: middle(points.slice(0, quarter).map(({ value }) => value)),
        last: middle(points.slice(-quarter).map(({ value }) => value)),
        verdict: verdictOf(slope, atMost),
      },
    ];
  });
}

const isCount = (quantity: Quantity): boolean => LIMITS[quantity].atMost.runs < 1000;
const amount = (value: number, quantity: Quantity): string =>
  isCount(quantity) ? fixed(value, Number.isInteger(value) ? 0 : 1) : `${fixed(value / MB, 2)} MB`;

const AHEAD: Readonly<Record<Phase, { name: string; per: string; times: number; in: string }>> = {
  runs: { name: 'Run after run', per: 'an hour', times: 8, in: 'in 8 hours' },
  // 5000 in each of three stages.
  steps: { name: 'One run of many steps', per: 'per 1000 steps', times: 15, in: 'in 15 000 steps' },
};

/** The rows of one phase as a table. */
export function tableOf(phase: Phase, rows: readonly Row[]): string {
  const { name, per, times, in: ahead } = AHEAD[phase];
  const own = rows.filter((row) => row.phase === phase);
  const head = [name, 'first', 'last', `growth ${per}`, '95 % interval', ahead, 'at most', 'verdict'];
  return table(
    head,
    own.map(({ quantity, first, last, slope, atMost, verdict }) => [
      ...[quantity, amount(first, quantity), amount(last, quantity), amount(slope.perUnit, quantity)],
      `${amount(slope.low, quantity)} … ${amount(slope.high, quantity)}`,
      ...[amount(times * slope.perUnit, quantity), amount(atMost, quantity), verdict],
    ]),
  );
}

/** One line: whether everything holds, else what does not, and why it should. */
export function verdictLine(rows: readonly Row[], minutes: number): string {
  const bad = rows.filter(({ verdict }) => verdict !== 'holds');
  const measured = `${fixed(minutes, 0)} minutes`;
  if (bad.length === 0) return `NO GROWTH: ${rows.length} quantities within their limits over ${measured}`;
  const said = bad.map(({ phase, quantity, verdict }) => {
    const { per } = AHEAD[phase];
    const limit = `${amount(LIMITS[quantity].atMost[phase], quantity)} ${per}`;
    return verdict === 'grows'
      ? `${quantity} grows by more than ${limit} (${phase}; ${LIMITS[quantity].why})`
      : `${quantity} is not shown to stay within ${limit} (${phase}: measure for longer)`;
  });
  const grows = bad.some(({ verdict }) => verdict === 'grows');
  return `${grows ? 'GROWTH' : 'UNCLEAR'} over ${measured}: ${said.join('; ')}`;
}
