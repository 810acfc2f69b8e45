import { beforeAll, describe, expect, it } from 'vitest';
import {
  addWrongResponses,
  changedEntries,
  disposeContext,
  drain,
  eventsOf,
  maskOf,
  TINY_MODEL,
  TOY,
  tensorsLeft,
  tinyModel,
  toyContext,
} from '../../testing/tinyModel';
import { Adamw } from '../optim/adamw';
import { createSchedule } from '../optim/schedule';
import { createRng } from '../rng';
import { tf } from '../tf';
import type { WeightedResponse } from './context';
import { type ForgettingOptions, forgetting, trainForgetting } from './forgetting';
import { responseLogps } from './logRatios';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

/** The three wrong responses, with other weights where given. */
function weightedResponses(weights?: readonly (readonly number[])[]): WeightedResponse[] {
  const context = toyContext();
  addWrongResponses(context);
  disposeContext(context);
  return context.weighted.map((item, i) => ({
    ...item,
    weights: weights ? Float32Array.from(weights[i]!) : item.weights,
  }));
}

const options = (changes: Partial<ForgettingOptions> = {}): ForgettingOptions => {
  const { steps = 10 } = changes;
  return {
    ...{ steps, beta: 0.1, weighting: 'threshold', batchTokens: 1024, clipNorm: 1, padId: TOY.pad, rng: createRng(1) },
    schedule: createSchedule({ kind: 'cosine', baseRate: 1e-2, totalSteps: steps, warmupRatio: 0.03 }),
    ...changes,
  };
};

async function train(
  items: readonly WeightedResponse[],
  changes: Partial<ForgettingOptions> = {},
  masks?: ReadonlyMap<string, Uint8Array>,
) {
  const model = tinyModel();
  const optimiser = new Adamw(model, { ...(masks && { masks }) });
  const logps = async () => [...(await drain(responseLogps(model, items, 1024, TOY.pad))).result.values()];
  const [before, logpsBefore] = [await model.weights(), await logps()];
  const { ticks } = await drain(trainForgetting(model, optimiser, items, options(changes)));
  const [after, logpsAfter] = [await model.weights(), await logps()];
  const { updates } = await optimiser.state();
  optimiser.dispose();
  model.dispose();
  const steps = ticks.flatMap((tick) => (tick.kind === 'step' ? [tick.metrics] : []));
  return { steps, before, after, logpsBefore, logpsAfter, updates };
}

describe('trainForgetting', () => {
  it('pushes the log-probs of the selected tokens down, far more than those of the rest', async () => {
    const items = weightedResponses();
    const { steps, logpsBefore, logpsAfter } = await train(items, { steps: 20 });
    const falls = { selected: [] as number[], rest: [] as number[] };
    items.forEach(({ weights }, i) => {
      weights.forEach((w, t) => {
        falls[w > 0 ? 'selected' : 'rest'].push(logpsBefore[i]![t]! - logpsAfter[i]![t]!);
      });
    });
    expect(Math.min(...falls.selected)).toBeGreaterThan(3);
    const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    expect(mean(falls.selected)).toBeGreaterThan(3 * mean(falls.rest));
    expect(steps.at(-1)!.loss).toBeLessThan(0.55);
    expect(steps[0]).toMatchObject({ learningRate: 0, rejectedReward: 0, tokens: 3 * 4 + 9 });
    expect(steps[0]!.selectedShare).toBeCloseTo(4 / 9, 12);
    const sums = logpsBefore.map((row) => row.reduce((sum, x) => sum + x, 0));
    expect(steps[0]!.rejectedLogp).toBeCloseTo(sums.reduce((sum, x) => sum + x, 0) / 3, 4);
    expect(steps.at(-1)!.rejectedReward).toBeLessThan(-0.2);
  });

  const WEIGHTS = [
    [0.5, 1, 0],
    [0, 0.25, 0, 0],
    [0.75, 0],
  ];
  // Σw = 2.5, four of the nine tokens have a weight.
  it.each([
    ['threshold', 2.5 / 4],
    ['rlmec', 2.5 / 4],
    ['raw', 2.5 / 4],
    ['soft', 2.5 / 9],
    ['uniform', 2.5 / 9],
  ] as const)('%s: divides by the documented D, so that the first loss is Σw · ln 2 / D', async (weighting, share) => {
    const { steps } = await train(weightedResponses(WEIGHTS), { weighting, steps: 1 });
    expect(steps[0]!.loss).toBeCloseTo(Math.LN2 * share, 6);
  });

  it('has Σ w_t · −log σ(−β d_t) / D as its loss, against the weights it started from: by hand', async () => {
    const items = weightedResponses(WEIGHTS);
    const model = tinyModel();
    const optimiser = new Adamw(model);
    const logps = async () => (await drain(responseLogps(model, items, 1024, TOY.pad))).result;
    const reference = await logps();
    const training = trainForgetting(model, optimiser, items, options());
    for (let seen = 0; seen < 4; seen++) await training.next(); // reference, steps 1 to 3
    const now = await logps();
    let expected = 0;
    for (const item of items) {
      item.weights.forEach((w, t) => {
        const ratio = now.get(item)![t]! - reference.get(item)![t]!;
        expected += (w * Math.log(1 + Math.exp(0.1 * ratio))) / 4;
      });
    }
    const step = await training.next();
    expect(step.value?.kind === 'step' && step.value.metrics.loss).toBeCloseTo(expected, 6);
    await training.return(undefined);
    optimiser.dispose();
    model.dispose();
  });

  it('skips a batch without any weight: loss 0 and no update', async () => {
    const nothing = weightedResponses([
      [0, 0, 0],
      [0, 0, 0, 0],
      [0, 0],
    ]);
    const { steps, before, after, updates } = await train(nothing, { steps: 5 });
    expect(steps.map(({ loss }) => loss)).toEqual([0, 0, 0, 0, 0]);
    expect(steps.map(({ gradientNorm }) => gradientNorm)).toEqual([0, 0, 0, 0, 0]);
    expect(changedEntries(before, after).size).toBe(0);
    expect(updates).toBe(0);
    expect((await train([])).steps).toEqual([]);
  });

  it('moves masked weights only; every other entry keeps its bits', async () => {
    const masks = maskOf(TINY_MODEL, {
      'model.layers.0.self_attn.v_proj.weight': [3, 100],
      'model.norm.weight': [7],
    });
    const { before, after } = await train(weightedResponses(), {}, masks);
    expect(changedEntries(before, after)).toEqual(
      new Map([
        ['model.layers.0.self_attn.v_proj.weight', [3, 100]],
        ['model.norm.weight', [7]],
      ]),
    );
  });

  it('gives the same curve and weights for the same seed', async () => {
    const items = weightedResponses();
    const first = await train(items, { batchTokens: 8 });
    const again = await train(items, { batchTokens: 8 });
    expect(again.steps).toEqual(first.steps);
    expect(again.after).toEqual(first.after);
    const other = await train(items, { batchTokens: 8, rng: createRng(3) });
    expect(other.steps).not.toEqual(first.steps);
  });
});

describe('forgetting', () => {
  const MASK = maskOf(TINY_MODEL, { 'model.embed_tokens.weight': Array.from({ length: 60 }, (_, i) => 64 + i) });

  async function stage(left = Infinity) {
    const context = toyContext({ config: { forgettingSteps: 6, forgettingLearningRate: 1e-2 } });
    addWrongResponses(context);
    await drain(context.evaluator.prepare(context.model!));
    context.masks.forgetting = { mask: MASK, selected: 60, total: 1 };
    const events = [];
    for await (const event of forgetting(context)) {
      events.push(event);
      if (events.length === left) break;
    }
    const after = await context.model!.weights();
    disposeContext(context);
    return { events, changed: changedEntries(context.sft, after) };
  }

  it('moves only what its mask holds, reports drift, steps and the log-ratios it caused', async () => {
    const { events, changed } = await stage();
    expect([...changed.keys()]).toEqual(['model.embed_tokens.weight']);
    for (const i of changed.get('model.embed_tokens.weight')!) expect(i >= 64 && i < 124).toBe(true);
    const steps = eventsOf(events, 'step');
    expect(steps.map(({ stage, series, step, total }) => [stage, series, step, total])).toEqual(
      [1, 2, 3, 4, 5, 6].map((step) => ['forgetting', 'forgetting', step, 6]),
    );
    expect(steps[0]!.metrics.loss).toBeCloseTo(Math.LN2, 6);
    expect(steps[5]!.metrics.loss).toBeLessThan(Math.LN2);
    expect(eventsOf(events, 'drift').map(({ step }) => step)).toEqual([0, 6]);
    expect(eventsOf(events, 'drift')[0]!.klToSft).toBe(0);
    const [ratios] = eventsOf(events, 'log-ratios');
    expect(ratios!.stage).toBe('forgetting');
    expect(ratios!.records.map(({ responseId, logRatio }) => [responseId, logRatio.length])).toEqual([
      [0, 3],
      [1, 4],
      [2, 2],
    ]);
    // Weights are on tokens 1 of the first, 0 and 1 of the second, 0 of the third.
    const [a, b, c] = ratios!.records.map(({ logRatio }) => logRatio);
    expect(a![1]! + b![0]! + b![1]! + c![0]!).toBeLessThan(-0.1);
  });

  it('leaves no tensor behind, wherever it is left', async () => {
    for (const left of [Infinity, 1, 2, 3, 5, 8]) expect(await tensorsLeft(() => stage(left))).toBe(0);
  });
});
