import { beforeAll, describe, expect, it } from 'vitest';
import {
  addWrongResponses,
  disposeContext,
  drain,
  eventsOf,
  type ToyOptions,
  tensorsLeft,
  tinyWeights,
  toyContext,
  toyDataset,
} from '../../testing/tinyModel';
import { createRng } from '../rng';
import { tf } from '../tf';
import type { StepReport } from './context';
import { getRewardModel, rewritingBatch } from './rewardModel';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe('rewritingBatch', () => {
  const example = { prompt: [1, 2, 3], response: [4, 5] };

  it('fills up to the limit, with one example at least', () => {
    const dataset = toyDataset({ rewritingExample: () => example });
    expect(rewritingBatch(dataset, createRng(1), 20, [])).toHaveLength(4);
    expect(rewritingBatch(dataset, createRng(1), 19, [])).toHaveLength(3);
    expect(rewritingBatch(dataset, createRng(1), 2, [])).toHaveLength(1);
  });

  it('is null when the data has no example, and what there was when they run out', () => {
    expect(rewritingBatch(toyDataset(), createRng(1), 20, [])).toBeNull();
    let left = 2;
    const dataset = toyDataset({ rewritingExample: () => (left-- > 0 ? example : null) });
    expect(rewritingBatch(dataset, createRng(1), 99, [])).toHaveLength(2);
  });
});

describe('getRewardModel', () => {
  const report: StepReport = (step, stepMetrics, series = 'token-rewards') => ({
    ...{ type: 'step', stage: 'token-rewards', series, step },
    ...{ total: 0, metrics: stepMetrics, milliseconds: 0 },
  });
  function prepared(options: ToyOptions = {}) {
    const context = toyContext(options);
    addWrongResponses(context);
    return context;
  }
  async function get(options: ToyOptions = {}) {
    const context = prepared(options);
    const { ticks, result } = await drain(getRewardModel(context, report));
    const weights = await result.rewardModel?.weights();
    result.rewardModel?.dispose();
    disposeContext(context);
    return { ticks, source: result.source, weights };
  }

  it('is trained live where the data has an oracle, from gold where it has not, the same for the same seed', async () => {
    const first = await get();
    expect(first.source).toBe('trained live');
    expect(first.weights).not.toEqual(tinyWeights());
    const again = await get({ dataset: { teacher: 'gold as rewrite' } });
    expect(again.source).toBe('gold as rewrite');
    expect(again.weights).toEqual(first.weights);
    const losses = eventsOf(first.ticks, 'step').map(({ metrics }) => metrics.loss);
    expect(eventsOf(again.ticks, 'step').map(({ metrics }) => metrics.loss)).toEqual(losses);
    expect((await get({ config: { seed: 2 } })).weights).not.toEqual(first.weights);
  });

  it('learns to rewrite', async () => {
    const { ticks } = await get({ config: { rewardSteps: 40, rewardLearningRate: 0.01 } });
    const losses = eventsOf(ticks, 'step').map(({ metrics }) => metrics.loss);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
  });

  it('is none without a teacher, without steps or without examples', async () => {
    const none = { ticks: [], source: 'substitute', weights: undefined };
    expect(await get({ dataset: { teacher: null } })).toEqual(none);
    expect(await get({ config: { rewardSteps: 0 } })).toEqual(none);
    expect(await get({ dataset: { rewritingExample: () => null } })).toEqual(none);
  });

  it('says when training breaks, and goes on without a model', async () => {
    let calls = 0;
    const broken = toyDataset();
    const rewritingExample: typeof broken.rewritingExample = (rng, wrong) => {
      if (calls++ > 40) throw new Error('out of examples');
      return broken.rewritingExample(rng, wrong);
    };
    let got: Awaited<ReturnType<typeof get>> | null = null;
    const left = await tensorsLeft(async () => {
      got = await get({ config: { rewardSteps: 50 }, dataset: { rewritingExample } });
    });
    expect(left).toBe(0);
    expect(got!.source).toBe('substitute');
    expect(eventsOf(got!.ticks, 'notice')).toEqual([
      {
        ...{ type: 'notice', level: 'warning', stage: 'token-rewards' },
        text: 'The reward model could not be trained: out of examples',
      },
    ]);
  });

  it('frees model and optimiser when it is left while training', async () => {
    const left = await tensorsLeft(async () => {
      const context = prepared({ config: { rewardSteps: 9 } });
      const training = getRewardModel(context, report);
      await training.next();
      await training.next();
      await training.return({ rewardModel: null, source: 'substitute' });
      disposeContext(context);
    });
    expect(left).toBe(0);
  });
});
