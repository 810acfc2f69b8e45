import { beforeAll, describe, expect, it } from 'vitest';
import {
  addWrongResponses,
  disposeContext,
  drain,
  eventsOf,
  TINY_MODEL,
  tensorsLeft,
  tinyWeights,
  toyContext,
} from '../../testing/tinyModel';
import { Adamw } from '../optim/adamw';
import { tf } from '../tf';
import { policyOf } from './context';
import type { TrainingTick } from './preference';
import { preferenceStage, trainingStage } from './training';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const metrics = (loss: number) => ({ loss, learningRate: 0, gradientNorm: 0, tokens: 5 });

async function prepared(config = {}) {
  const context = toyContext({ config });
  addWrongResponses(context);
  await drain(context.evaluator.prepare(policyOf(context)));
  return context;
}

describe('trainingStage', () => {
  async function* ticks(count: number): AsyncGenerator<TrainingTick> {
    yield { kind: 'reference', done: 3, total: 3, tokens: 99 };
    for (let step = 1; step <= count; step++) yield { kind: 'step', step, metrics: metrics(1 / step) };
  }

  it('measures the drift at the start, every 20 steps and at the end', async () => {
    const context = await prepared();
    const optimiser = new Adamw(policyOf(context));
    const events = (await drain(trainingStage(context, 'warm-up', 45, ticks(45), { optimiser }))).ticks;
    expect(eventsOf(events, 'drift').map(({ stage, step }) => [stage, step])).toEqual([
      ['warm-up', 0],
      ['warm-up', 20],
      ['warm-up', 40],
      ['warm-up', 45],
    ]);
    expect(eventsOf(events, 'stage.progress')).toEqual([
      {
        ...{ type: 'stage.progress', stage: 'warm-up', label: 'reference log-probs, 3 of 3' },
        ...{ done: 0, total: 45, tokens: 99 },
      },
    ]);
    expect(eventsOf(events, 'step')).toHaveLength(45);
    expect(context.summaries.get('warm-up')).toMatchObject({ steps: 45, firstLoss: 1, lastLoss: 1 / 45 });
    disposeContext(context);
  });

  it('marks the danger against the stage’s own start', async () => {
    const context = await prepared();
    const model = policyOf(context);
    async function* jump(): AsyncGenerator<TrainingTick> {
      const other = tinyWeights(TINY_MODEL, 2).get('model.embed_tokens.weight')!;
      model.assign('model.embed_tokens.weight', tf.tensor2d(other, [12, 16]));
      yield { kind: 'step', step: 1, metrics: metrics(1) };
    }
    const first = (await drain(trainingStage(context, 'forgetting', 1, jump(), { optimiser: new Adamw(model) }))).ticks;
    const drifts = eventsOf(first, 'drift');
    expect(drifts[0]).toMatchObject({ step: 0, klToSft: 0, dangers: [] });
    expect(drifts[1]!.klToSft).toBeGreaterThan(0.15);
    expect(drifts[1]!.dangers[0]).toMatch(/^KL to SFT is \d\.\d{3} nats per token, above 0\.15/);
    // A second stage starts where the first one ended: gold has not fallen since.
    const second = (await drain(trainingStage(context, 'improving', 1, ticks(1), { optimiser: new Adamw(model) })))
      .ticks;
    const again = eventsOf(second, 'drift').at(-1)!;
    expect(again.goldLogp).toBe(drifts[1]!.goldLogp);
    expect(again.dangers).toHaveLength(1);
    disposeContext(context);
  });

  it('frees the optimiser at the end, when it is left and when training fails', async () => {
    async function* failing(): AsyncGenerator<TrainingTick> {
      yield { kind: 'step', step: 1, metrics: metrics(1) };
      throw new Error('The loss became NaN.');
    }
    const left = await tensorsLeft(async () => {
      const context = await prepared();
      const own = () => ({ optimiser: new Adamw(policyOf(context)) });
      await drain(trainingStage(context, 'warm-up', 2, ticks(2), own()));
      const stopped = trainingStage(context, 'warm-up', 9, ticks(9), own());
      for (let i = 0; i < 5; i++) await stopped.next();
      await stopped.return();
      const failed = drain(trainingStage(context, 'warm-up', 2, failing(), own()));
      await expect(failed).rejects.toThrow('The loss became NaN.');
      disposeContext(context);
    });
    expect(left).toBe(0);
  });
});

describe('preferenceStage', () => {
  it('has 10 % warm-up and a cosine, and draws from the stage’s own stream', async () => {
    const run = async (name: 'warm-up' | 'improving', seed = 1) => {
      const context = await prepared({ seed, batchTokens: 128 });
      const steps = { steps: 10, rate: 0.01, keepShare: 1, method: 'dpo' as const };
      const events = preferenceStage(context, name, new Adamw(policyOf(context)), steps);
      const { ticks: all } = await drain(events);
      disposeContext(context);
      return eventsOf(all, 'step').map((event) => event.metrics);
    };
    const metricsOf = await run('warm-up');
    expect(metricsOf.map(({ learningRate }) => learningRate)).toEqual(
      Array.from({ length: 10 }, (_, i) =>
        i === 0 ? 0 : expect.closeTo((0.01 * (1 + Math.cos((Math.PI * (i - 1)) / 9))) / 2, 12),
      ),
    );
    expect(metricsOf[0]!.loss).toBeCloseTo(Math.LN2, 6);
    expect(await run('warm-up')).toEqual(metricsOf);
  });
});
