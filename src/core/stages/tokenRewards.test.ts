import { beforeAll, describe, expect, it } from 'vitest';
import {
  addResponse,
  addWrongResponses,
  disposeContext,
  drain,
  eventsOf,
  TINY_MODEL,
  TOY,
  type ToyOptions,
  tensorsLeft,
  tinyModel,
  tinyWeights,
  toyContext,
  toyDataset,
  toyQuestion,
} from '../../testing/tinyModel';
import type { Weighting } from '../config';
import { Model } from '../model/model';
import { tf } from '../tf';
import { packExamples } from './batches';
import { rewardAuroc, rewriteGreedily, scoreResponses, tokenRewards } from './tokenRewards';
import { batchLogps } from './trainStep';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe('rewardAuroc', () => {
  const scored = (rewards: number[], wrong: number[] | null, ended = true) => ({
    rewards: Float32Array.from(rewards),
    wrong: wrong && Uint8Array.from(wrong),
    ended,
  });

  it('ranks 1 − p of wrong against right tokens, EOS left out: by hand', () => {
    // Wrong: .25, .875 (a consequence). Right: .5, .75. Of four comparisons .25 wins both, .875 none: 2 / 4.
    const response = scored([0.25, 0.5, 0.75, 0.875, 0.001], [1, 0, 0, 2, 0]);
    expect(rewardAuroc([response])).toEqual({ all: 0.5, first: 1 });
    // Not ended: the last token counts, and at .001 it beats the right-token side of every comparison but none of its own.
    const open = { ...response, ended: false };
    // Wrong .25 beats .5 and .75 but not .001; .875 beats none: 2 / 6. First error: 2 / 3.
    expect(rewardAuroc([open])).toEqual({ all: 2 / 6, first: 2 / 3 });
  });

  it('pools responses, counts ties half, and leaves out those without a verdict', () => {
    const pool = [scored([0.25, 0.5, 1], [1, 0, 0]), scored([0.5, 0.125, 1], [1, 0, 0]), scored([0.9, 0.9, 1], null)];
    // Wrong .25, .5; right .5, .125. (.25, .5) wins, (.25, .125) loses, (.5, .5) ties, (.5, .125) loses: 1.5 / 4.
    expect(rewardAuroc(pool)).toEqual({ all: 0.375, first: 0.375 });
  });

  it('is null where one class is empty', () => {
    expect(rewardAuroc([])).toEqual({ all: null, first: null });
    expect(rewardAuroc([scored([0.5, 0.5, 1], [0, 0, 0])])).toEqual({ all: null, first: null });
    expect(rewardAuroc([scored([0.5, 0.5, 1], null)])).toEqual({ all: null, first: null });
    expect(rewardAuroc([scored([0.5, 0.25, 1], [2, 0, 0])])).toEqual({ all: 0, first: null });
  });
});

describe('scoreResponses', () => {
  it('is the reward model’s probability of every token of the response after the rewriting prompt', async () => {
    const context = toyContext();
    addWrongResponses(context);
    const rewardModel = tinyModel({}, 5);
    const wrong = context.pairSet!.forgetting;
    const { ticks, result } = await drain(scoreResponses(rewardModel, context.dataset, wrong));
    for (const [i, { question, response }] of wrong.entries()) {
      const prompt = context.dataset.rewritingPrompt(question, response)!;
      const logps = await batchLogps(rewardModel, packExamples([{ prompt, response }], TOY.pad));
      expect(result[i]).toHaveLength(response.length);
      result[i]!.forEach((p, t) => {
        expect(p).toBeCloseTo(Math.exp(logps[t]!), 5);
        expect(p).toBeGreaterThan(0);
      });
    }
    expect(ticks.at(-1)).toMatchObject({ done: 3, total: 3 });
    rewardModel.dispose();
    disposeContext(context);
  });

  it('gives null where the prompt is missing or does not fit the model', async () => {
    const context = toyContext();
    addWrongResponses(context);
    // Prompts of 4 + 3 + n + 1 with responses of n = 3, 4 and 2 tokens: 14, 16 and 12 in all.
    const rewardModel = tinyModel({ maxPositions: 14 });
    const rewritingPrompt: typeof context.dataset.rewritingPrompt = (question, response) =>
      question.text === 'e f' ? null : context.dataset.rewritingPrompt(question, response);
    const wrong = context.pairSet!.forgetting;
    const { result } = await drain(scoreResponses(rewardModel, toyDataset({ rewritingPrompt }), wrong));
    expect(result.map((scores) => scores?.length ?? null)).toEqual([3, null, null]);
    rewardModel.dispose();
    disposeContext(context);
  });
});

describe('tokenRewards', () => {
  async function stage(options: ToyOptions = {}, prepare?: (context: ReturnType<typeof toyContext>) => void) {
    const context = toyContext(options);
    addWrongResponses(context);
    context.weighted = [];
    prepare?.(context);
    const { ticks } = await drain(tokenRewards(context));
    disposeContext(context);
    return { context, ticks, rewards: eventsOf(ticks, 'rewards')[0]! };
  }

  it('trains the reward model from the SFT weights, and reports rewards, weights and verdicts', async () => {
    const { context, ticks, rewards } = await stage();
    expect(rewards.source).toBe('trained live');
    const steps = eventsOf(ticks, 'step');
    expect(steps.map(({ stage: name, series, step, total }) => [name, series, step, total])).toEqual([
      ['token-rewards', 'reward model', 1, 2],
      ['token-rewards', 'reward model', 2, 2],
    ]);
    const { summary } = eventsOf(ticks, 'stage.done')[0]!;
    expect([summary.steps, summary.firstLoss]).toEqual([2, steps[0]!.metrics.loss]);
    expect(rewards.records.map(({ responseId, wrong }) => [responseId, [...wrong!]])).toEqual([
      [0, [0, 1, 0]],
      [1, [1, 2, 2, 0]],
      [2, [1, 0]],
    ]);
    for (const { rewards: p, weights } of rewards.records)
      expect([...weights]).toEqual([...p].map((value) => (value < 0.5 ? 1 : 0)));
    expect(context.weighted.map(({ weights }) => [...weights])).toEqual(
      rewards.records.map(({ weights }) => [...weights]),
    );
    expect(context.weighted.map(({ response }) => response)).toEqual(context.responses.map(({ tokens }) => tokens));
    const all = rewardAuroc(rewards.records.map((record) => ({ ...record, ended: true })));
    expect(rewards).toMatchObject({ auroc: all.all, aurocFirst: all.first });
    expect(context.rewardAuroc).toBe(all.all);
  });

  it.each<[Weighting, (p: number) => number]>([
    ['threshold', (p) => (p < 0.3 ? 1 : 0)],
    ['soft', (p) => 1 - p],
    ['rlmec', (p) => Math.min(Math.max(0.3 - p, 0), 0.1)],
    ['raw', (p) => p],
    ['uniform', () => 1],
  ])('%s weights', async (weighting, weightOf) => {
    const { rewards, context } = await stage({ config: { weighting, rewardThreshold: 0.3 } });
    for (const { rewards: p, weights } of rewards.records)
      weights.forEach((weight, t) => {
        expect(weight).toBeCloseTo(weightOf(p[t]!), 6);
      });
    // The event's arrays are transferred: the loss keeps its own.
    for (const { weights } of rewards.records) weights.fill(-1);
    expect(Math.min(...context.weighted.flatMap(({ weights }) => [...weights]))).toBeGreaterThanOrEqual(0);
  });

  it('tells what the reward model itself would write, without touching the random stream', async () => {
    const watched = (given: ReturnType<typeof toyContext>) => {
      const wrong = given.pairSet!.forgetting;
      given.inspected = { ...{ examples: [], wrong, questions: [] }, entry: null, looks: new WeakMap() };
    };
    const { context, rewards } = await stage({}, watched);
    expect(rewards.records.map(({ rewrite }) => rewrite !== null)).toEqual([true, true, true]);
    for (const { rewrite } of rewards.records) {
      expect(rewrite!.length).toBeGreaterThan(0);
      expect(rewrite!.length).toBeLessThanOrEqual(context.config.maxNewTokens);
      expect(rewrite!.indexOf(TOY.eos)).toSatisfy((at: number) => at === -1 || at === rewrite!.length - 1);
    }
    const fresh = toyContext();
    expect(context.rng.next()).toBe(fresh.rng.next());
    disposeContext(fresh);
    const { rewards: substituted } = await stage({ dataset: { teacher: null } }, watched);
    expect(substituted.records.map(({ rewrite }) => rewrite)).toEqual([null, null, null]);
    // Nobody looks: nothing is decoded, and rewards and weights are the same.
    const { rewards: alone } = await stage();
    expect(alone.records).toEqual(rewards.records.map((record) => ({ ...record, rewrite: null })));
  });

  it('rewrites greedily: every token is the most likely one after the rewriting prompt', async () => {
    const context = toyContext();
    addWrongResponses(context);
    const rewardModel = tinyModel({}, 5);
    const { result } = await drain(rewriteGreedily(rewardModel, context, context.pairSet!.forgetting));
    const item = context.pairSet!.forgetting[1]!;
    const prompt = context.dataset.rewritingPrompt(item.question, item.response)!;
    const rewrite = result.get(item)!;
    const score = async (response: readonly number[]) =>
      (await batchLogps(rewardModel, packExamples([{ prompt, response }], TOY.pad))).slice(0, response.length);
    for (let t = 0; t < rewrite.length; t++) {
      const mine = (await score(rewrite))[t]!;
      for (let id = 0; id < TINY_MODEL.vocabularySize; id++)
        expect((await score([...rewrite.slice(0, t), id]))[t]!).toBeLessThanOrEqual(mine + 1e-5);
    }
    rewardModel.dispose();
    disposeContext(context);
  });

  it('without a teacher takes the token difference to the better answer, and says so', async () => {
    const { rewards, ticks, context } = await stage({ dataset: { teacher: null, wrongTokens: () => null } });
    expect(rewards.source).toBe('substitute');
    expect(rewards.auroc).toBeNull();
    // a b → a f; c d → d c c, whose longest common part is “c”; e f → g.
    expect(rewards.records.map(({ rewards: p, weights }) => [[...p], [...weights]])).toEqual([
      [
        [1, 0, 1],
        [0, 1, 0],
      ],
      [
        [0, 1, 0, 1],
        [1, 0, 1, 0],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ]);
    expect(eventsOf(ticks, 'notice')).toEqual([
      expect.objectContaining({ level: 'warning', text: expect.stringContaining('(substitute)') }),
    ]);
    expect(context.rewardAuroc).toBeNull();
    expect(eventsOf(ticks, 'step')).toEqual([]);
  });

  it('falls to the difference for the responses that have no score, and drops those without a better answer', async () => {
    const { rewards, context } = await stage(
      { dataset: { rewritingPrompt: ({ text, prompt }) => (text === 'a b' ? prompt : null) } },
      (given) => {
        const question = { ...toyQuestion(10, 10), gold: null };
        addResponse(given, question, [4, TOY.eos]);
        given.pairSet!.forgetting.push({ question, response: [4, TOY.eos], better: null });
      },
    );
    expect(rewards.records.map(({ responseId }) => responseId)).toEqual([0, 1, 2]);
    expect([...rewards.records[2]!.rewards]).toEqual([0, 1]);
    expect(rewards.records[0]!.rewards.some((p) => p > 0 && p < 1)).toBe(true);
    expect(context.weighted).toHaveLength(3);
  });

  it('labels imported data: gold as rewrite', async () => {
    const { rewards, ticks } = await stage({ dataset: { teacher: 'gold as rewrite', wrongTokens: () => null } });
    expect(rewards.source).toBe('gold as rewrite');
    expect(eventsOf(ticks, 'notice')).toEqual([
      expect.objectContaining({
        level: 'info',
        stage: 'token-rewards',
        text: expect.stringContaining('(gold as rewrite)'),
      }),
    ]);
  });

  it('leaves no tensor behind, to the end or left anywhere', async () => {
    expect(await tensorsLeft(() => stage())).toBe(0);
    for (const count of [1, 2, 3, 4]) {
      const left = await tensorsLeft(async () => {
        const context = toyContext();
        addWrongResponses(context);
        const events = tokenRewards(context);
        for (let i = 0; i < count; i++) await events.next();
        await events.return();
        disposeContext(context);
      });
      expect(left, `left after ${count} events`).toBe(0);
    }
  });

  it('does not touch the policy', async () => {
    const context = toyContext();
    addWrongResponses(context);
    await drain(tokenRewards(context));
    expect(await context.model!.weights()).toEqual(tinyWeights());
    expect(new Model(TINY_MODEL, context.sft).dispose()).toBeUndefined();
    disposeContext(context);
  });
});
