// The queue's line: what is read out stays the same while a job ticks.
import { expect, test } from 'vitest';
import { type Job, jobKey } from '../../core/study/job';
import { jobLabel } from '../../state/labQueue';
import type { Queue, QueuedJob } from '../../state/labState';
import { job } from '../../testing/compareRig';
import { inWords, queueDetail, queuedOf, queueHead } from './queue';

const queued = (of: Job, change: Partial<QueuedJob> = {}): QueuedJob => ({
  ...{ key: jobKey(of), job: of, label: jobLabel(of), status: 'waiting', share: 0, doing: '', error: null },
  ...change,
});
const jobs = [
  queued(job('npo'), { status: 'done', share: 1 }),
  queued(job('allo', 2), { status: 'running', share: 0.4, doing: 'improving' }),
  queued(job('allo', 3)),
  queued(job('dpo-top10')),
];
const running: Queue = { status: 'running', jobs, secondsLeft: 118 };
const text = (queue: Queue) => queueHead(queue) + queueDetail(queue);

test('one line says how much is to go, for how long, and what runs', () => {
  expect(text(running)).toBe('3 jobs to go, about 2 minutes; ALLO on math, seed 2: improving, 40 %');
  expect(text({ ...running, secondsLeft: null })).toBe('3 jobs to go; ALLO on math, seed 2: improving, 40 %');
  expect(text({ ...running, status: 'paused' })).toBe('Paused: 3 jobs to go; ALLO on math, seed 2: improving, 40 %');
  expect(text({ ...running, jobs: [queued(job('allo'), { doing: 'another tab works on it' })] })).toBe(
    '1 job to go, about 2 minutes; ALLO on math, seed 1: another tab works on it',
  );
  expect(inWords('DPO, top 10 % · math · seed 1 · validation prompts')).toBe(
    'DPO, top 10 % on math, seed 1, validation prompts',
  );
});

test('what is read out does not change with a tick', () => {
  const later = jobs.map((one) => (one.status === 'running' ? { ...one, share: 0.7, doing: 'evaluating' } : one));
  expect(queueHead({ ...running, jobs: later, secondsLeft: 3 })).toBe(queueHead(running));
});

test('failures and the end are said; an empty queue says nothing', () => {
  const failed = queued(job('ipo'), { status: 'failed' });
  expect(text({ ...running, jobs: [failed, queued(job('allo'))], secondsLeft: null })).toBe('1 job to go, 1 failed');
  expect(text({ status: 'idle', jobs: [jobs[0]!, failed], secondsLeft: null })).toBe('1 job failed');
  expect(text({ status: 'idle', jobs: [jobs[0]!], secondsLeft: null })).toBe('1 job done');
  expect(text({ status: 'idle', jobs: [], secondsLeft: null })).toBe('');
});

test('queued are those that wait or run', () => {
  expect([...queuedOf(running)]).toEqual([
    [jobs[1]!.key, 'running'],
    [jobs[2]!.key, 'waiting'],
    [jobs[3]!.key, 'waiting'],
  ]);
});
