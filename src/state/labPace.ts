// How long a queue will take: from what the jobs took that are done here, in this session or on earlier visits, and from how far the running
// one is.
import type { JobKind } from '../core/study/job';
import { jobCost } from '../core/study/pace';
import { configOf } from '../core/study/variants';
import type { KnownResult, QueuedJob } from './labState';

/** A job that was computed here; in this session with its wall time (preparations that others then shared included). */
export interface Finished {
  kind: JobKind;
  preset: string;
  cost: number;
  seconds: number;
}

/** A share too small to conclude from. */
const LEAST_SHARE = 0.05;

/** Enough of a kind and preset to know its pace. */
const ENOUGH = 20;

/** The latest of the results that were computed in this browser, as finished jobs. */
export function finishedBefore(known: ReadonlyMap<string, KnownResult>): Finished[] {
  const counts = new Map<string, number>();
  const finished: Finished[] = [];
  for (const { result, origin } of [...known.values()].reverse()) {
    const { kind, preset, seconds } = result;
    const name = `${kind} ${preset}`;
    const count = counts.get(name) ?? 0;
    if (origin !== 'here' || count === ENOUGH) continue;
    counts.set(name, count + 1);
    finished.push({ kind, preset, cost: jobCost({ kind, config: configOf(result) }), seconds });
  }
  return finished;
}

/**
 * Seconds until all that waits or runs is done: by the pace of the same kind and preset, else of the preset; of this session, else of
 * `before`. null where nothing is known of some of them. `runningSeconds`: for how long the running job has been worked on.
 */
export function secondsLeft(
  jobs: readonly QueuedJob[],
  finished: readonly Finished[],
  runningSeconds: number,
  before: readonly Finished[] = [],
): number | null {
  const running = jobs.find(({ status }) => status === 'running');
  const known = [...finished];
  if (running && running.share >= LEAST_SHARE) known.push(soFar(running, runningSeconds));
  const paces = new Map<string, number>();
  let left = 0;
  for (const queued of jobs) {
    if (queued.status !== 'waiting' && queued.status !== 'running') continue;
    const { kind, config } = queued.job;
    const name = `${kind} ${config.preset}`;
    const pace = paces.get(name) ?? bestPace(known, before, kind, config.preset);
    if (pace === null) return null;
    paces.set(name, pace);
    left += pace * jobCost(queued.job) * (queued === running ? 1 - queued.share : 1);
  }
  return left;
}

/** What the running job has done, as a finished one. */
const soFar = ({ job, share }: QueuedJob, seconds: number): Finished => ({
  ...{ kind: job.kind, preset: job.config.preset },
  ...{ cost: share * jobCost(job), seconds },
});

function bestPace(
  known: readonly Finished[],
  before: readonly Finished[],
  kind: JobKind,
  preset: string,
): number | null {
  const isOfPreset = (one: Finished): boolean => one.preset === preset;
  const isAlike = (one: Finished): boolean => isOfPreset(one) && one.kind === kind;
  return (
    paceOf(known.filter(isAlike)) ??
    paceOf(before.filter(isAlike)) ??
    paceOf(known.filter(isOfPreset)) ??
    paceOf(before.filter(isOfPreset))
  );
}

function paceOf(finished: readonly Finished[]): number | null {
  const cost = finished.reduce((sum, one) => sum + one.cost, 0);
  return cost > 0 ? finished.reduce((sum, one) => sum + one.seconds, 0) / cost : null;
}
