import { expect, it } from 'vitest';
import type { Arm, RunConfig } from '../core/config';
import { presetConfig } from '../core/presets';
import {
  evaluationWork,
  forgettingWork,
  improvingWork,
  mergingSeconds,
  operationsPerWeight,
  rewardWork,
  samplingWork,
  sftWork,
  trainingCost,
  warmupWork,
} from './workload';

// Default: batches of 1024 tokens, 110 updates in one stage, 256 prompts × 8 answers × 36 new tokens, 38 tokens a sequence.
const of = (arm: Arm, changes: Partial<RunConfig> = {}): RunConfig => ({
  ...presetConfig('default', 'math', arm),
  ...changes,
});
const SAMPLED = 256 * 8 * 36;
/** 256 · 5 pairs of two sequences. */
const PAIRS = 256 * 5 * 2 * 38;

it('counts what each method trains on, scores and samples while it improves', () => {
  expect(improvingWork(of('dpo-full'))).toEqual({ trained: 110 * 1024, scored: PAIRS, sampled: 0 });
  for (const arm of ['sft', 'rft'] as const)
    expect(improvingWork(of(arm))).toEqual({ trained: 110 * 1024, scored: 0, sampled: 0 });
  expect(improvingWork(of('kto'))).toEqual({ trained: 110 * 1024, scored: PAIRS + 2 * 110 * 1024, sampled: 0 });
  // 64 answers are 2432 tokens: 3 updates an epoch, 12 a rollout, 10 rollouts.
  const ppo = improvingWork(of('ppo'));
  expect(ppo).toEqual({ trained: 10 * 4 * 2432, scored: 10 * 2432 * 2, sampled: 10 * 64 * 36 });
  expect(improvingWork(of('ppo', { ppoReward: 'reward model' })).scored).toBe(10 * 2432 * 5);
  expect(operationsPerWeight(ppo)).toBe(6 * 97_280 + 2 * 48_640 + 4 * 23_040);
});

it('counts a warm-up only where it ranks weights, and a foreign one’s answers', () => {
  expect(warmupWork(of('dpo-full'))).toEqual({ trained: 0, scored: 0, sampled: 0 });
  expect(warmupWork(of('allo-random'))).toEqual({ trained: 0, scored: 0, sampled: 0 });
  expect(warmupWork(of('dpo-top10'))).toEqual({ trained: 51_200, scored: 51_200, sampled: 0 });
  expect(warmupWork(of('dpo-foreign10'))).toEqual({ trained: 51_200, scored: 51_200, sampled: SAMPLED });
  expect(warmupWork(of('dpo-top10', { maskSource: 'math' })).sampled).toBe(0);
});

it('counts rewards and forgetting only where there are any', () => {
  expect(forgettingWork(of('allo'))).toEqual({ trained: 30_720, scored: 30_720, sampled: 0 });
  expect(rewardWork(of('allo'))).toEqual({ trained: 0, scored: 256 * 4 * 3 * 38, sampled: 0 });
  expect(rewardWork(of('allo', { rewardSource: 'train' })).trained).toBe(700 * 1024);
  expect(forgettingWork(of('dpo-full')).trained + rewardWork(of('dpo-full', { rewardSource: 'train' })).trained).toBe(
    0,
  );
  const scoredPpo = of('ppo', { rewardSource: 'train', ppoReward: 'reward model' });
  expect(rewardWork(scoredPpo)).toEqual({ trained: 700 * 1024, scored: 0, sampled: 0 });
});

it('counts what a file of pairs leaves out, and its longer sequences', () => {
  const file = { sequence: 100, givenPairs: 40 };
  expect(samplingWork(of('allo'), file).sampled).toBe(0);
  expect(rewardWork(of('allo', { rewardSource: 'train' }), file)).toEqual({ trained: 0, scored: 0, sampled: 0 });
  // 40 pairs are 80 sequences of 100 tokens, and 40 wrong answers; fewer where so many are not trained on.
  expect(warmupWork(of('allo'), file)).toEqual({ trained: 51_200, scored: 8000, sampled: 0 });
  expect(forgettingWork(of('allo'), file)).toEqual({ trained: 30_720, scored: 4000, sampled: 0 });
  expect(forgettingWork(of('allo', { forgettingSteps: 2 }), file).scored).toBe(2 * 1024);
  const answers = { sequence: 100, givenPairs: null };
  expect(samplingWork(of('allo'), answers).sampled).toBe(SAMPLED);
  expect(rewardWork(of('allo'), answers).scored).toBe(256 * 4 * 3 * 100);
  expect(rewardWork(of('allo', { rewardSource: 'train', rewardSteps: 0 }), answers).scored).toBe(0);
});

it('counts a second forward pass where activations are computed again', () => {
  expect([false, true].map((recompute) => trainingCost({ recompute }))).toEqual([6, 8]);
  expect(operationsPerWeight({ trained: 10, scored: 1, sampled: 1 }, 8)).toBe(80 + 2 + 4);
});

it('counts SFT by where it starts, and a family more with half of the skills', () => {
  expect(sftWork(of('allo')).trained).toBe(0);
  expect(sftWork(of('allo', { sftStart: 'base' })).trained).toBe(1500 * 40 * 38);
  expect(sftWork(presetConfig('scratch')).trained).toBe(3000 * 40 * 38);
  expect(evaluationWork(of('allo'))).toEqual({ trained: 0, sampled: 2 * 900 * 36, scored: 2 * 100 * 38 });
  expect(evaluationWork(of('allo', { skills: 'half' })).sampled).toBe(2 * 1050 * 36);
});

it('adds the JavaScript of merging: 60 ns a weight and update', () => {
  expect(mergingSeconds(of('dpo-full'), 626_048)).toBe(0);
  expect(mergingSeconds(of('ondare'), 626_048)).toBeCloseTo(4.13, 2);
});
