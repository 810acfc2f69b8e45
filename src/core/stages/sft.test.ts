import { beforeAll, describe, expect, it, test } from 'vitest';
import { loadStarterFile } from '../../cli/starterFiles';
import {
  disposeContext,
  drain,
  eventsOf,
  TINY_MODEL,
  TOY,
  tensorsLeft,
  tinyModel,
  tinyWeights,
  toyContext,
  toyDataset,
} from '../../testing/tinyModel';
import { createBuiltinDataset } from '../data/builtin';
import type { SftPhase } from '../data/dataset';
import { modelConfigOf } from '../model/fromRun';
import { Model } from '../model/model';
import { presetConfig } from '../presets';
import { createRng } from '../rng';
import { openSafetensors } from '../safetensors';
import { tf } from '../tf';
import { Evaluator } from './evaluator';
import {
  type SupervisedOptions,
  sft,
  sftLength,
  supervisedOptimiser,
  supervisedPhase,
  supervisedRate,
  trainSupervised,
} from './sft';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe('supervisedRate', () => {
  it('rises linearly over 3 %, never from 0, and falls to 2 % of the peak', () => {
    expect([0, 1, 2].map((step) => supervisedRate(step, 100, 0.3))).toEqual([0.1, 0.2, 0.3].map((x) => closeTo(x)));
    expect(supervisedRate(3, 100, 0.3)).toBeCloseTo(0.3, 12);
    // Half of the way from step 3 to 100: 2 % + half of 98 %.
    expect(supervisedRate(51, 99, 0.3)).toBeCloseTo(0.3 * 0.51, 12);
    expect(supervisedRate(100, 100, 0.3)).toBeCloseTo(0.006, 12);
    expect(supervisedRate(0, 1, 0.3)).toBe(0.3);
    const rates = Array.from({ length: 98 }, (_, i) => supervisedRate(i + 2, 100, 1));
    expect(rates).toEqual(rates.toSorted((a, b) => b - a));
    function closeTo(x: number): unknown {
      return expect.closeTo(x, 12);
    }
  });
});

const EXAMPLES = [
  { prompt: [TOY.bos, 4, 5, TOY.ask], response: [5, 4, TOY.eos] },
  { prompt: [TOY.bos, 6, TOY.ask], response: [9, TOY.eos] },
  { prompt: [TOY.bos, 8, 8, TOY.ask], response: [10, TOY.eos] },
];
const options = (changes: Partial<SupervisedOptions> = {}): SupervisedOptions => ({
  ...{ from: 0, to: 60, totalSteps: 60, learningRate: 0.02, clipNorm: 1, padId: TOY.pad },
  examples: () => EXAMPLES,
  ...changes,
});

describe('trainSupervised', () => {
  it('overfits one batch: from less than chance to nearly certain', async () => {
    const model = tinyModel();
    const optimiser = supervisedOptimiser(model);
    const { ticks } = await drain(trainSupervised(model, optimiser, options()));
    expect(ticks).toHaveLength(60);
    expect(ticks[0]).toMatchObject({ step: 0, tokens: 7 + 5 + 6, learningRate: 0.01 });
    expect(ticks[0]!.loss).toBeGreaterThan(Math.log(12));
    expect(ticks.at(-1)!.loss).toBeLessThan(0.02);
    optimiser.dispose();
    model.dispose();
  });

  it('has the mean over all response tokens as its loss', async () => {
    const model = tinyModel();
    const optimiser = supervisedOptimiser(model);
    const first = async (examples: typeof EXAMPLES): Promise<number> => {
      const steps = trainSupervised(model, optimiser, options({ learningRate: 0, to: 1, examples: () => examples }));
      return (await drain(steps)).ticks[0]!.loss;
    };
    const singles = [await first([EXAMPLES[0]!]), await first([EXAMPLES[1]!]), await first([EXAMPLES[2]!])];
    // 3, 2 and 2 response tokens.
    const expected = (3 * singles[0]! + 2 * singles[1]! + 2 * singles[2]!) / 7;
    expect(await first(EXAMPLES)).toBeCloseTo(expected, 5);
    optimiser.dispose();
    model.dispose();
  });

  it('continues a cut training bit for bit', async () => {
    const rng = createRng(5);
    const examples = (step: number) => {
      const stream = rng.fork(`${step}`);
      return Array.from({ length: 4 }, () => toyDataset().sftExample('sft', stream)!);
    };
    const all = { ...options({ to: 10, totalSteps: 10, examples }) };
    const whole = tinyModel();
    const first = supervisedOptimiser(whole);
    const curve = (await drain(trainSupervised(whole, first, all))).ticks;

    const cut = tinyModel();
    const early = supervisedOptimiser(cut);
    await drain(trainSupervised(cut, early, { ...all, to: 4 }));
    const continued = new Model(TINY_MODEL, await cut.weights());
    const late = supervisedOptimiser(continued);
    late.restore(await early.state());
    const rest = (await drain(trainSupervised(continued, late, { ...all, from: 4 }))).ticks;
    expect(rest).toEqual(curve.slice(4));
    expect(await continued.weights()).toEqual(await whole.weights());
    for (const one of [first, early, late, whole, cut, continued]) one.dispose();
  });
});

test('supervisedPhase: a third of the base on strings, then look-ups, then the noisy solutions', () => {
  expect([0, 2, 3, 9, 10].map((step) => supervisedPhase(step, 10))).toEqual([
    'copy',
    'copy',
    'lookup',
    'lookup',
    'sft',
  ]);
  expect(supervisedPhase(0, 0)).toBe('sft');
});

describe('sft', () => {
  it('trains from nothing: copy phase first, same seed → same curve and weights, nothing left behind', async () => {
    const train = async (seed: number) => {
      const context = toyContext({ config: { seed, copySteps: 2, sftSteps: 3 } });
      disposeContext(context);
      context.model = null;
      const { ticks } = await drain(sft(context));
      const weights = await context.model!.weights();
      expect(context.sft).toEqual(weights);
      disposeContext(context);
      const steps = eventsOf(ticks, 'step');
      const [done] = eventsOf(ticks, 'stage.done');
      const first = steps[0]!.metrics.loss;
      expect(done!.summary).toMatchObject({ name: 'sft', steps: 5, firstLoss: first });
      expect(done!.summary.lastLoss).toBe(steps.at(-1)!.metrics.loss);
      expect(steps.map(({ series, step, total }) => [series, step, total])).toEqual([
        ['copy', 1, 5],
        ['copy', 2, 5],
        ['sft', 3, 5],
        ['sft', 4, 5],
        ['sft', 5, 5],
      ]);
      return { losses: steps.map(({ metrics }) => metrics.loss), weights };
    };
    let runs: Awaited<ReturnType<typeof train>>[] = [];
    const left = await tensorsLeft(async () => {
      runs = [await train(1), await train(1), await train(2)];
    });
    expect(left).toBe(0);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]!.losses).not.toEqual(runs[0]!.losses);
    expect(runs[0]!.weights).not.toEqual(tinyWeights());
  });

  it('has no copy phase where the data has none', () => {
    const examples = toyDataset();
    const sftExample = (phase: SftPhase, rng: Parameters<typeof examples.sftExample>[1]) =>
      phase === 'sft' ? examples.sftExample('sft', rng) : null;
    const context = toyContext({ config: { copySteps: 9, sftSteps: 4 }, dataset: { sftExample } });
    expect(sftLength(context)).toEqual({ copySteps: 0, totalSteps: 4 });
    disposeContext(context);
  });

  it('frees its optimiser when it is left in the middle', async () => {
    const left = await tensorsLeft(async () => {
      const context = toyContext();
      disposeContext(context);
      context.model = null;
      const events = sft(context);
      for (let i = 0; i < 3; i++) await events.next();
      await events.return();
      disposeContext(context);
    });
    expect(left).toBe(0);
  });

  it('takes the shipped checkpoint without a stage of its own', async () => {
    const config = { ...presetConfig('tiny'), klPrompts: 10, heldOutPrompts: 10 };
    const dataset = createBuiltinDataset('math', { styleBias: false });
    const modelConfig = modelConfigOf(config, dataset);
    const toy = toyContext();
    disposeContext(toy);
    const evaluator = new Evaluator(dataset, config);
    const context = { ...toy, config, dataset, modelConfig, evaluator, model: null, loadStarter: loadStarterFile };
    const left = await tensorsLeft(async () => {
      const { ticks } = await drain(sft(context));
      expect(ticks).toEqual([]);
      const file = openSafetensors(await loadStarterFile('tiny/sft.safetensors'));
      const name = 'model.layers.1.mlp.down_proj.weight';
      expect(context.sft.get(name)).toEqual(file.readFloats(name));
      disposeContext(context);
    });
    expect(left).toBe(0);
  });
});
