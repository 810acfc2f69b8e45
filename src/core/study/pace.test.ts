import { expect, test } from 'vitest';
import { resultOf } from '../../testing/studyWorld';
import type { Job } from './job';
import { expectedSeconds, jobCost, paceOf } from './pace';
import { variant, variantConfig } from './variants';

const job = (kind: Job['kind'], arm: 'allo' | 'ppo'): Job => ({
  ...{ kind, split: 'held-out', config: variantConfig(variant(arm), 'default', 'math', 1) },
});

test('an arm costs its updates and an evaluation; PPO its samples too', () => {
  expect(jobCost(job('arm', 'allo'))).toBe(170);
  // 110 / 4 rollouts of 64 answers at 0.15 updates.
  expect(jobCost(job('arm', 'ppo'))).toBe(170 + 27.5 * 64 * 0.15);
});

test('the pace of what is done tells the time of what is not', () => {
  const done = [resultOf(job('arm', 'allo'), {}), resultOf(job('change', 'allo'), {})];
  // 20 seconds for 170 + 50.
  expect(paceOf(done)).toBeCloseTo(20 / 220, 12);
  expect(expectedSeconds([job('arm', 'allo'), job('arm', 'allo')], 0.5)).toBe(170);
  expect(paceOf([])).toBeNull();
});
