// What every study command needs of the machine: the backend and data of a job, one job from start to result with a line of progress, and an
// order in which jobs find the preparations of the ones before.
import { createBuiltinDataset } from '../core/data/builtin';
import { type Job, jobKey } from '../core/study/job';
import type { JobContext } from '../core/study/jobContext';
import { expectedSeconds, jobCost } from '../core/study/pace';
import type { StudyResult } from '../core/study/result';
import { runJob } from '../core/study/runJob';
import { createShared } from '../core/study/shared';
import { armLabel } from '../core/study/variants';
import { headlessBackend } from './backend';
import { loadStarterFile } from './starterFiles';

/** Built-in data, the shipped starter. Throws Error when the backend is not there. */
export async function headlessContext(backendName: string): Promise<JobContext> {
  return {
    backend: await headlessBackend(backendName),
    datasetFor: (config) => createBuiltinDataset(config.family, config),
    loadStarter: loadStarterFile,
    shared: createShared(),
  };
}

/** “math, seed 1: DPO, all weights (arm)”. */
export const jobLabel = ({ kind, config, split }: Job): string =>
  `${config.family}, seed ${config.seed}: ${kind === 'arm' ? armLabel(config) : `${kind} of ${armLabel(config)}`}${split === 'validation' ? ', validation' : ''}`;

/** Does the job; `onShare` hears how much of it is done. */
export async function doJob(
  job: Job,
  context: JobContext,
  onShare: (share: number) => void = () => {},
): Promise<StudyResult> {
  const source = runJob(job, context);
  for (;;) {
    const step = await source.next();
    if (step.done) return step.value;
    onShare(step.value.share);
  }
}

/** What jobs with the same preparations agree in. */
const groupOf = ({ config, split }: Job): string => {
  const { family, seed, preset, styleBias, skills } = config;
  return JSON.stringify([preset, seed, family, styleBias, skills, split]);
};

/** Jobs with the same preparations together; groups, and the jobs in each, in the order in which they first come. */
export function grouped(jobs: readonly Job[]): Job[][] {
  const groups = new Map<string, Job[]>();
  for (const job of jobs) {
    const key = groupOf(job);
    groups.set(key, [...(groups.get(key) ?? []), job]);
  }
  return [...groups.values()];
}

/** One of several shares of the work of about equal cost; whole groups, so that no preparation is made twice. */
export function partOfJobs(jobs: readonly Job[], part: number, parts: number): Job[] {
  const costs = Array.from({ length: parts }, () => 0);
  const mine: Job[] = [];
  for (const group of grouped(jobs)) {
    const least = costs.indexOf(Math.min(...costs));
    costs[least]! += group.reduce((sum, job) => sum + jobCost(job), 0);
    if (least === part - 1) mine.push(...group);
  }
  return mine;
}

/** Does jobs one after the other; those that fail are told and left out. `keep` gets each result as it comes. */
export async function doJobs(
  jobs: readonly Job[],
  context: JobContext,
  keep: (result: StudyResult, job: Job) => void,
): Promise<{ failed: number }> {
  const line = progressLine();
  const startedAt = performance.now();
  let failed = 0;
  let costDone = 0;
  for (const [i, job] of jobs.entries()) {
    const head = `[${i + 1}/${jobs.length}] ${jobLabel(job)}`;
    const from = performance.now();
    try {
      const result = await doJob(job, context, (share) => line.now(`${head} ${Math.floor(100 * share)} %`));
      keep(result, job);
      costDone += jobCost(job);
      const pace = (performance.now() - startedAt) / 1000 / costDone;
      const left = duration(expectedSeconds(jobs.slice(i + 1), pace));
      line.end(`${head} · ${((performance.now() - from) / 1000).toFixed(1)} s · left about ${left}`);
    } catch (error) {
      failed++;
      line.end(`${head} failed: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { failed };
}

/** Each job once, without those that are known. */
export const missing = (jobs: readonly Job[], known: ReadonlySet<string>): Job[] =>
  jobs.filter((job) => !known.has(jobKey(job)));

/** “2 h 05 min”, “12 min”, “40 s”. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Lines on stderr; the one under way only where somebody sits in front of it. */
function progressLine() {
  const { isTTY } = process.stderr;
  return {
    now: (text: string) => {
      if (isTTY) process.stderr.write(`\r\x1b[2K${text}`);
    },
    end: (text: string) => {
      process.stderr.write(`${isTTY ? '\r\x1b[2K' : ''}${text}\n`);
    },
  };
}
