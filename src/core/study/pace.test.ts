import { expect, test } from 'vitest';
import { resultOf } from '../../testing/studyWorld';
import type { Arm } from '../config';
import type { Job } from './job';
import { expectedSeconds, jobCost, paceOf } from './pace';
import { variant, variantConfig } from './variants';

const job = (kind: Job['kind'], arm: Arm): Job => ({
  ...{ kind, split: 'held-out', config: variantConfig(variant(arm), 'default', 'math', 1) },
});

test('an arm costs its updates and an evaluation; PPO its samples too', () => {
  expect(jobCost(job('arm', 'allo'))).toBe(130);
  // 110 / 4 rollouts of 64 answers at 0.014 updates.
  expect(jobCost(job('arm', 'ppo'))).toBeCloseTo(0.8 * 110 + 27.5 * 64 * 0.014 + 20, 9);
});

test('kinds of jobs cost what they were measured to, against DPO', () => {
  const costs = (kind: Job['kind'], arm: Arm) => jobCost(job(kind, arm)) / jobCost(job('arm', 'dpo-full'));
  // Processor seconds of training and evaluation, Default on wasm: DPO, NPO and RFT 27.7 + 5.1 in the mean.
  const dpo = 27.7 + 5.1;
  const measured = [
    ['arm', 'ppo', 28.8 + 5.4],
    ['arm', 'ppo-a2c', 28 + 5.5],
    ['best-of-n', 'allo', 3 * 14.1],
    ['interpolation', 'dpo-full', 27.7 + 6 * 1.7],
  ] as const;
  for (const [kind, arm, seconds] of measured)
    expect(Math.abs(costs(kind, arm) / (seconds / dpo) - 1), `${kind} ${arm}`).toBeLessThan(0.04);
});

test('the pace of what is done tells the time of what is not', () => {
  const done = [resultOf(job('arm', 'allo'), {}), resultOf(job('change', 'allo'), {})];
  // 20 seconds for 130 + 50.
  expect(paceOf(done)).toBeCloseTo(20 / 180, 12);
  expect(expectedSeconds([job('arm', 'allo'), job('arm', 'allo')], 0.5)).toBe(130);
  expect(paceOf([])).toBeNull();
});
