// Made-up evaluation and summary of a fake run.
import type { RunConfig } from '../core/config';
import type { EvaluationRecord, FamilyResult, RunSummary, StageName } from '../core/events';
import { type ModelConfig, sizeOf, tensorSpecs } from '../core/model/config';

export function fakeEvaluation(moment: 'before' | 'after'): EvaluationRecord {
  const result = (prompts: number, greedy: number, sampled: number | null): FamilyResult => ({
    prompts,
    greedy,
    sampled,
    right: '1'.repeat(Math.round((prompts * greedy) / 100)).padEnd(prompts, '0'),
  });
  const before = moment === 'before';
  return {
    families: {
      math: result(300, before ? 51.7 : 95, before ? 46.2 : 88.4),
      qa: result(150, before ? 52 : 51.3, null),
      instruct: result(150, before ? 49.3 : 50, null),
    },
    klToSft: before ? 0 : 0.046,
    goldLogp: before ? -3.21 : -2.6,
    dpoLoss: before ? Math.LN2 : 0.442,
    margin: before ? 0 : 1.31,
    movedPercent: before ? 0 : 11.9,
    stylePercent: before ? 33 : 36,
    dangers: [],
  };
}

export function fakeSummary(config: RunConfig, model: ModelConfig): RunSummary {
  const total = tensorSpecs(model).reduce((sum, spec) => sum + sizeOf(spec), 0);
  const mask = (requestedPercent: number) => ({
    requestedPercent,
    selected: Math.floor((total * requestedPercent) / 100),
    total,
  });
  const stage = (name: StageName, steps: number, lastLoss: number | null) => ({
    name,
    steps,
    seconds: 2,
    firstLoss: lastLoss === null ? null : Math.LN2,
    lastLoss,
  });
  return {
    preset: config.preset,
    family: config.family,
    seed: config.seed,
    backend: 'wasm',
    arm: config.arm,
    seconds: 41,
    stages: [
      stage('sampling', 0, null),
      stage('pairs', 0, null),
      stage('warm-up', config.warmupSteps, 0.55),
      stage('mask', 0, null),
      stage('token-rewards', 0, null),
      stage('forgetting', config.forgettingSteps, 0.31),
      stage('improving', config.improvingSteps, 0.38),
      stage('evaluation', 0, null),
    ],
    masks: { forgetting: mask(config.forgettingPercent), improving: mask(config.improvingPercent) },
    tokenRewardAuroc: 0.882,
    evaluation: {
      before: { math: 51.7, qa: 52, instruct: 49.3 },
      after: { math: 95, qa: 51.3, instruct: 50 },
    },
    klToSft: 0.046,
    movedPercent: 11.9,
  };
}
