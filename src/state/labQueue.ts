// The queue as it is shown: pure changes to a list of jobs. Who works it off is labWork.ts.
import { type Job, jobKey } from '../core/study/job';
import { armLabel } from '../core/study/variants';
import type { Queue, QueuedJob } from './labState';

export const EMPTY_QUEUE: Queue = { status: 'idle', jobs: [], secondsLeft: null };

/** Waits or runs. */
export const isOpen = ({ status }: QueuedJob): boolean => status === 'waiting' || status === 'running';

/** Waits, and for nobody's word. */
export const isReady = ({ status, isHeld }: QueuedJob): boolean => status === 'waiting' && !isHeld;

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

const heldIf = (isHeld: boolean, queued: QueuedJob): QueuedJob =>
  queued.status === 'waiting' && isHeld !== (queued.isHeld ?? false) ? { ...queued, isHeld } : queued;

/** A queue that is over makes room for a new one, but for what failed. */
export const madeRoom = (queue: Queue): Queue =>
  queue.status === 'idle' ? { ...queue, jobs: queue.jobs.filter(({ status }) => status === 'failed') } : queue;

/**
 * The jobs asked for go before what waits; one that runs goes on. `isKnown`: there is a result, nothing is to be done. Of a paused queue the
 * others are held.
 */
export function withJobs(queue: Queue, jobs: readonly Job[], isKnown: (key: string) => boolean): Queue {
  const byKey = new Map(queue.jobs.map((queued) => [queued.key, queued]));
  const asked = new Map<string, QueuedJob>();
  for (const job of jobs) {
    const key = jobKey(job);
    const there = byKey.get(key);
    asked.set(key, there && isOpen(there) ? heldIf(false, there) : entryOf(key, job, isKnown(key)));
  }
  const others = queue.jobs.filter(({ key }) => !asked.has(key));
  const waiting = others.filter(({ status }) => status === 'waiting');
  return {
    ...queue,
    jobs: [
      ...others.filter(({ status }) => status !== 'waiting'),
      ...asked.values(),
      ...waiting.map((queued) => (queue.status === 'paused' ? heldIf(true, queued) : queued)),
    ],
  };
}

/** Jobs that an earlier visit left, none of which is in the queue: behind the others, and for nobody to begin but who asks. */
export const withOffered = (queue: Queue, jobs: readonly Job[]): Queue => ({
  ...queue,
  status: queue.status === 'idle' ? 'paused' : queue.status,
  jobs: [...queue.jobs, ...jobs.map((job) => heldIf(queue.status === 'running', entryOf(jobKey(job), job, false)))],
});

/** Nothing is held any more. */
export const released = (queue: Queue): Queue => ({
  ...queue,
  jobs: queue.jobs.map((queued) => heldIf(false, queued)),
});

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

/** Done ones stay. */
export const without = (queue: Queue, keys: ReadonlySet<string>): Queue => ({
  ...queue,
  jobs: queue.jobs.filter(({ key, status }) => status === 'done' || !keys.has(key)),
});
