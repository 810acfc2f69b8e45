// How long a queue will take: from what the jobs took that are done here, and from how far the running one is.
import type { JobKind } from '../core/study/job';
import { jobCost } from '../core/study/pace';
import type { QueuedJob } from './labState';

/** A job that was computed in this session, with its wall time (preparations that others then shared included). */
export interface Finished {
  kind: JobKind;
  preset: string;
  cost: number;
  seconds: number;
}

/** A share too small to conclude from. */
const LEAST_SHARE = 0.05;

/**
 * Seconds until all that waits or runs is done: by the pace of the same kind and preset, else of the preset. null where nothing is known
 * of some of them. `runningSeconds`: for how long the running job has been worked on.
 */
export function secondsLeft(
  jobs: readonly QueuedJob[],
  finished: readonly Finished[],
  runningSeconds: number,
): number | null {
  const running = jobs.find(({ status }) => status === 'running');
  const known = [...finished];
  if (running && running.share >= LEAST_SHARE) known.push(soFar(running, runningSeconds));
  let left = 0;
  for (const queued of jobs) {
    if (queued.status !== 'waiting' && queued.status !== 'running') continue;
    const pace = paceOf(known, queued);
    if (pace === null) return null;
    left += pace * jobCost(queued.job) * (queued === running ? 1 - queued.share : 1);
  }
  return left;
}

/** What the running job has done, as a finished one. */
const soFar = ({ job, share }: QueuedJob, seconds: number): Finished => ({
  ...{ kind: job.kind, preset: job.config.preset },
  ...{ cost: share * jobCost(job), seconds },
});

function paceOf(finished: readonly Finished[], { job }: QueuedJob): number | null {
  const ofPreset = finished.filter(({ preset }) => preset === job.config.preset);
  const ofKind = ofPreset.filter(({ kind }) => kind === job.kind);
  const used = ofKind.length > 0 ? ofKind : ofPreset;
  const cost = used.reduce((sum, one) => sum + one.cost, 0);
  return cost > 0 ? used.reduce((sum, one) => sum + one.seconds, 0) / cost : null;
}
