// Every pair method as it trains: what its first loss is by hand, that a small step goes the right way, that it overfits one batch, and
// what BCO and KTO know beside the pairs.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drain, TOY, tensorsLeft, tinyModel, toyQuestion } from '../../testing/tinyModel';
import type { PreferencePair } from '../data/pairs';
import type { PairMethod } from '../methods';
import { Adamw } from '../optim/adamw';
import { createSchedule } from '../optim/schedule';
import { createRng } from '../rng';
import { tf } from '../tf';
import { packExamples } from './batches';
import { mismatchedExamples, mismatchedLogRatios } from './mismatched';
import { PAIR_LOSSES, type PairLossChoice } from './pairLosses';
import { batchPlan, type PreferenceOptions, pairLogps, trainPreference } from './preference';
import { batchLogps } from './trainStep';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

let tensors = 0;
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
});

const METHODS = Object.keys(PAIR_LOSSES) as PairMethod[];
const pair = (first: number, second: number, rejected: number[]): PreferencePair => {
  const question = toyQuestion(first, second);
  return { question, chosen: question.gold!, rejected, chosenSource: 'sample' };
};
/** Chosen responses of 3 tokens, rejected ones of 7, 4 and 2. */
const PAIRS = [pair(4, 5, [5, 4, 6, 7, 8, 9, TOY.eos]), pair(6, 7, [7, 7, 7, TOY.eos]), pair(8, 9, [9, TOY.eos])];
const BETA: Partial<Record<PairMethod, number>> = { 'ln-dpo': 5, simpo: 2 };
const betaOf = (method: PairMethod): number => BETA[method] ?? 0.1;

type Changes = Partial<Omit<PreferenceOptions, 'loss'>> & { rate?: number; loss?: Partial<PairLossChoice> };
async function train(method: PairMethod, changes: Changes = {}, pairs = PAIRS) {
  const { rate = 1e-2, steps = 40, loss, ...rest } = changes;
  const model = tinyModel();
  const optimiser = new Adamw(model);
  const before = (await drain(pairLogps(model, pairs, 1024, TOY.pad))).result;
  const options: PreferenceOptions = {
    ...{ steps, keepShare: 1, batchTokens: 1024, clipNorm: 1, padId: TOY.pad, rng: createRng(1) },
    beta: betaOf(method),
    schedule: createSchedule({ kind: 'constant', baseRate: rate, totalSteps: steps, warmupRatio: 0 }),
    ...rest,
    loss: {
      ...{ method, lengthAlpha: 0.01, targetMargin: 0.5, desirableWeight: 1, undesirableWeight: 1 },
      ...loss,
    },
  };
  const { ticks } = await drain(trainPreference(model, optimiser, pairs, options));
  const after = (await drain(pairLogps(model, pairs, 1024, TOY.pad))).result;
  const weights = await model.weights();
  optimiser.dispose();
  model.dispose();
  const steps_ = ticks.flatMap((tick) => (tick.kind === 'step' ? [tick.metrics] : []));
  return { steps: steps_, before, after, weights };
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, x) => total + x, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const softplus = (x: number): number => Math.log1p(Math.exp(x));
/** Mean over the pairs of what a side's log-probs add up to. */
const meanLogp = (rows: ReadonlyMap<PreferencePair, { chosen: Float32Array; rejected: Float32Array }>) => ({
  chosen: mean([...rows.values()].map(({ chosen }) => sum(chosen))),
  rejected: mean([...rows.values()].map(({ rejected }) => sum(rejected))),
});

describe('the first loss, where policy = reference', () => {
  it.each<[PairMethod, number]>([
    ['allo', Math.LN2],
    ['dpo', Math.LN2],
    ['hinge', 1],
    // n_w − n_l = −4, −1, 1 at α = .01.
    ['r-dpo', (softplus(0.04) + softplus(0.01) + softplus(-0.01)) / 3],
    ['ln-dpo', Math.LN2],
    // (1 / 2β)²
    ['ipo', 25],
    ['ipo-mean', 25],
    // Two terms; the mean reward is 0.
    ['bco', 2 * Math.LN2],
    // 1 − σ(0), each side.
    ['kto', 0.5],
    // 2/β · ln 2
    ['npo', 20 * Math.LN2],
  ])('of %s', async (method, expected) => {
    const { steps } = await train(method, { steps: 1 });
    expect(steps[0]!.loss).toBeCloseTo(expected, 5);
    expect(steps[0]).toMatchObject({ accuracy: 0, margin: 0, selectedShare: 1, tokens: 46 });
  });

  it('of SimPO is that of the mean log-probs, whatever the reference', async () => {
    const { steps, before } = await train('simpo', { steps: 1 });
    const losses = [...before.values()].map(({ chosen, rejected }) =>
      softplus(-2 * (mean([...chosen]) - mean([...rejected]) - 0.5)),
    );
    expect(steps[0]!.loss).toBeCloseTo(mean(losses), 5);
  });

  it('has the settings of its method', async () => {
    const first = async (method: PairMethod, loss: Partial<PairLossChoice>) =>
      (await train(method, { steps: 1, loss })).steps[0]!.loss;
    expect(await first('kto', { desirableWeight: 3, undesirableWeight: 0.5 })).toBeCloseTo((1.5 + 0.25) / 2, 5);
    expect(await first('r-dpo', { lengthAlpha: 1 })).toBeCloseTo((softplus(4) + softplus(1) + softplus(-1)) / 3, 5);
    expect(await first('simpo', { targetMargin: 2 })).toBeGreaterThan(await first('simpo', { targetMargin: 0.5 }));
  });
});

describe('one small step', () => {
  it.each(METHODS)('of %s moves the log-probs the right way', async (method) => {
    const { before, after } = await train(method, { steps: 1, rate: 1e-4 });
    const [then, now] = [meanLogp(before), meanLogp(after)];
    expect(now.rejected).toBeLessThan(then.rejected - 1e-3);
    if (method !== 'npo') expect(now.chosen).toBeGreaterThan(then.chosen + 1e-3);
  });

  it('of NPO takes no gradient from the chosen side: another chosen response changes nothing', async () => {
    const others = PAIRS.map((one) => ({ ...one, chosen: [10, 10, TOY.eos] }));
    const [own, other] = [await train('npo', { steps: 3 }), await train('npo', { steps: 3 }, others)];
    expect(own.steps.map(({ loss }) => loss)).not.toEqual([]);
    own.steps.forEach(({ loss }, i) => {
      expect(other.steps[i]!.loss).toBeCloseTo(loss, 4);
    });
    expect((await train('dpo', { steps: 3 }, others)).steps[2]!.loss).not.toBeCloseTo(
      (await train('dpo', { steps: 3 })).steps[2]!.loss,
      4,
    );
  });
});

describe('overfitting one batch', () => {
  // From → to, of the first loss.
  it.each<[PairMethod, number, number]>([
    ['allo', 0.25, 1],
    ['dpo', 0.25, 1],
    ['hinge', 0.05, 1],
    ['r-dpo', 0.25, 1],
    ['ln-dpo', 0.1, 1],
    ['ipo', 0.1, 1],
    ['ipo-mean', 0.6, 1],
    ['bco', 0.35, 1],
    ['kto', 0.7, 1],
    ['simpo', 0.1, 1],
    ['npo', 0.4, 0.6],
  ])('%s falls to %d of its first loss', async (method, share, accuracy) => {
    const { steps } = await train(method, { steps: 60 });
    expect(steps.at(-1)!.loss).toBeLessThan(share * steps[0]!.loss);
    expect(steps.at(-1)!.accuracy).toBeGreaterThanOrEqual(accuracy);
  });
});

describe('parts of a step', () => {
  it.each(METHODS)('give %s nearly the loss of the whole batch', async (method) => {
    const [whole, parts] = [await train(method, { steps: 3 }), await train(method, { steps: 3, accumulate: 3 })];
    whole.steps.forEach(({ loss }, i) => {
      // A part of BCO's step has the δ of the parts before it.
      expect(parts.steps[i]!.loss).toBeCloseTo(loss, method === 'bco' ? 1 : 4);
    });
  });

  it.each(['bco', 'kto'] as const)('running ahead changes no bit of %s', async (method) => {
    const ahead = { pace: { mayRunAhead: true, isAhead: false }, waitsAfter: () => false };
    const [alone, early] = [await train(method, { steps: 6 }), await train(method, { steps: 6, ahead })];
    expect(early.steps).toEqual(alone.steps);
    expect(early.weights).toEqual(alone.weights);
  });

  it('BCO’s δ is the mean of the batches’ mean rewards so far: by hand', async () => {
    const { before } = await train('bco', { steps: 0 });
    const model = tinyModel();
    const optimiser = new Adamw(model);
    const loss = { lengthAlpha: 0, targetMargin: 0, desirableWeight: 1, undesirableWeight: 1, method: 'bco' } as const;
    const schedule = createSchedule({ kind: 'constant', baseRate: 1e-2, totalSteps: 3, warmupRatio: 0 });
    const options = {
      steps: 3,
      keepShare: 1,
      batchTokens: 1024,
      clipNorm: 1,
      padId: TOY.pad,
      beta: 0.1,
      loss,
      schedule,
    };
    const training = trainPreference(model, optimiser, PAIRS, { ...options, rng: createRng(1) });
    let delta = 0;
    let steps = 0;
    const rewards = async () => {
      const now = (await drain(pairLogps(model, PAIRS, 1024, TOY.pad))).result;
      return PAIRS.map((one) => ({
        chosen: 0.1 * (sum(now.get(one)!.chosen) - sum(before.get(one)!.chosen)),
        rejected: 0.1 * (sum(now.get(one)!.rejected) - sum(before.get(one)!.rejected)),
      }));
    };
    let expected = await rewards();
    for await (const tick of training) {
      if (tick.kind !== 'step') continue;
      delta = (delta * steps + mean(expected.flatMap(({ chosen, rejected }) => [chosen, rejected]))) / (steps + 1);
      const losses = expected.map(({ chosen, rejected }) => softplus(delta - chosen) + softplus(rejected - delta));
      expect(tick.metrics.loss).toBeCloseTo(mean(losses), 5);
      steps++;
      expected = await rewards();
    }
    expect(steps).toBe(3);
    expect(Math.abs(delta)).toBeGreaterThan(1e-3);
    optimiser.dispose();
    model.dispose();
  });
});

describe('KTO’s mismatched responses', () => {
  it('are those of the batch in reversed order, without any under its own question or too long', () => {
    const [a, b, c] = PAIRS as [PreferencePair, PreferencePair, PreferencePair];
    expect(mismatchedExamples([a, b, c], 32)).toEqual([
      { prompt: a.question.prompt, response: c.chosen },
      { prompt: c.question.prompt, response: a.chosen },
      { prompt: a.question.prompt, response: c.rejected },
      { prompt: c.question.prompt, response: a.rejected },
    ]);
    // Prompts of 4, a's rejected response of 7.
    expect(mismatchedExamples([a, b], 10).map(({ response }) => response)).toEqual([b.chosen, a.chosen, b.rejected]);
    expect(mismatchedExamples([a], 32)).toEqual([]);
    expect(mismatchedExamples([a, { ...b, question: a.question }], 32)).toEqual([]);
  });

  it('give Σ (log π − log π_ref) of each, in one part or several', async () => {
    const [model, other] = [tinyModel(), tinyModel({}, 2)];
    const examples = mismatchedExamples(PAIRS, 32);
    const alone = async (of: typeof model) =>
      Promise.all(examples.map((one) => batchLogps(of, packExamples([one], TOY.pad))));
    const [now, reference] = [await alone(model), await alone(other)];
    const rows = reference.map((row, i) => row.slice(0, examples[i]!.response.length));
    for (const accumulate of [1, 3]) {
      const ratios = mismatchedLogRatios(model, examples, rows, { padId: TOY.pad, accumulate })!;
      const values = [...ratios.dataSync()];
      ratios.dispose();
      expect(values).toHaveLength(4);
      values.forEach((value, i) => {
        expect(value).toBeCloseTo(sum(now[i]!) - sum(rows[i]!), 4);
      });
    }
    expect(mismatchedLogRatios(model, [], [], { padId: TOY.pad })).toBeNull();
    other.dispose();
    model.dispose();
  });

  it('set z0: the second loss by hand, and 0 for a batch of one pair', async () => {
    for (const given of [PAIRS, [PAIRS[0]!]]) {
      // In the order of the second step.
      const pairs = batchPlan(given, () => 1, 2, 1024, createRng(1))[1]!;
      const model = tinyModel();
      const optimiser = new Adamw(model);
      const examples = mismatchedExamples(pairs, 32);
      const mismatched = async () =>
        (await Promise.all(examples.map((one) => batchLogps(model, packExamples([one], TOY.pad))))).map(sum);
      const before = (await drain(pairLogps(model, pairs, 1024, TOY.pad))).result;
      const reference = await mismatched();
      const loss = {
        lengthAlpha: 0,
        targetMargin: 0,
        desirableWeight: 1,
        undesirableWeight: 1,
        method: 'kto',
      } as const;
      const schedule = createSchedule({ kind: 'constant', baseRate: 1e-2, totalSteps: 2, warmupRatio: 0 });
      const options = {
        steps: 2,
        keepShare: 1,
        batchTokens: 1024,
        clipNorm: 1,
        padId: TOY.pad,
        beta: 0.1,
        loss,
        schedule,
      };
      const training = trainPreference(model, optimiser, given, { ...options, rng: createRng(1) });
      while ((await training.next()).value?.kind !== 'step');
      const now = (await drain(pairLogps(model, pairs, 1024, TOY.pad))).result;
      const ratios = (await mismatched()).map((logp, i) => logp - reference[i]!);
      const z0 = ratios.length > 0 ? Math.max(0, mean(ratios)) : 0;
      const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
      const losses = pairs.flatMap((one) => [
        1 - sigmoid(0.1 * (sum(now.get(one)!.chosen) - sum(before.get(one)!.chosen) - z0)),
        1 - sigmoid(0.1 * (z0 - sum(now.get(one)!.rejected) + sum(before.get(one)!.rejected))),
      ]);
      const second = (await training.next()).value;
      expect(second?.kind === 'step' && second.metrics.loss).toBeCloseTo(mean(losses), 5);
      await training.return(undefined);
      optimiser.dispose();
      model.dispose();
    }
  });

  it('leave no tensor behind where training is left in the middle', async () => {
    const leave = async (method: PairMethod) => {
      const model = tinyModel();
      const optimiser = new Adamw(model);
      const loss = { lengthAlpha: 0, targetMargin: 0, desirableWeight: 1, undesirableWeight: 1, method };
      const schedule = createSchedule({ kind: 'constant', baseRate: 1e-2, totalSteps: 9, warmupRatio: 0 });
      const options = {
        steps: 9,
        keepShare: 1,
        batchTokens: 1024,
        clipNorm: 1,
        padId: TOY.pad,
        beta: 0.1,
        loss,
        schedule,
      };
      const training = trainPreference(model, optimiser, PAIRS, { ...options, rng: createRng(1) });
      for (let seen = 0; seen < 5; seen++) await training.next();
      await training.return(undefined);
      optimiser.dispose();
      model.dispose();
    };
    for (const method of ['bco', 'kto'] as const) expect(await tensorsLeft(() => leave(method))).toBe(0);
  });
});
