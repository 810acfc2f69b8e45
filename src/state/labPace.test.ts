import { expect, it } from 'vitest';
import { jobCost } from '../core/study/pace';
import { foundOf, jobOf, keyOf } from '../testing/labRig';
import { finishedBefore, secondsLeft } from './labPace';
import type { JobStatus, KnownResult, QueuedJob } from './labState';

const queued = (seed: number, status: JobStatus, share = 0): QueuedJob => ({
  ...{ key: keyOf(seed), job: jobOf(seed), label: '', status, share, doing: '', error: null },
});
const cost = jobCost(jobOf(1));
const finished = (kind: 'arm' | 'change', seconds: number, preset = 'tiny') => ({ kind, preset, cost, seconds });

it('goes by the same kind and preset, else by the preset, else says nothing', () => {
  const jobs = [queued(1, 'done'), queued(2, 'failed'), queued(3, 'waiting'), queued(4, 'waiting')];
  expect(secondsLeft(jobs, [], 0)).toBeNull();
  expect(secondsLeft(jobs, [finished('arm', 10), finished('arm', 30)], 0)).toBeCloseTo(40, 9);
  expect(secondsLeft(jobs, [finished('arm', 10), finished('change', 500)], 0)).toBeCloseTo(20, 9);
  expect(secondsLeft(jobs, [finished('change', 50)], 0)).toBeCloseTo(100, 9);
  expect(secondsLeft(jobs, [finished('arm', 10, 'default')], 0)).toBeNull();
  expect(secondsLeft([queued(1, 'done')], [], 0)).toBe(0);
});

it('counts the running job, by what it has done once that is something', () => {
  const jobs = [queued(1, 'running', 0.5), queued(2, 'waiting')];
  expect(secondsLeft([queued(1, 'running', 0.02)], [], 9)).toBeNull();
  // Half in 10 s: 10 more, and 20 for the next.
  expect(secondsLeft(jobs, [], 10)).toBeCloseTo(30, 9);
  // One in 50 s before it: 60 s for one and a half is 40 a job.
  expect(secondsLeft(jobs, [finished('arm', 50)], 10)).toBeCloseTo(60, 9);
});

it('goes by earlier visits where this one knows nothing of a kind', () => {
  const jobs = [queued(1, 'waiting')];
  const before = [finished('arm', 30), finished('change', 500)];
  expect(secondsLeft(jobs, [], 0, before)).toBeCloseTo(30, 9);
  expect(secondsLeft(jobs, [finished('change', 7)], 0, before)).toBeCloseTo(30, 9);
  expect(secondsLeft(jobs, [finished('arm', 10)], 0, before)).toBeCloseTo(10, 9);
  expect(secondsLeft(jobs, [finished('change', 7)], 0, [finished('arm', 30, 'default')])).toBeCloseTo(7, 9);
});

it('knows of earlier visits what was computed here, the latest of it', () => {
  const results = Array.from({ length: 25 }, (_, i): [string, KnownResult] => [
    keyOf(i + 1),
    { result: { ...foundOf(i + 1), seconds: i + 1 }, origin: i === 24 ? 'file' : 'here' },
  ]);
  // Of seeds 5 to 24; the last is from a file.
  const found = finishedBefore(new Map(results));
  expect(found.map(({ seconds }) => seconds)).toEqual(Array.from({ length: 20 }, (_, i) => 24 - i));
  expect(found[0]).toEqual({ kind: 'arm', preset: 'tiny', cost, seconds: 24 });
});
