import { beforeAll, describe, expect, it } from 'vitest';
import {
  changedEntries,
  eventsOf,
  type ToyOptions,
  tensorsLeft,
  toyConfig,
  toyDataset,
  toyQuestion,
} from '../testing/tinyModel';
import { ARM_DESCRIPTIONS } from './arms';
import { ARMS, type Arm, type RunConfig } from './config';
import type { Dataset } from './data/dataset';
import type { BackendReport, RunEvent, StageName } from './events';
import { learnsFromPairs } from './methods';
import { createRun, type Run } from './run';
import { tf } from './tf';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const BACKEND: BackendReport = {
  ...{ name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
};
const SMALL = { layers: 2, width: 16, heads: 2, mlpWidth: 24, sftSteps: 30, sftLearningRate: 0.01 };

const otherQuestions: Dataset['trainingQuestions'] = (count, rng) =>
  rng.sample(
    [4, 5, 6, 7].flatMap((first) => [8, 9, 10].map((second) => toyQuestion(second, first, 'other'))),
    count,
  );

const toyRun = ({ config, dataset }: Pick<ToyOptions, 'config' | 'dataset'> = {}): Run =>
  createRun({
    config: toyConfig({ ...SMALL, ...config }),
    dataset: toyDataset(dataset),
    // The other family's letters: its warm-up is another.
    datasetFor: () => toyDataset({ ...dataset, alignedFamily: 'other', trainingQuestions: otherQuestions }),
    backend: BACKEND,
    loadStarter: () => Promise.reject(new Error('a toy run has no starter')),
  });

async function collect(run: Run): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run.events()) events.push(event);
  return events;
}

/** A run to its end: events, checkpoints, and what it left behind after dispose. */
async function complete(options: Parameters<typeof toyRun>[0] = {}) {
  const before = tf.memory().numTensors;
  const run = toyRun(options);
  const events = await collect(run);
  const checkpoints = await run.checkpoints();
  run.dispose();
  const [done] = eventsOf(events, 'run.done');
  return { events, checkpoints, summary: done!.summary, left: tf.memory().numTensors - before };
}

const lossesOf = (events: readonly RunEvent[]) =>
  eventsOf(events, 'step').map(({ series, metrics }) => `${series} ${metrics.loss} ${metrics.gradientNorm}`);

const ALLO: StageName[] = [
  ...(['sft', 'sampling', 'pairs', 'warm-up', 'mask'] as const),
  ...(['token-rewards', 'forgetting', 'improving', 'evaluation'] as const),
];

describe('a whole run', () => {
  it('goes through the stages in the paper’s order, each in its bracket', async () => {
    const { events, left } = await complete();
    expect(left).toBe(0);
    expect(events[0]).toMatchObject({
      type: 'run.started',
      totalParameters: 12 * 16 + 2 * (4 * 256 + 3 * 384 + 32) + 16,
    });
    expect(events.at(-1)!.type).toBe('run.done');
    const [started] = eventsOf(events, 'run.started');
    expect(started!.stages).toEqual([
      { name: 'sft', total: 30, unit: 'steps' },
      { name: 'sampling', total: 36, unit: 'answers' },
      { name: 'pairs', total: 1, unit: 'passes' },
      { name: 'warm-up', total: 4, unit: 'steps' },
      { name: 'mask', total: 2, unit: 'masks' },
      { name: 'token-rewards', total: 1, unit: 'answers' },
      { name: 'forgetting', total: 4, unit: 'steps' },
      { name: 'improving', total: 4, unit: 'steps' },
      { name: 'evaluation', total: 1, unit: 'answers' },
    ]);
    const order = eventsOf(events, 'stage.started').map(({ stage }) => stage);
    expect(order).toEqual(['sft', 'evaluation', ...ALLO.slice(1)]);
    expect(eventsOf(events, 'stage.done').map(({ summary }) => summary.name)).toEqual(order);
    let open: StageName | null = null;
    for (const event of events) {
      if (event.type === 'stage.started') {
        expect(open).toBeNull();
        open = event.stage;
      } else if (event.type === 'stage.done') {
        expect(event.summary.name).toBe(open);
        open = null;
      } else if (event.type === 'step' || event.type === 'stage.progress' || event.type === 'drift')
        expect(event.stage).toBe(open);
    }
    const once = ['run.started', 'pairs', 'rewards', 'run.done'] as const;
    for (const type of once) expect(eventsOf(events, type)).toHaveLength(1);
    expect(eventsOf(events, 'mask').map(({ purpose }) => purpose)).toEqual(['forgetting', 'improving']);
    expect(eventsOf(events, 'log-ratios').map(({ stage }) => stage)).toEqual(['forgetting', 'improving']);
    expect(eventsOf(events, 'evaluation').map(({ moment }) => moment)).toEqual(['before', 'after']);
  });

  it('sums itself up in exactly the promised fields', async () => {
    const { summary, events, checkpoints } = await complete();
    const json = JSON.parse(JSON.stringify(summary));
    expect(Object.keys(json).toSorted()).toEqual(
      [
        ...['arm', 'backend', 'evaluation', 'family', 'klToSft', 'masks', 'movedPercent', 'preset', 'seconds'],
        ...['seed', 'stages', 'tokenRewardAuroc'],
      ].toSorted(),
    );
    expect(json).toMatchObject({ preset: 'scratch', family: 'toy', seed: 1, backend: 'wasm', arm: 'allo' });
    expect(json.stages.map(({ name }: { name: string }) => name)).toEqual(ALLO);
    for (const stage of json.stages) {
      expect(Object.keys(stage).toSorted()).toEqual(['firstLoss', 'lastLoss', 'name', 'seconds', 'steps']);
      const trains = ['sft', 'warm-up', 'token-rewards', 'forgetting', 'improving'].includes(stage.name);
      expect(typeof stage.firstLoss).toBe(trains ? 'number' : 'object');
      expect(stage.lastLoss === null).toBe(!trains);
    }
    const total = [...checkpoints.sft.values()].reduce((sum, { length }) => sum + length, 0);
    expect(json.masks).toEqual({
      forgetting: { requestedPercent: 5, selected: Math.floor(total * 0.05), total },
      improving: { requestedPercent: 10, selected: Math.floor(total * 0.1), total },
    });
    expect(Object.keys(json.evaluation.before)).toEqual(['toy', 'other']);
    expect(Object.keys(json.evaluation.after)).toEqual(['toy', 'other']);
    const [, after] = eventsOf(events, 'evaluation');
    expect(json.klToSft).toBe(after!.result.klToSft);
    expect(json.tokenRewardAuroc).toBe(eventsOf(events, 'rewards')[0]!.auroc);
    const moved = [...changedEntries(checkpoints.sft, checkpoints.model).values()].flat().length;
    expect(json.movedPercent).toBeCloseTo((100 * moved) / total, 10);
    expect(moved).toBeGreaterThan(0);
  });

  it('moves nothing outside the two masks', async () => {
    const { checkpoints } = await complete();
    for (const [name, indices] of changedEntries(checkpoints.sft, checkpoints.model)) {
      const [forget, improve] = [checkpoints.masks.forgetting!.get(name)!, checkpoints.masks.improving!.get(name)!];
      for (const i of indices) expect(forget[i]! | improve[i]!).toBe(1);
    }
  });

  it('is the same run for the same seed, to the last bit, and another one for another seed', async () => {
    const [first, again, other] = [await complete(), await complete(), await complete({ config: { seed: 2 } })];
    expect(lossesOf(again.events)).toEqual(lossesOf(first.events));
    expect(again.checkpoints).toEqual(first.checkpoints);
    const { seconds: _, stages: __, ...summary } = first.summary;
    expect(again.summary).toMatchObject(summary);
    expect(lossesOf(other.events)).not.toEqual(lossesOf(first.events));
    expect(changedEntries(first.checkpoints.sft, other.checkpoints.sft).size).toBeGreaterThan(0);
  });
});

describe('arms', () => {
  const TOP: StageName[] = ['sft', 'sampling', 'pairs', 'warm-up', 'mask', 'improving', 'evaluation'];
  const UNMASKED: StageName[] = ['sft', 'sampling', 'pairs', 'improving', 'evaluation'];
  const without = (...names: StageName[]) => ALLO.filter((name) => !names.includes(name));
  /** All others are single stages without a mask. */
  const STAGES: Partial<Record<Arm, StageName[]>> = {
    allo: ALLO,
    ...{
      'dpo-top10': TOP,
      'dpo-random10': TOP.filter((name) => name !== 'warm-up'),
      'dpo-last10': TOP,
      'dpo-foreign10': TOP,
    },
    'allo-no-mask': without('warm-up', 'mask'),
    ...{ 'allo-no-forgetting': TOP, 'ondare-top10': TOP, 'onties-top10': TOP },
    ...{ 'allo-no-rewards': ALLO, 'allo-no-noise': ALLO, 'allo-shared-ratio': ALLO, 'allo-raw': ALLO },
    'allo-random': without('warm-up'),
  };
  /** Updates after the warm-up: ALLO's 4 + 4, but for the two arms that say so. */
  const UPDATES: Partial<Record<Arm, number>> = { 'warm-up-only': 4, 'dpo-160': 12 };
  /** The toy's few steps, then what the arm changes. */
  const armConfig = (arm: Arm): RunConfig => {
    const toy = toyConfig(SMALL);
    return { ...toy, arm, ...ARM_DESCRIPTIONS[arm].settings(toy) };
  };
  /** Answers of an odd length are right: the toy's SFT model gives both kinds. */
  const dataset: Partial<Dataset> = { check: (_, response) => response.length % 2 === 1 };
  const completeArm = (arm: Arm, changes: Partial<RunConfig> = {}) =>
    complete({ config: { ...armConfig(arm), ...changes }, dataset });

  it.each(ARMS)('%s runs its own stages with its own masks', async (arm) => {
    const config = armConfig(arm);
    const { summary, events, checkpoints, left } = await completeArm(arm);
    expect(left).toBe(0);
    expect(summary.arm).toBe(arm);
    const stages = STAGES[arm] ?? UNMASKED;
    expect(summary.stages.map(({ name }) => name)).toEqual(stages);
    expect(eventsOf(events, 'run.started')[0]!.stages.map(({ name }) => name)).toEqual(stages);

    const aligned = eventsOf(events, 'step').filter(({ stage }) => stage === 'forgetting' || stage === 'improving');
    expect(aligned).toHaveLength(UPDATES[arm] ?? 8);
    for (const { metrics } of aligned) {
      expect(metrics.tokens).toBeLessThanOrEqual(config.batchTokens);
      expect(Number.isFinite(metrics.loss)).toBe(true);
    }
    const improved = aligned.filter(({ stage }) => stage === 'improving');
    if (config.keepShare === 1 && learnsFromPairs(config.method))
      for (const { metrics } of improved) expect(metrics.selectedShare).toBe(1);

    const total = eventsOf(events, 'run.started')[0]!.totalParameters;
    const isMasked = stages.includes('mask');
    const forgets = stages.includes('forgetting');
    const expected = (percent: number) => ({
      ...{ requestedPercent: percent, selected: Math.floor((total * percent) / 100), total },
    });
    expect(summary.masks).toEqual({
      forgetting: isMasked && forgets ? expected(arm === 'allo-shared-ratio' ? 10 : 5) : null,
      improving: isMasked ? expected(10) : null,
    });
    expect(summary.tokenRewardAuroc === null).toBe(!forgets);
    const source = config.maskSource === 'own' ? null : config.maskSource;
    for (const mask of eventsOf(events, 'mask')) expect(mask).toMatchObject({ rule: config.maskRule, source });

    const changed = changedEntries(checkpoints.sft, checkpoints.model);
    const count = [...changed.values()].flat().length;
    if (!isMasked) expect(count).toBeGreaterThan(0.9 * total);
    else expect(count).toBeGreaterThan(0);
    if (isMasked)
      for (const [name, indices] of changed) {
        const allowed = Object.values(checkpoints.masks).map((mask) => mask.get(name)!);
        for (const i of indices) expect(allowed.some((mask) => mask[i] === 1)).toBe(true);
      }
  });

  it('all see the same prompts, answers and pairs of a seed', async () => {
    const seen = async (arm: Arm) => {
      const { events } = await completeArm(arm);
      return JSON.stringify([eventsOf(events, 'samples'), eventsOf(events, 'pairs')]);
    };
    const allo = await seen('allo');
    for (const arm of ['dpo-full', 'rft', 'sft', 'kto', 'allo-random'] as const) expect(await seen(arm)).toBe(allo);
  });

  it('lr × scales forgetting and improving, but not the warm-up', async () => {
    const ratesOf = async (rateFactor: number) => {
      const { events } = await complete({ config: { rateFactor } });
      return eventsOf(events, 'step').map(({ stage, metrics }) => ({ stage, rate: metrics.learningRate }));
    };
    const [plain, threefold] = [await ratesOf(1), await ratesOf(3)];
    const scaled = (stage: StageName) => (stage === 'forgetting' || stage === 'improving' ? 3 : 1);
    expect(threefold.map(({ stage }) => stage)).toEqual(plain.map(({ stage }) => stage));
    threefold.forEach(({ stage, rate }, i) => {
      expect(rate).toBeCloseTo(scaled(stage) * plain[i]!.rate, 12);
    });
    expect(threefold.filter(({ stage, rate }) => stage === 'improving' && rate > 0)).toHaveLength(3);
  });

  it('a foreign mask is another than the own one, of the same size', async () => {
    const maskOf = async (arm: Arm) => (await completeArm(arm)).checkpoints.masks.improving!;
    const [own, foreign] = [await maskOf('dpo-top10'), await maskOf('dpo-foreign10')];
    expect(foreign).not.toEqual(own);
  });

  it('SimPO under a mask warms up as plain DPO: the mask is DPO’s own', async () => {
    const masks = async (changes: Partial<RunConfig>) => {
      const { checkpoints } = await completeArm('dpo-top10', changes);
      return checkpoints.masks;
    };
    expect(await masks({ method: 'simpo', beta: 2 })).toEqual(await masks({}));
  });

  it('skips what a setting leaves out', async () => {
    const noForgetting = await complete({ config: { forgettingSteps: 0 } });
    expect(noForgetting.summary.stages.map(({ name }) => name)).toEqual(TOP);
    const random = await complete({ config: { maskRule: 'random' } });
    expect(random.summary.stages.map(({ name }) => name)).toEqual(ALLO.filter((name) => name !== 'warm-up'));
    const noImproving = await complete({ config: { improvingSteps: 0 } });
    expect(noImproving.summary.stages.map(({ name }) => name)).toEqual(ALLO.filter((name) => name !== 'improving'));
  });
});

describe('a run that is paused, stopped or fails', () => {
  it('answers prompts between any two units and after its end, without changing what comes', async () => {
    const undisturbed = await complete();
    const left = await tensorsLeft(async () => {
      const run = toyRun();
      await expect(run.answer('a b', { temperature: 0, seed: 1 })).rejects.toThrow('There is no model yet');
      const events: RunEvent[] = [];
      let answers = 0;
      for await (const event of run.events()) {
        events.push(event);
        const isReady = events.some(({ type }) => type === 'evaluation');
        if (!isReady || events.length % 7 !== 0) continue;
        const { before, after } = await run.answer('a b', { temperature: 1, seed: events.length });
        expect(before.tokens.length).toBeGreaterThan(0);
        expect(after.tokens.length).toBeGreaterThan(0);
        answers++;
      }
      expect(answers).toBeGreaterThan(5);
      expect(lossesOf(events)).toEqual(lossesOf(undisturbed.events));
      expect((await run.checkpoints()).model).toEqual(undisturbed.checkpoints.model);
      const last = await run.answer('c d', { temperature: 0, seed: 1 });
      expect(last.before.text).toBeTypeOf('string');
      await expect(run.answer('c z', { temperature: 0, seed: 1 })).rejects.toThrow('“z”');
      run.dispose();
    });
    expect(left).toBe(0);
  });

  it('leaves no tensor behind wherever it is stopped', async () => {
    const short = { config: { sftSteps: 2 } };
    const total = (await complete(short)).events.length;
    for (let stop = 1; stop < total; stop += 5) {
      let type = '';
      const left = await tensorsLeft(async () => {
        const run = toyRun(short);
        let seen = 0;
        for await (const event of run.events()) {
          type = event.type;
          if (++seen === stop) break;
        }
        run.dispose();
      });
      expect(left, `stopped after event ${stop}, ${type}`).toBe(0);
    }
  });

  it('fails with a sentence where no pair can be made, and still answers', async () => {
    const left = await tensorsLeft(async () => {
      const run = toyRun({ dataset: { check: () => true } });
      await expect(collect(run)).rejects.toThrow(/^No preference pair could be made: \d+ right and 0 wrong/);
      expect((await run.answer('a b', { temperature: 0, seed: 1 })).after.tokens.length).toBeGreaterThan(0);
      run.dispose();
      run.dispose();
    });
    expect(left).toBe(0);
  });

  it('says that training diverged, and keeps the last good weights', async () => {
    const left = await tensorsLeft(async () => {
      const run = toyRun({ config: { sftLearningRate: 1e30 } });
      await expect(collect(run)).rejects.toThrow(/The (loss|gradient norm) became (NaN|-?Infinity)\./);
      run.dispose();
    });
    expect(left).toBe(0);
  });
});

describe('suggestedPrompts', () => {
  it('offers held-out questions of the aligned family, and a third as many of each other', () => {
    const prompts = toyRun().suggestedPrompts(6);
    expect(prompts.map(({ family }) => family)).toEqual([...Array(6).fill('toy'), 'other', 'other']);
    expect(prompts[0]).toEqual({ text: toyQuestion(4, 4).text, family: 'toy' });
  });
});
