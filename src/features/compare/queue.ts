// The lab's queue as Compare tells of it: one line, and which jobs stand in it. Failed jobs with their buttons are QueueLine.tsx.
import { useMemo } from 'react';
import { roughly } from '../../components/duration';
import { countOf } from '../../components/format';
import { isOpen } from '../../state/labQueue';
import type { Queue, QueuedJob } from '../../state/labState';

/** Jobs that wait or run, by key. */
export type Queued = ReadonlyMap<string, 'waiting' | 'running'>;

export const NONE_QUEUED: Queued = new Map();

export const queuedOf = ({ jobs }: Pick<Queue, 'jobs'>): Queued =>
  new Map(jobs.flatMap(({ key, status }) => (status === 'waiting' || status === 'running' ? [[key, status]] : [])));

/** The same map while the same jobs wait and run: a tick of progress draws nothing anew. */
export function useQueued(queue: Queue): Queued {
  const queued = queuedOf(queue);
  const text = JSON.stringify([...queued]);
  return useMemo((): Queued => new Map(JSON.parse(text) as [string, 'waiting' | 'running'][]), [text]);
}

/** What may be read out: it changes with a job's beginning or end only. '' while the queue has nothing to say. */
export function queueHead({ status, jobs }: Queue): string {
  if (jobs.length === 0) return '';
  const left = jobs.filter(isOpen).length;
  const failed = jobs.filter((job) => job.status === 'failed').length;
  const done = jobs.length - left - failed;
  if (left === 0) return failed > 0 ? `${countOf(failed, 'job')} failed` : `${countOf(done, 'job')} done`;
  const words = [`${countOf(left, 'job')} to go`, ...(failed > 0 ? [`${failed} failed`] : [])];
  return `${status === 'paused' ? 'Paused: ' : ''}${words.join(', ')}`;
}

/** What stands behind it and ticks: “, about 2 minutes; ALLO on math, seed 2: improving, 40 %”. */
export function queueDetail({ status, jobs, secondsLeft }: Queue): string {
  if (!jobs.some(isOpen)) return '';
  const time = secondsLeft === null || status === 'paused' ? '' : `, ${roughly(secondsLeft)}`;
  const running = jobs.find((job) => job.status === 'running') ?? jobs.find((job) => isOpen(job) && job.doing);
  return running ? `${time}; ${doingText(running)}` : time;
}

function doingText({ label, status, doing, share }: QueuedJob): string {
  const parts = [...(doing ? [doing] : []), ...(status === 'running' ? [`${Math.round(100 * share)} %`] : [])];
  return `${inWords(label)}: ${parts.join(', ')}`;
}

/** “ALLO · math · seed 2” → “ALLO on math, seed 2”. */
export function inWords(label: string): string {
  const [what, family, ...rest] = label.split(' · ');
  return family === undefined ? label : [`${what} on ${family}`, ...rest].join(', ');
}
