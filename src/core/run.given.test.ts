// A run on a model that somebody brings.
import { beforeAll, describe, expect, it } from 'vitest';
import { eventsOf } from '../testing/tinyModel';
import type { RunConfig } from './config';
import { createImportedDataset } from './data/imported';
import { parseImport } from './data/importFile';
import type { BackendReport, RunEvent } from './events';
import { type GivenModel, modelConfigOf } from './model/fromRun';
import { initialWeights } from './model/model';
import { presetConfig } from './presets';
import { createRng } from './rng';
import { createRun } from './run';
import { tf } from './tf';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const BACKEND: BackendReport = {
  ...{ name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
};
const CONFIG: RunConfig = {
  ...presetConfig('tiny'),
  ...{ layers: 1, width: 32, heads: 2, mlpWidth: 64, vocabularySize: 320 },
  ...{ sftSteps: 2, sftSequences: 4, rewardSource: 'train', rewardSteps: 2 },
  ...{ prompts: 16, samplesPerPrompt: 3, maxNewTokens: 24, batchTokens: 512 },
  ...{ warmupSteps: 2, forgettingSteps: 2, improvingSteps: 2, heldOutPrompts: 10, otherPrompts: 0, klPrompts: 10 },
};

const PAIRS = Array.from({ length: 125 }, (_, i) => {
  const [a, b] = [1 + (i % 5), 1 + Math.floor(i / 5)];
  return { prompt: `What is ${a} and ${b}?`, chosen: `It is ${a + b}.`, rejected: `It is ${a + b + 1}.` };
});

async function dataAndModel() {
  const file = await parseImport(PAIRS.map((pair) => JSON.stringify(pair)).join('\n'), 'sums.jsonl');
  const dataset = createImportedDataset(file, { name: 'sums.jsonl', vocabularySize: 320, maxSequence: 96 });
  // Other sizes than the settings’, a padded vocabulary, grouped heads, a head of its own.
  const own = { layers: 2, width: 24, heads: 3, kvHeads: 1, mlpWidth: 40, tiedHead: false };
  const vocabularySize = dataset.vocabulary.length + 7;
  const config = { ...modelConfigOf(CONFIG, dataset), ...own, vocabularySize, maxPositions: 200 };
  const given: GivenModel = { name: 'own model', config, weights: initialWeights(config, createRng(5, 'given')) };
  return { dataset, given };
}

async function complete(changes: Partial<RunConfig> = {}) {
  const { dataset, given } = await dataAndModel();
  const config = { ...CONFIG, ...changes };
  const loadStarter = () => Promise.reject(new Error('a model of one’s own needs no starter'));
  const before = tf.memory().numTensors;
  const run = createRun({ config, dataset, given, backend: BACKEND, loadStarter });
  const events: RunEvent[] = [];
  for await (const event of run.events()) events.push(event);
  const { sft, model, config: modelConfig } = await run.checkpoints();
  run.dispose();
  return { events, dataset, given, sft, model, modelConfig, left: tf.memory().numTensors - before };
}

describe('a run on a model of one’s own', () => {
  it('aligns its weights as they are, with its own sizes', async () => {
    const { events, dataset, given, sft, model, modelConfig, left } = await complete();
    const [started] = eventsOf(events, 'run.started');
    expect(started!.stages.map(({ name }) => name)).not.toContain('sft');
    // As it is, but for a rotary table no longer than the data needs.
    expect(started!.model).toEqual({
      ...given.config,
      maxPositions: Math.max(dataset.maxSequence, dataset.maxRewriteSequence),
    });
    expect(modelConfig).toEqual(started!.model);
    expect([...sft]).toEqual([...given.weights]);
    const [first] = eventsOf(events, 'step');
    // Policy and reference are the same model at the first update.
    expect(first!.stage).toBe('warm-up');
    expect(first!.metrics.loss).toBeCloseTo(Math.LN2, 5);
    const moved = [...model].filter(([name, values]) => values.some((value, i) => value !== sft.get(name)![i]));
    expect(moved.length).toBeGreaterThan(5);
    expect(left).toBe(0);
  });

  it('fine-tunes it on the file first where the settings say so', async () => {
    const { events, given, sft } = await complete({ sftStart: 'base', copySteps: 50 });
    const steps = eventsOf(events, 'step').filter(({ stage }) => stage === 'sft');
    expect(steps.map(({ series }) => series)).toEqual(['sft', 'sft']);
    const name = 'model.layers.0.mlp.up_proj.weight';
    const [before, after] = [given.weights.get(name)!, sft.get(name)!];
    const farthest = after.reduce((most, value, i) => Math.max(most, Math.abs(value - before[i]!)), 0);
    // Two AdamW updates from these very weights, each entry at most about the learning rate.
    expect(farthest).toBeGreaterThan(0);
    expect(farthest).toBeLessThan(2.5 * CONFIG.sftLearningRate);
  });

  it('refuses data of another tokenizer, or too long, before anything is made', async () => {
    const { dataset, given } = await dataAndModel();
    const start = (config: Partial<GivenModel['config']>) => () =>
      createRun({
        ...{ config: CONFIG, dataset, backend: BACKEND, loadStarter: () => Promise.reject(new Error('unused')) },
        given: { ...given, config: { ...given.config, ...config } },
      });
    expect(start({ vocabularySize: 100 })).toThrow('own model has 100 tokens');
    expect(start({ maxPositions: 64 })).toThrow('takes at most 64 tokens');
  });
});
