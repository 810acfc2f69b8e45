import { expect, test } from 'vitest';
import { KEPT_WEIGHTS } from '../../core/memory';
import type { RunState } from '../../state/runState';
import { churnEmptyText, labEmptyText, largeText } from './emptyText';

test('a model too large to be told whole: what is missing, and what to do', () => {
  expect(largeText(KEPT_WEIGHTS)).toBeNull();
  const text = largeText(KEPT_WEIGHTS + 1);
  expect(text).toContain('more than 50\u202f000\u202f000 weights');
  expect(text).toContain('start a run with fewer layers or a smaller width');
});

test('the closed lab says why: too large, no warm-up, not yet, ended before', () => {
  const stage = (name: 'warm-up' | 'improving') => ({ name }) as RunState['stages'][number];
  const started = { totalParameters: 10 } as NonNullable<RunState['started']>;
  const run = { started, stages: [stage('warm-up')], phase: 'running' } as const;
  expect(labEmptyText(run)).toContain('opens when the warm-up is over');
  expect(labEmptyText({ ...run, phase: 'stopped' })).toContain('ended before its warm-up was over');
  expect(labEmptyText({ ...run, stages: [stage('improving')] })).toContain('has no warm-up');
  const large = { ...started, totalParameters: KEPT_WEIGHTS + 1 };
  expect(labEmptyText({ ...run, started: large })).toContain('at most 50\u202f000\u202f000 weights');
});

test('no churn: without a warm-up nothing is said of its steps', () => {
  expect(churnEmptyText({ hasUpdate: false, steps: 0 })).not.toContain('steps');
  expect(churnEmptyText({ hasUpdate: true, steps: 0 })).toContain('No steps of the warm-up were kept');
  expect(churnEmptyText({ hasUpdate: true, steps: 3 })).toContain('Choose a rule by the change');
});
