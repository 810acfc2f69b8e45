import { beforeAll, describe, expect, it } from 'vitest';
import {
  changedEntries,
  drain,
  maskOf,
  TINY_MODEL,
  TOY,
  tensorsLeft,
  tinyModel,
  toyQuestion,
} from '../../testing/tinyModel';
import type { PreferencePair } from '../data/pairs';
import { initialWeights, Model } from '../model/model';
import { Adamw } from '../optim/adamw';
import { createSchedule } from '../optim/schedule';
import { createRng } from '../rng';
import { tf } from '../tf';
import { packExamples } from './batches';
import { batchPlan, type PreferenceOptions, pairBatch, pairLogps, pairMetrics, trainPreference } from './preference';
import { batchLogps } from './trainStep';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const pair = (first: number, second: number, rejected: number[]): PreferencePair => {
  const question = toyQuestion(first, second);
  return { question, chosen: question.gold!, rejected, chosenSource: 'sample' };
};
/** Rejected responses of 7, 4 and 2 tokens. */
const PAIRS = [pair(4, 5, [5, 4, 6, 7, 8, 9, TOY.eos]), pair(6, 7, [7, 7, 7, TOY.eos]), pair(8, 9, [9, TOY.eos])];
const options = (changes: Partial<PreferenceOptions> & { rate?: number } = {}): PreferenceOptions => {
  const { rate: baseRate = 3e-3, steps = 10 } = changes;
  return {
    ...{ steps, beta: 0.1, keepShare: 0.5, batchTokens: 1024, clipNorm: 1, padId: TOY.pad, rng: createRng(1) },
    schedule: createSchedule({ kind: 'cosine', baseRate, totalSteps: steps, warmupRatio: 0.1 }),
    ...changes,
  };
};
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, x) => total + x, 0);

async function train(changes: Parameters<typeof options>[0] = {}, masks?: ReadonlyMap<string, Uint8Array>) {
  const model = tinyModel();
  const before = await model.weights();
  const optimiser = new Adamw(model, { ...(masks && { masks }) });
  const { ticks } = await drain(trainPreference(model, optimiser, PAIRS, options(changes)));
  const after = await model.weights();
  optimiser.dispose();
  model.dispose();
  const steps = ticks.flatMap((tick) => (tick.kind === 'step' ? [tick] : []));
  return { steps, reference: ticks.filter(({ kind }) => kind === 'reference'), before, after };
}

describe('batchPlan', () => {
  it('shuffles every epoch anew and fills batches with whole items', () => {
    const items = [1, 2, 3, 4, 5, 6];
    const plan = batchPlan(items, () => 10, 6, 20, createRng(1));
    expect(plan.map((batch) => batch.length)).toEqual([2, 2, 2, 2, 2, 2]);
    const epochs = [plan.slice(0, 3).flat(), plan.slice(3).flat()];
    for (const epoch of epochs) expect(epoch.toSorted()).toEqual(items);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(batchPlan(items, () => 10, 6, 20, createRng(1))).toEqual(plan);
    expect(batchPlan(items, () => 10, 4, 20, createRng(1))).toEqual(plan.slice(0, 4));
    expect(batchPlan([], () => 10, 4, 20, createRng(1))).toEqual([]);
  });
});

describe('pairBatch and pairLogps', () => {
  it('puts the chosen responses first, the rejected behind, in the same order', () => {
    const batch = pairBatch(PAIRS, TOY.pad);
    expect(batch.batchSize).toBe(6);
    expect([...batch.counts]).toEqual([3, 3, 3, 7, 4, 2]);
    expect([...batch.labels.slice(0, 4)]).toEqual([4, 5, TOY.eos, -1]);
    expect([...batch.labels.slice(3 * 8, 3 * 8 + 7)]).toEqual(PAIRS[0]!.rejected);
    // Prompts of 4, twice.
    expect(batch.realTokens).toBe(6 * 4 + 9 + 13);
  });

  it('scores each side as it would alone, whatever the batches', async () => {
    const [model, same] = [tinyModel(), tinyModel()];
    // Responses of 7, 11, 7, 8, 7 and 6 tokens.
    const { ticks, result } = await drain(pairLogps(model, PAIRS, 27, TOY.pad));
    expect(ticks.map((tick) => tick.kind === 'reference' && tick.done)).toEqual([3, 6]);
    const together = (await drain(pairLogps(same, PAIRS, 1024, TOY.pad))).result;
    for (const one of PAIRS) {
      const alone = packExamples([{ prompt: one.question.prompt, response: one.rejected }], TOY.pad);
      const logps = [...(await batchLogps(model, alone))].slice(0, one.rejected.length);
      for (const rows of [result, together]) {
        expect(rows.get(one)!.chosen).toHaveLength(3);
        rows.get(one)!.rejected.forEach((logp, t) => {
          expect(logp).toBeCloseTo(logps[t]!, 5);
        });
      }
    }
    same.dispose();
    model.dispose();
  });
});

describe('pairMetrics', () => {
  it('takes rewards, margin and accuracy by sequence: by hand', () => {
    const two = [PAIRS[1]!, PAIRS[2]!];
    const batch = pairBatch(two, TOY.pad);
    const logps = new Float32Array(4 * 8);
    const reference = new Float32Array(4 * 8).fill(-1);
    const rows = [
      [-1, -2, -3],
      [-4, 0, -5],
      [-1, -1, -1, -2],
      [-1, -0.5],
    ];
    rows.forEach((row, b) => {
      logps.set(row, b * 8);
    });
    const metrics = pairMetrics(batch, logps, reference, 0.5);
    // Chosen sums −6 and −9 against −3; rejected −5 against −4 and −1.5 against −2.
    expect(metrics.chosenLogp).toBeCloseTo(-7.5, 6);
    expect(metrics.rejectedLogp).toBeCloseTo(-3.25, 6);
    expect(metrics.chosenReward).toBeCloseTo(0.5 * (-3 - 6) * 0.5, 6);
    expect(metrics.rejectedReward).toBeCloseTo(0.5 * (-1 + 0.5) * 0.5, 6);
    expect(metrics.margin).toBeCloseTo(-2.25 + 0.125, 6);
    expect(metrics.accuracy).toBe(0);
    logps.set([-1, -1, -0.5], 0);
    expect(pairMetrics(batch, logps, reference, 0.5).accuracy).toBe(0.5);
  });

  it('takes a method’s own reward: by the mean token, and for SimPO without a reference', () => {
    const batch = pairBatch([PAIRS[1]!], TOY.pad);
    // 3 chosen and 4 rejected tokens.
    const [logps, reference] = [new Float32Array(2 * batch.width), new Float32Array(2 * batch.width)];
    logps.set([-1, -2, -3]);
    logps.set([-1, -1, -1, -2], batch.width);
    reference.set([-1, -1, -1]);
    reference.set([-2, -2, -2, -2], batch.width);
    const rewards = (form: Parameters<typeof pairMetrics>[4]) => {
      const { chosenReward, rejectedReward, margin, accuracy, chosenLogp } = pairMetrics(
        batch,
        logps,
        reference,
        2,
        form,
      );
      expect(chosenLogp).toBe(logps[0]! + logps[1]! + logps[2]!);
      expect(margin).toBe(chosenReward - rejectedReward);
      return [chosenReward, rejectedReward, accuracy];
    };
    // Log-ratios −3 and +3 in sum.
    expect(rewards('sum')).toEqual([-6, 6, 0]);
    expect(rewards('mean')).toEqual([-2, 1.5, 0]);
    expect(rewards('reference-free')).toEqual([-4, -2.5, 0]);
    // Longer answers lose in sum what they win by the token.
    logps.set([-3, -3, -3], 0);
    reference.set([-9, -9, -9], 0);
    expect(rewards('mean')).toEqual([12, 1.5, 1]);
    expect(rewards('reference-free')[0]).toBe(-6);
  });
});

describe('trainPreference', () => {
  it('running ahead of its numbers changes none of them', async () => {
    const ahead = { pace: { mayRunAhead: true, isAhead: false }, waitsAfter: (done: number) => done === 4 };
    const [alone, submittedEarly] = [await train(), await train({ ahead })];
    expect(submittedEarly.steps).toEqual(alone.steps);
    expect(submittedEarly.after).toEqual(alone.after);
    expect(alone.after).not.toEqual(alone.before);
  });

  it('begins at ln 2 with nothing to choose between, and its first update has rate 0', async () => {
    const { steps, reference } = await train();
    expect(steps).toHaveLength(10);
    expect(reference).toHaveLength(1);
    const { metrics } = steps[0]!;
    expect(metrics.loss).toBeCloseTo(Math.LN2, 6);
    expect(metrics).toMatchObject({ accuracy: 0, margin: 0, chosenReward: 0, rejectedReward: 0, learningRate: 0 });
    expect(metrics.tokens).toBe(46);
    expect(metrics.gradientNorm).toBeGreaterThan(0);
    // One of ten steps warms up; then a cosine over nine.
    expect(steps[1]!.metrics.learningRate).toBeCloseTo(3e-3, 12);
    expect(steps[5]!.metrics.learningRate).toBeCloseTo((3e-3 * (1 + Math.cos((Math.PI * 4) / 9))) / 2, 12);
    // The rate was 0 in step 1, so step 2 sees the same model.
    expect(steps[1]!.metrics.loss).toBeCloseTo(Math.LN2, 6);
    expect(steps[2]!.metrics.loss).toBeLessThan(0.69);
  });

  it('scores its reference in pieces that fit, however many tokens a step has and into how many parts it is cut', async () => {
    // 2^25 logits at once are those of 256 tokens.
    const config = { ...TINY_MODEL, vocabularySize: 1 << 17 };
    const model = new Model(config, initialWeights(config, createRng(2)));
    const many = Array.from({ length: 30 }, (_, i) => pair(4 + (i % 6), 4 + Math.floor(i / 6), [4 + (i % 5), TOY.eos]));
    const optimiser = new Adamw(model);
    const settings = options({ steps: 1, batchTokens: 4096, accumulate: 8 });
    const tokens: number[] = [];
    for await (const tick of trainPreference(model, optimiser, many, settings)) {
      if (tick.kind !== 'reference') break;
      tokens.push(tick.tokens);
    }
    optimiser.dispose();
    model.dispose();
    const pieces = tokens.map((all, i) => all - (tokens[i - 1] ?? 0));
    expect(pieces.length).toBeGreaterThan(1);
    expect(Math.max(...pieces)).toBeLessThanOrEqual(256);
  });

  it('learns its pairs', async () => {
    const { steps } = await train({ steps: 30, rate: 1e-2, keepShare: 1 });
    const last = steps.at(-1)!.metrics;
    expect(last.loss).toBeLessThan(0.15);
    expect(last.accuracy).toBe(1);
    expect(last.margin).toBeCloseTo(last.chosenReward! - last.rejectedReward!, 5);
    expect(last.margin).toBeGreaterThan(2);
    expect(last.rejectedLogp).toBeLessThan(steps[0]!.metrics.rejectedLogp! - 5);
  });

  it.each([
    [0.5, (3 + 2 + 1) / 13],
    [0.3, (2 + 1 + 1) / 13],
    [0.01, 3 / 13],
    [0.9, (6 + 3 + 1) / 13],
    [1, 1],
  ])('ε = %d keeps max(1, floor(ε·n)) rejected tokens, but all until an update was made', async (keepShare, share) => {
    // Warm-up of two steps: rates 0, half, full.
    const { steps } = await train({ steps: 20, keepShare });
    expect(steps.slice(0, 3).map(({ metrics }) => metrics.learningRate)).toEqual([0, 1.5e-3, 3e-3]);
    const shares = steps.map(({ metrics }) => metrics.selectedShare!);
    expect(shares.slice(0, 2)).toEqual([1, 1]);
    for (const kept of shares.slice(2)) expect(kept).toBeCloseTo(share, 12);
  });

  it('has exactly the tokens with the lowest log-ratios in its loss', async () => {
    const model = tinyModel();
    const optimiser = new Adamw(model);
    const reference = (await drain(pairLogps(model, PAIRS, 1024, TOY.pad))).result;
    const training = trainPreference(model, optimiser, PAIRS, options({ rate: 1e-2 }));
    for (let seen = 0; seen < 4; seen++) await training.next(); // reference, steps 1 to 3
    const now = (await drain(pairLogps(model, PAIRS, 1024, TOY.pad))).result;
    const losses = PAIRS.map((one) => {
      const { chosen, rejected } = now.get(one)!;
      const ratios = [...rejected].map((logp, t) => logp - reference.get(one)!.rejected[t]!);
      const kept = ratios.toSorted((a, b) => a - b).slice(0, Math.max(1, Math.floor(ratios.length / 2)));
      const z = 0.1 * (sum(chosen) - sum(reference.get(one)!.chosen) - sum(kept));
      return Math.log(1 + Math.exp(-z));
    });
    const step = await training.next();
    expect(step.value?.kind === 'step' && step.value.metrics.loss).toBeCloseTo(sum(losses) / 3, 5);
    await training.return(undefined);
    optimiser.dispose();
    model.dispose();
  });

  it('moves masked weights only; every other entry keeps its bits', async () => {
    const masks = maskOf(TINY_MODEL, {
      'model.embed_tokens.weight': [64, 65, 191],
      'model.layers.1.mlp.up_proj.weight': [0, 5, 383],
    });
    const { before, after, steps } = await train({ rate: 1e-2 }, masks);
    expect(changedEntries(before, after)).toEqual(
      new Map([
        ['model.embed_tokens.weight', [64, 65, 191]],
        ['model.layers.1.mlp.up_proj.weight', [0, 5, 383]],
      ]),
    );
    expect(steps.at(-1)!.metrics.loss).toBeLessThan(steps[0]!.metrics.loss);
  });

  it('gives the same curve and weights for the same seed', async () => {
    const small = { batchTokens: 40 };
    const first = await train(small);
    const again = await train(small);
    expect(again.steps).toEqual(first.steps);
    expect(again.after).toEqual(first.after);
    const other = await train({ ...small, rng: createRng(2) });
    expect(other.steps.map(({ metrics }) => metrics.loss)).not.toEqual(first.steps.map(({ metrics }) => metrics.loss));
  });

  it('leaves no tensor behind, to the end or left in the middle', async () => {
    expect(await tensorsLeft(() => train())).toBe(0);
    const leave = async () => {
      const model = tinyModel();
      const optimiser = new Adamw(model);
      const training = trainPreference(model, optimiser, PAIRS, options());
      for (let seen = 0; seen < 4; seen++) await training.next();
      await training.return(undefined);
      optimiser.dispose();
      model.dispose();
    };
    expect(await tensorsLeft(leave)).toBe(0);
  });
});
