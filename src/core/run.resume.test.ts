// Exact resume: a run in pieces tells what the uninterrupted run tells, bit for bit.
import { beforeAll, describe, expect, it } from 'vitest';
import { type MakeRun, runInPieces } from '../testing/resumeRig';
import { type ToyOptions, toyConfig, toyDataset } from '../testing/tinyModel';
import { BACKEND } from '../testing/toyRun';
import { createRun, type RunOptions } from './run';
import { tf } from './tf';

const SMALL = { layers: 1, width: 8, heads: 2, mlpWidth: 12, sftSteps: 8, sftLearningRate: 0.02, prompts: 8 };
const FEW = {
  warmupSteps: 3,
  forgettingSteps: 3,
  improvingSteps: 3,
  rewardSteps: 2,
  heldOutPrompts: 4,
  klPrompts: 4,
  otherPrompts: 2,
};
const RATES = { warmupLearningRate: 1e-3, forgettingLearningRate: 1e-2, improvingLearningRate: 1e-2 };

const toy =
  ({ config, dataset }: Pick<ToyOptions, 'config' | 'dataset'> = {}, options: Partial<RunOptions> = {}): MakeRun =>
  (from) =>
    createRun({
      config: toyConfig({ ...SMALL, ...FEW, ...RATES, ...config }),
      dataset: toyDataset(dataset),
      backend: BACKEND,
      loadStarter: () => Promise.reject(new Error('a toy run has no starter')),
      ...options,
      ...(from && { from }),
    });

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe('a run in pieces', () => {
  it('is the uninterrupted run: ALLO', async () => {
    const { wrong, cuts } = await runInPieces(toy());
    expect(wrong).toEqual([]);
    expect(cuts).toBeGreaterThan(60);
  }, 60_000);
});
