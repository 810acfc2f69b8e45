// A model of SmolLM2-135M's shape on GPUs of several sizes, and estimates made up by hand.
import { describe, expect, it } from 'vitest';
import type { RunConfig } from './config';
import { type MemoryEstimate, runMemory } from './memory';
import { backendBytes, fitMemory, fitText } from './memoryFit';
import type { ModelConfig } from './model/config';
import { parseConfig } from './parseConfig';
import { broughtSettings, presetConfig } from './presets';

const NO_PARTS = { weights: 0, gradients: 0, moments: 0, activations: 0, cache: 0, spare: 0 };
const made = (total: number): MemoryEstimate => ({ phase: 'warm-up', parts: NO_PARTS, total });
/** 100 bytes that stay, and 1000 of activations at 1024 tokens; a tenth of them with recomputation; 500 for a reward model. */
const byHand = ({ batchTokens, accumulate, recompute, rewardSteps }: RunConfig): MemoryEstimate =>
  made(100 + ((recompute ? 100 : 1000) * batchTokens) / 1024 / accumulate + (rewardSteps > 0 ? 500 : 0));
const config: RunConfig = { ...presetConfig('default'), rewardSource: 'train', rewardSteps: 10, batchTokens: 1024 };

describe('the least change', () => {
  const fitIn = (bytes: number, longestPair = 128) => fitMemory(config, byHand, { bytes, longestPair });
  it('none where it fits', () => {
    expect(fitIn(1600)).toEqual({ status: 'fits', estimate: made(1600) });
    expect(fitText(fitIn(1600), config)).toBeNull();
  });
  it('parts first, then recomputation, then no reward model, then smaller steps', () => {
    expect(fitIn(1599)).toMatchObject({ status: 'shrinks', changes: { accumulate: 2 }, fitted: { total: 1100 } });
    expect(fitIn(850)).toMatchObject({ changes: { accumulate: 4 }, fitted: { total: 850 } });
    expect(fitIn(720)).toMatchObject({ changes: { recompute: true }, fitted: { total: 700 } });
    expect(fitIn(625)).toMatchObject({ changes: { recompute: true, accumulate: 4 } });
    expect(fitIn(200)).toMatchObject({ changes: { recompute: true, rewardSteps: 0 }, fitted: { total: 200 } });
    const smallest = fitIn(112);
    expect(smallest).toMatchObject({ status: 'too large', fitted: { total: 112.5 }, over: 0.5 });
    expect(fitMemory(config, byHand, { bytes: 112, longestPair: 64 })).toMatchObject({
      ...{ status: 'shrinks', changes: { recompute: true, rewardSteps: 0, accumulate: 16 } },
    });
  });
  it('no part is shorter than a pair', () => {
    expect(fitIn(850, 300)).toMatchObject({ changes: { recompute: true } });
    expect(fitIn(120, 600)).toMatchObject({
      status: 'too large',
      changes: { recompute: true, rewardSteps: 0 },
      over: 80,
    });
  });
  it('is said in words', () => {
    expect(fitText(fitIn(200), config)).toBe(
      'The run needs about 1 MB, most of it in warm-up. It fits in 1 MB with: activations computed again instead of kept (a third more time); no reward model: the token difference to the right answer stands in.',
    );
    expect(fitText(fitIn(50), config)).toMatch(/too much\. Take a smaller model, or data with shorter sequences\.$/);
  });
});

describe('135 M parameters', () => {
  const model: ModelConfig = {
    architecture: 'llama',
    ...{ vocabularySize: 49152, width: 576, layers: 30, heads: 9, kvHeads: 3, mlpWidth: 1536, normEpsilon: 1e-5 },
    ...{ ropeTheta: 1e5, tiedHead: true, attentionBias: false, maxPositions: 8192 },
  };
  const lengths = { supervised: 120, prompt: 90, responseShare: 0.5 };
  const settings = broughtSettings(
    { parameters: 134_515_008, config: model },
    { longestAnswer: 96, longestPrompt: 90, sequence: 120 },
  );
  const { config: brought, problems } = parseConfig(settings);
  const fitIn = (bytes: number, changes: Partial<RunConfig> = {}) =>
    fitMemory(
      { ...brought, ...changes },
      (one) =>
        runMemory(one, model, { lengths, backend: 'webgpu', trainsSft: false, trainsRewards: one.rewardSteps > 0 }),
      { bytes, longestPair: 400 },
    );
  it('has settings that are taken as they are', () => {
    expect(problems).toEqual([]);
    expect(brought).toMatchObject({ warmupLearningRate: 1e-6, improvingLearningRate: 5e-6, recompute: true });
  });
  it('fits a GPU with 8 GB as it is', () => {
    const result = fitIn(backendBytes('webgpu')!);
    expect(result.status).toBe('fits');
    // Weights, gradients, two moments, and the SFT weights beside the reward model: 5 × 538 MB and what a step makes.
    expect(result.estimate.total).toBeGreaterThan(5 * 4 * 134.5e6);
    expect(result.estimate.total).toBeLessThan(4.5e9);
  });
  it('fits 3.1 GB without its reward model, and no 2 GB', () => {
    expect(fitIn(3.1e9)).toMatchObject({ status: 'shrinks', changes: { rewardSteps: 0 } });
    expect(fitIn(2e9)).toMatchObject({ status: 'too large' });
  });
});
