import { beforeAll, describe, expect, it } from 'vitest';
import {
  addWrongResponses,
  changedEntries,
  disposeContext,
  drain,
  eventsOf,
  maskOf,
  TINY_MODEL,
  type ToyOptions,
  tensorsLeft,
  tinyModel,
  toyConfig,
  toyContext,
  toyDataset,
  toyQuestion,
} from '../../testing/tinyModel';
import type { RunConfig } from '../config';
import type { RunEvent } from '../events';
import { ValueHead } from '../model/valueHead';
import { Adamw } from '../optim/adamw';
import { createRng } from '../rng';
import { createRun } from '../run';
import { tf } from '../tf';
import { policyOf, type RunContext } from './context';
import { improving } from './improving';
import { type PpoTraining, trainPpo } from './ppo';
import { type Actors, promptCycle, type Scorer, sampleRollout } from './rollout';
import { seenScores } from './scores';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const METHODS = ['ppo', 'ppo-a2c'] as const;
/** About half of all answers are right from the start, so that the first update has a gradient. */
const MIXED: ToyOptions['dataset'] = { check: (_, response) => response.length % 2 === 1 };

interface Given extends Pick<ToyOptions, 'dataset'> {
  config?: Partial<RunConfig>;
  prepare?: (context: RunContext) => void;
  left?: number;
  onStep?: (step: number, context: RunContext) => void;
}

/** The stage on 40 questions whose right answers are those that begin with “c”. */
async function stage({ config, dataset, prepare, left = Infinity, onStep }: Given = {}) {
  const context = toyContext({
    config: {
      ...{ method: 'ppo', improvingSteps: 8, improvingLearningRate: 1e-2, klCoefficient: 0.02, prompts: 40 },
      ...{ rolloutPrompts: 16, ppoEpochs: 2, batchTokens: 80, ...config },
    },
    dataset: { check: (_, response) => response[0] === 6, ...dataset },
  });
  addWrongResponses(context);
  context.questions = [];
  context.weighted = [];
  await drain(context.evaluator.prepare(policyOf(context)));
  prepare?.(context);
  const before = await policyOf(context).weights();
  const events: RunEvent[] = [];
  try {
    for await (const event of improving(context)) {
      events.push(event);
      if (event.type === 'step') onStep?.(event.step, context);
      if (events.length === left) break;
    }
    const after = await policyOf(context).weights();
    const steps = eventsOf(events, 'step').filter(({ series }) => series === 'improving');
    return {
      events,
      steps,
      metrics: steps.map(({ metrics }) => metrics),
      changed: changedEntries(before, after),
      after,
    };
  } finally {
    disposeContext(context);
  }
}

describe.each(METHODS)('%s', (method) => {
  it('makes right answers frequent: its share in the last rollouts is far above that in the first', async () => {
    const { metrics } = await stage({ config: { method, improvingSteps: 80, rolloutPrompts: 40, batchTokens: 256 } });
    const shares = metrics.map(({ accuracy }) => accuracy!);
    expect(shares[0]).toBeLessThan(0.25);
    expect(shares.at(-1)).toBeGreaterThan(0.9);
  });

  it('makes exactly the asked number of updates, and counts what it samples once a rollout', async () => {
    for (const improvingSteps of [7, 1]) {
      const { steps, metrics, events } = await stage({ config: { method, improvingSteps } });
      expect(steps.map(({ step, total }) => [step, total])).toEqual(
        Array.from({ length: improvingSteps }, (_, i) => [i + 1, improvingSteps]),
      );
      for (const { tokens } of metrics) expect(tokens).toBeLessThanOrEqual(80);
      const sampled = metrics.flatMap(({ sampledTokens }) => sampledTokens ?? []);
      const labels = eventsOf(events, 'stage.progress').map(({ label }) => label.split(':')[0]);
      expect(sampled).toHaveLength(new Set(labels).size);
      for (const tokens of sampled) {
        expect(tokens).toBeGreaterThanOrEqual(16);
        expect(tokens).toBeLessThanOrEqual(16 * 5);
      }
    }
  });

  it('warms up over 10 % and follows the cosine, times “lr ×”', async () => {
    const { metrics } = await stage({ config: { method, improvingSteps: 10, rateFactor: 0.5 } });
    expect(metrics.map(({ learningRate }) => learningRate)).toEqual(
      Array.from({ length: 10 }, (_, i) =>
        i === 0 ? 0 : expect.closeTo((0.005 * (1 + Math.cos((Math.PI * (i - 1)) / 9))) / 2, 12),
      ),
    );
  });

  it('moves masked weights only', async () => {
    const entries = { 'model.layers.0.mlp.down_proj.weight': [1, 2, 3] };
    const { changed } = await stage({
      config: { method, rolloutPrompts: 40 },
      prepare: (context) => {
        context.masks.improving = { mask: maskOf(TINY_MODEL, entries), selected: 3, total: 1 };
      },
    });
    expect(Object.fromEntries(changed)).toEqual(entries);
  });

  it('gives the same losses and weights for the same seed, also where blocks run again', async () => {
    const first = await stage({ config: { method }, dataset: MIXED });
    const again = await stage({ config: { method }, dataset: MIXED });
    expect(again.metrics).toEqual(first.metrics);
    expect(again.after).toEqual(first.after);
    expect((await stage({ config: { method, recompute: true }, dataset: MIXED })).metrics).toEqual(first.metrics);
    expect((await stage({ config: { method, seed: 2 }, dataset: MIXED })).metrics).not.toEqual(first.metrics);
  });

  it('has the same loss and gradient when a step is cut into parts', async () => {
    const [whole] = (await stage({ config: { method, improvingSteps: 1 }, dataset: MIXED })).metrics;
    const [cut] = (await stage({ config: { method, improvingSteps: 1, accumulate: 3 }, dataset: MIXED })).metrics;
    expect(whole!.gradientNorm).toBeGreaterThan(0.01);
    expect(cut!.loss).toBeCloseTo(whole!.loss, 6);
    expect(cut!.gradientNorm).toBeCloseTo(whole!.gradientNorm, 4);
  });

  it('tells an update in slow motion, and a learning rate changed on the way but no β', async () => {
    const plain = await stage({ config: { method }, dataset: MIXED });
    const onStep = (step: number, { controls }: RunContext) => {
      if (step === 2) controls.set({ learningRateScale: 0.5, beta: 0.3 });
      if (step === 3) controls.watchNext(true);
      if (step === 4) expect(controls.isWatching).toBe(true);
      if (step === 5) expect(controls.isWatching).toBe(false);
    };
    const { events, metrics } = await stage({ config: { method }, dataset: MIXED, onStep });
    expect(eventsOf(events, 'settings')).toEqual([
      { type: 'settings', stage: 'improving', step: 3, learningRateScale: 0.5, beta: null },
    ]);
    const scales = metrics.map(({ learningRate }, i) => learningRate / plain.metrics[i]!.learningRate);
    expect(scales.slice(1)).toEqual([1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    const told = eventsOf(events, 'anatomy');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ stage: 'improving', step: 4, example: null, loss: metrics[3]!.loss });
    expect(told[0]!.moved).toBeGreaterThan(0.9 * told[0]!.allowed);
  });

  it('leaves no tensor behind, wherever it is left', async () => {
    for (const left of [Infinity, 1, 2, 3, 8, 14]) {
      expect(await tensorsLeft(() => stage({ config: { method, ppoReward: 'reward model' }, left }))).toBe(0);
    }
  });
});

describe('a whole run', () => {
  it('ends with its evaluation, and runs the stage again alone to the same bits', async () => {
    const left = await tensorsLeft(async () => {
      const run = createRun({
        config: toyConfig({
          ...{ method: 'ppo-a2c', maskRule: 'all', forgettingSteps: 0, improvingSteps: 6, improvingLearningRate: 1e-2 },
          ...{ layers: 2, width: 16, heads: 2, mlpWidth: 24, sftSteps: 30, sftLearningRate: 0.01 },
          ...{ rolloutPrompts: 8, ppoEpochs: 2, batchTokens: 64 },
        }),
        dataset: toyDataset(),
        backend: { name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
        loadStarter: () => Promise.reject(new Error('a toy run has no starter')),
        snapshots: true,
      });
      const collect = async (source: AsyncGenerator<RunEvent>) => (await drain(source)).ticks;
      const metricsOf = (events: readonly RunEvent[]) =>
        eventsOf(events, 'step').flatMap(({ stage: name, metrics }) => (name === 'improving' ? metrics : []));
      const events = await collect(run.events());
      expect(events.at(-1)!.type).toBe('run.done');
      expect(metricsOf(events)).toHaveLength(6);
      expect(eventsOf(events, 'snapshot').map(({ step }) => step)).toContain(6);
      expect(eventsOf(events, 'drift').map(({ step }) => step)).toEqual([0, 6]);
      const weights = (await run.checkpoints()).model;
      expect(metricsOf(await collect(run.only('improving')))).toEqual(metricsOf(events));
      expect((await run.checkpoints()).model).toEqual(weights);
      run.dispose();
    });
    expect(left).toBe(0);
  });
});

describe('the score', () => {
  it('of a reward model: trained for it, told, and used; accuracy stays the checker’s', async () => {
    const { events, metrics } = await stage({ config: { ppoReward: 'reward model', rewardSteps: 3 } });
    const trained = eventsOf(events, 'step').filter(({ series }) => series === 'reward model');
    expect(trained.map(({ step, total }) => [step, total])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(eventsOf(events, 'notice')).toEqual([]);
    const byChecker = (await stage()).metrics;
    // The same first rollout, another score.
    expect(metrics[0]!.accuracy).toBe(byChecker[0]!.accuracy);
    expect(metrics[0]!.loss).not.toBe(byChecker[0]!.loss);
  });

  it('is the checker’s where there is no reward model, and says so', async () => {
    const { events, metrics } = await stage({ config: { ppoReward: 'reward model' }, dataset: { teacher: null } });
    expect(eventsOf(events, 'notice').map(({ text }) => text)).toEqual([
      'There is no reward model for this data: PPO is scored by the checker.',
    ]);
    expect(metrics).toEqual((await stage({ dataset: { teacher: null } })).metrics);
  });

  it('needs known answers, and prompts', async () => {
    await expect(stage({ dataset: { hasAnswers: false } })).rejects.toThrow('PPO needs data with known answers');
    await expect(stage({ dataset: { trainingQuestions: () => [] } })).rejects.toThrow('no training prompt');
  });
});

describe('trainPpo', () => {
  const QUESTIONS = [4, 5, 6, 7, 8, 9].map((letter) => toyQuestion(letter, 10));
  const firstOnly: Scorer = async (answers) => answers.map((_, i) => (i === 0 ? 1 : 0));
  const always: Scorer = async (answers) => answers.map(() => 1);
  const dataset = toyDataset();
  const options = (changes: Partial<PpoTraining> = {}): PpoTraining => ({
    ...{ temperature: 1, topP: 1, maxNewTokens: 5, klCoefficient: 0, gaeLambda: 0.95 },
    ...{ rolloutPrompts: 6, ppoEpochs: 1, batchTokens: 1024, clipRange: 0.2, valueCoefficient: 0.1, clipNorm: 1 },
    ...{ steps: 1, schedule: { warmupSteps: 0, rateAt: () => 1e-3 }, rng: createRng(1) },
    ...changes,
  });

  async function train(score: Scorer, settings: PpoTraining, hasCritic: boolean) {
    const head = hasCritic ? new ValueHead(TINY_MODEL.width) : null;
    const critic = head && { head, optimiser: new Adamw(head), learningRate: 0.02 };
    const actors: Actors = { policy: tinyModel(), reference: tinyModel(), head, score };
    const optimiser = new Adamw(actors.policy);
    const first = await roll(actors, settings);
    const { ticks } = await drain(trainPpo({ actors, critic, dataset, questions: QUESTIONS }, optimiser, settings));
    const logps = await seenScores(actors.policy, first.answers, 4096, 0);
    const last = await roll(actors, settings);
    const weights = await actors.policy.weights();
    for (const one of [optimiser, critic?.optimiser, head, actors.policy, actors.reference]) one?.dispose();
    return { ticks, first, last, logps, weights };
  }

  /** What `trainPpo` samples first. */
  async function roll(actors: Actors, settings: PpoTraining) {
    const prompts = promptCycle(QUESTIONS, settings.rng.fork('prompts'));
    const asked = QUESTIONS.map(() => prompts.next().value);
    const stream = settings.rng.fork('rollout 0').fork('answers');
    return (await drain(sampleRollout(actors, dataset, asked, settings, stream))).result;
  }

  const total = (row: Float32Array): number => row.reduce((sum, logp) => sum + logp, 0);

  it.each([false, true])(
    'makes a rewarded answer likelier and the others less likely, critic: %s',
    async (hasCritic) => {
      const { first, logps, ticks } = await train(firstOnly, options(), hasCritic);
      const changes = first.answers.map(({ oldLogps }, i) => total(logps[i]!) - total(oldLogps));
      expect(changes[0]).toBeGreaterThan(0.01);
      expect(changes.slice(1).reduce((sum, change) => sum + change, 0)).toBeLessThan(-0.01);
      const [step] = ticks.flatMap((tick) => (tick.kind === 'step' ? tick : []));
      // Every ratio is 1: −mean of whitened advantages is 0, and the critic's half squared error is that of the value 0.
      const tokens = first.sampledTokens;
      const returns = first.answers.reduce((sum, { returns: row }) => sum + row.reduce((own, r) => own + r * r, 0), 0);
      expect(step!.metrics.loss).toBeCloseTo(hasCritic ? (0.1 * 0.5 * returns) / tokens : 0, 5);
    },
  );

  it('teaches the critic a constant reward', async () => {
    const steps = { steps: 120, ppoEpochs: 4, gaeLambda: 1, schedule: { warmupSteps: 0, rateAt: () => 0 } };
    const { first, last } = await train(always, options(steps), true);
    for (const { oldValues } of first.answers) expect([...oldValues]).toEqual([...oldValues].map(() => 0));
    const errors = last.answers.flatMap(({ oldValues }) => Array.from(oldValues, (value) => Math.abs(value - 1)));
    expect(Math.max(...errors)).toBeLessThan(0.2);
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.05);
  });

  it('lets the critic’s loss reach the policy’s weights through its coefficient', async () => {
    const withWeight = (valueCoefficient: number) => train(firstOnly, options({ steps: 3, valueCoefficient }), true);
    const [none, some] = [await withWeight(0), await withWeight(1)];
    expect(changedEntries(none.weights, some.weights).size).toBe(none.weights.size);
  });
});
