import { expect, it } from 'vitest';
import { fakeRun } from '../testing/fakeRun';
import { transportOf } from './transport';
import { tryObstacle } from './tryObstacle';

it('offers what can be done', () => {
  expect(transportOf(null)).toEqual({ play: 'Start', canStop: false, canRestart: false });
  expect(transportOf(fakeRun('warm-up'))).toEqual({ play: 'Pause', canStop: true, canRestart: true });
  expect(transportOf({ ...fakeRun('warm-up'), phase: 'paused' }).play).toBe('Resume');
  expect(transportOf(fakeRun('done'))).toEqual({ play: 'Start', canStop: false, canRestart: true });
});

it('lets Try ask only the run whose weights are loaded, while it rests', () => {
  const run = fakeRun('done');
  expect(tryObstacle(run, run.id)).toBeNull();
  expect(tryObstacle({ ...fakeRun('warm-up'), phase: 'paused' }, run.id)).toBeNull();
  expect(tryObstacle(null, null)).toMatch(/Start a run/);
  expect(tryObstacle(run, 'another')).toMatch(/made way/);
  expect(tryObstacle(fakeRun('warm-up'), run.id)).toMatch(/being trained/);
  expect(tryObstacle({ ...fakeRun('started'), phase: 'paused' }, run.id)).toMatch(/no model yet/);
});
