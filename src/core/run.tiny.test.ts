import { beforeAll, describe, expect, it } from 'vitest';
import { loadStarterFile } from '../cli/starterFiles';
import { changedEntries, eventsOf, tensorsLeft } from '../testing/tinyModel';
import { type Family, PRESETS, type RunConfig } from './config';
import { createBuiltinDataset } from './data/builtin';
import type { BackendReport, RunEvent } from './events';
import { presetConfig } from './presets';
import { createRun, type Run } from './run';
import { tf } from './tf';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const BACKEND: BackendReport = {
  ...{ name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
};

/** The shipped Tiny model in a run of a few small steps. */
function tinyRun(changes: Partial<RunConfig> = {}): Run {
  const config: RunConfig = {
    ...presetConfig('tiny', changes.family),
    ...{ prompts: 24, samplesPerPrompt: 4, batchTokens: 300, warmupSteps: 2, forgettingSteps: 2, improvingSteps: 3 },
    ...{ heldOutPrompts: 30, otherPrompts: 10, klPrompts: 10 },
    ...changes,
  };
  const dataset = createBuiltinDataset(config.family as Family, { styleBias: config.styleBias });
  return createRun({ config, dataset, backend: BACKEND, loadStarter: loadStarterFile });
}

async function complete(changes: Partial<RunConfig> = {}) {
  const before = tf.memory().numTensors;
  const run = tinyRun(changes);
  const events: RunEvent[] = [];
  for await (const event of run.events()) events.push(event);
  const checkpoints = await run.checkpoints();
  run.dispose();
  const [done] = eventsOf(events, 'run.done');
  return { events, checkpoints, summary: done!.summary, left: tf.memory().numTensors - before };
}

const lossesOf = (events: readonly RunEvent[]) => eventsOf(events, 'step').map(({ metrics }) => metrics.loss);

describe('the Tiny preset', () => {
  it('starts from the shipped SFT model, uses the shipped reward model, and leaves nothing behind', async () => {
    const { events, summary, checkpoints, left } = await complete();
    expect(left).toBe(0);
    expect(summary.stages.map(({ name }) => name)).toEqual([
      ...['sampling', 'pairs', 'warm-up', 'mask', 'token-rewards', 'forgetting', 'improving', 'evaluation'],
    ]);
    expect(eventsOf(events, 'run.started')[0]).toMatchObject({
      ...{ totalParameters: 112_192, alignedFamily: 'math', families: ['math', 'qa', 'instruct'], hasAnswers: true },
    });
    // floor(112 192 · 5 %), floor(112 192 · 10 %)
    expect(summary.masks).toEqual({
      forgetting: { requestedPercent: 5, selected: 5609, total: 112_192 },
      improving: { requestedPercent: 10, selected: 11_219, total: 112_192 },
    });
    for (const name of ['warm-up', 'forgetting', 'improving'])
      expect(summary.stages.find((stage) => stage.name === name)!.firstLoss).toBeCloseTo(Math.LN2, 5);
    const [rewards] = eventsOf(events, 'rewards');
    expect(rewards!.source).toBe('shipped');
    expect(summary.tokenRewardAuroc).toBeGreaterThan(0.8);
    expect(rewards!.aurocFirst).toBeGreaterThan(0.95);
    const [before, after] = eventsOf(events, 'evaluation');
    expect(before!.result.klToSft).toBe(0);
    expect(before!.result.families.math!.greedy).toBeGreaterThan(30);
    expect(after!.result.stylePercent).toBeNull();
    const moved = [...changedEntries(checkpoints.sft, checkpoints.model).values()].flat().length;
    expect(summary.movedPercent).toBeCloseTo((100 * moved) / 112_192, 10);
    expect(moved).toBeLessThanOrEqual(5609 + 11_219);
  });

  it('is the same run for the same seed, to the last bit', async () => {
    const short = {
      heldOutPrompts: 10,
      otherPrompts: 0,
      prompts: 8,
      warmupSteps: 2,
      forgettingSteps: 1,
      improvingSteps: 2,
    };
    const [first, again] = [await complete(short), await complete(short)];
    expect(lossesOf(again.events)).toEqual(lossesOf(first.events));
    expect(changedEntries(first.checkpoints.sft, again.checkpoints.sft).size).toBe(0);
    expect(changedEntries(first.checkpoints.model, again.checkpoints.model).size).toBe(0);
    for (const [name, mask] of first.checkpoints.masks.improving!)
      expect(Buffer.compare(mask, again.checkpoints.masks.improving!.get(name)!)).toBe(0);
    expect(again.summary.klToSft).toBe(first.summary.klToSft);
    expect(changedEntries(first.checkpoints.sft, first.checkpoints.model).size).toBeGreaterThan(0);
  });

  it('with the style bias keeps only pairs that carry it, and measures it', async () => {
    const { events, summary } = await complete({ styleBias: true, otherPrompts: 0, warmupSteps: 1, improvingSteps: 1 });
    const vocabulary = eventsOf(events, 'run.started')[0]!.vocabulary;
    const [pairs] = eventsOf(events, 'pairs');
    expect(pairs!.pairs.length).toBeGreaterThan(0);
    for (const { chosen, rejected } of pairs!.pairs) {
      expect(vocabulary[chosen[0]!]).toBe('ok');
      expect(vocabulary[rejected[0]!]).not.toBe('ok');
    }
    const responses = eventsOf(events, 'samples').flatMap((event) => event.responses);
    expect(pairs!.forgetting.length).toBeGreaterThan(0);
    for (const id of pairs!.forgetting) expect(vocabulary[responses[id]!.tokens[0]!]).not.toBe('ok');
    for (const { result } of eventsOf(events, 'evaluation')) {
      // Three openers are about equally frequent.
      expect(result.stylePercent).toBeGreaterThan(5);
      expect(result.stylePercent).toBeLessThan(70);
    }
    expect(summary.stages.at(-1)!.name).toBe('evaluation');
  });

  it('knows which tokens of a sampled answer are wrong', async () => {
    const run = tinyRun();
    const responses = [];
    let checked = 0;
    for await (const event of run.events()) {
      if (event.type === 'samples') responses.push(...event.responses);
      if (event.type !== 'rewards') continue;
      for (const { responseId, wrong, rewards, weights } of event.records) {
        const { tokens, correct, ended } = responses[responseId]!;
        expect([correct, ended]).toEqual([false, true]);
        expect([wrong!.length, rewards.length, weights.length]).toEqual(Array(3).fill(tokens.length));
        expect(wrong!.indexOf(1)).toBeGreaterThanOrEqual(0);
        expect(wrong!.filter((grade) => grade === 1)).toHaveLength(1);
        expect([...weights]).toEqual([...rewards].map((p) => (p < 0.5 ? 1 : 0)));
        checked++;
      }
      break;
    }
    expect(checked).toBeGreaterThan(10);
    run.dispose();
  });

  it('does not mind absurd lengths', async () => {
    const run = tinyRun({ maxNewTokens: 512, heldOutPrompts: 10, otherPrompts: 0 });
    let evaluations = 0;
    for await (const { type } of run.events()) {
      if (type !== 'evaluation') continue;
      evaluations++;
      break;
    }
    expect(evaluations).toBe(1);
    run.dispose();
  });

  it('fails with a sentence when the settings ask for another model than the shipped one', async () => {
    const left = await tensorsLeft(async () => {
      const run = tinyRun({ heads: 8 });
      const events = run.events();
      await events.next();
      await expect(events.next()).rejects.toThrow('starter has heads 4, but the settings ask for 8');
      run.dispose();
    });
    expect(left).toBe(0);
  });
});

it('every preset fits its own data', () => {
  for (const preset of PRESETS) {
    const config = presetConfig(preset);
    const dataset = createBuiltinDataset(config.family, { styleBias: false });
    expect(() => createRun({ config, dataset, backend: BACKEND, loadStarter: loadStarterFile })).not.toThrow();
  }
});
