// The queue as it is shown: pure changes to a list of jobs. Who works it off is labWork.ts.
import { type Job, jobKey } from '../core/study/job';
import { armLabel } from '../core/study/variants';
import type { Queue, QueuedJob } from './labState';

export const EMPTY_QUEUE: Queue = { status: 'idle', jobs: [], secondsLeft: null };

/** Waits or runs. */
export const isOpen = ({ status }: QueuedJob): boolean => status === 'waiting' || status === 'running';

const KIND_LABEL: Readonly<Record<Job['kind'], (arm: string) => string>> = {
  arm: (arm) => arm,
  'best-of-n': () => 'Best of n',
  interpolation: (arm) => `Interpolation: ${arm}`,
  change: () => 'Where the change sits',
  agreement: () => 'Agreement of masks',
};

/** “DPO, top 10 % · math · seed 1”. */
export function jobLabel({ kind, config, split }: Job): string {
  const parts = [KIND_LABEL[kind](armLabel(config)), config.family, `seed ${config.seed}`];
  return [...parts, ...(split === 'validation' ? ['validation prompts'] : [])].join(' · ');
}

const entryOf = (key: string, job: Job, isDone: boolean): QueuedJob => ({
  ...{ key, job, label: jobLabel(job), error: null, doing: '' },
  ...(isDone ? { status: 'done', share: 1 } : { status: 'waiting', share: 0 }),
});

/** Jobs that wait or run stay as they are; `isKnown`: there is a result, nothing is to be done. A queue that is over makes room for the new one. */
export function withJobs(queue: Queue, jobs: readonly Job[], isKnown: (key: string) => boolean): Queue {
  const byKey = new Map((queue.status === 'idle' ? [] : queue.jobs).map((queued) => [queued.key, queued]));
  for (const job of jobs) {
    const key = jobKey(job);
    const there = byKey.get(key);
    if (!there || !isOpen(there)) byKey.set(key, entryOf(key, job, isKnown(key)));
  }
  return { ...queue, jobs: [...byKey.values()] };
}

export const withJob = (queue: Queue, key: string, change: Partial<QueuedJob>): Queue => ({
  ...queue,
  jobs: queue.jobs.map((queued) => (queued.key === key ? { ...queued, ...change } : queued)),
});

/** Waiting jobs that have a result by now are done; the same queue when there are none. */
export function withKnown(queue: Queue, isKnown: (key: string) => boolean): Queue {
  const isNew = ({ key, status }: QueuedJob): boolean => status === 'waiting' && isKnown(key);
  if (!queue.jobs.some(isNew)) return queue;
  return {
    ...queue,
    jobs: queue.jobs.map((queued) => (isNew(queued) ? entryOf(queued.key, queued.job, true) : queued)),
  };
}

/** What is left of a queue that is stopped. */
export const stopped = (queue: Queue): Queue => ({
  ...{ status: 'idle', secondsLeft: null },
  jobs: queue.jobs.filter((queued) => !isOpen(queued)),
});
