// Exact resume: a run in pieces tells what the uninterrupted run tells, bit for bit.
import { beforeAll, describe, expect, it } from 'vitest';
import { sumsFile, tinyFolder } from '../testing/modelFolder';
import {
  type Act,
  type Cuts,
  everyMoment,
  everyStep,
  inStage,
  type MakeRun,
  piece,
  runInPieces,
} from '../testing/resumeRig';
import { eventsOf, TOY, type ToyOptions, toyConfig, toyDataset, toyQuestion } from '../testing/tinyModel';
import { BACKEND } from '../testing/toyRun';
import { toyStarter } from '../testing/toyStarter';
import type { RunConfig } from './config';
import type { Dataset } from './data/dataset';
import { createImportedDataset } from './data/imported';
import { parseImport } from './data/importFile';
import { previewImport } from './data/importPreview';
import { openModel } from './model/openModel';
import { broughtSettings } from './presets';
import { createRun, type RunOptions } from './run';
import { tf } from './tf';

const SMALL = { layers: 1, width: 8, heads: 2, mlpWidth: 12, sftSteps: 5, sftLearningRate: 0.02, prompts: 8 };
const FEW = {
  ...{ warmupSteps: 3, forgettingSteps: 3, improvingSteps: 3, rewardSteps: 2 },
  ...{ heldOutPrompts: 3, klPrompts: 3, otherPrompts: 0 },
};
const RATES = { warmupLearningRate: 1e-3, forgettingLearningRate: 1e-2, improvingLearningRate: 1e-2 };

const toy =
  ({ config, dataset }: Pick<ToyOptions, 'config' | 'dataset'> = {}, options: Partial<RunOptions> = {}): MakeRun =>
  (controls, from) =>
    createRun({
      config: toyConfig({ ...SMALL, ...FEW, ...RATES, ...config }),
      ...{ dataset: toyDataset(dataset), backend: BACKEND, controls },
      loadStarter: () => Promise.reject(new Error('a toy run has no starter')),
      ...options,
      ...(from && { from }),
    });

async function expectSame(make: MakeRun, cuts: Cuts, act?: Act) {
  const left = tf.memory().numTensors;
  const pieces = await runInPieces(make, cuts, act);
  expect(pieces.wrong).toEqual([]);
  expect(pieces.cuts).toBeGreaterThan(2);
  expect(tf.memory().numTensors).toBe(left);
  return pieces;
}

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe('a run in pieces tells what the uninterrupted run tells', () => {
  it('of ALLO, cut at every moment', async () => {
    const { cuts } = await expectSame(toy(), everyMoment);
    expect(cuts).toBeGreaterThan(60);
  });

  it('on the cpu backend, with parts of steps and blocks run again', async () => {
    await tf.setBackend('cpu');
    await expectSame(toy({ config: { accumulate: 2, recompute: true } }), everyStep);
    await tf.setBackend('wasm');
  });

  it('where somebody watches, changes settings and looks at updates in slow motion', async () => {
    const act: Act = (controls, event) => {
      if (event.type !== 'step') return;
      const at = `${event.series} ${event.step}`;
      if (at === 'forgetting 1') controls.set({ learningRateScale: 0.5, beta: 0.3 });
      if (at === 'improving 1') controls.set({ learningRateScale: 2, beta: 0.2 });
      if (at === 'forgetting 2' || at === 'improving 2') controls.watchNext(true);
    };
    const timed = ['warm-up', 'forgetting', 'improving'];
    const cuts: Cuts = (event, index) =>
      index < 3 || ('stage' in event && timed.includes(`${event.stage}`) && event.type !== 'notice');
    const tokenizerFiles = async () => [{ name: 'tokenizer.json' as const, bytes: Uint8Array.of(1, 2) }];
    const { whole } = await expectSame(toy({ dataset: { tokenizerFiles } }, { snapshots: true }), cuts, act);
    expect(eventsOf(whole, 'settings').map(({ stage, beta }) => [stage, beta])).toEqual([
      ['forgetting', 0.3],
      ['improving', 0.2],
    ]);
    expect(eventsOf(whole, 'anatomy').map(({ stage }) => stage)).toEqual(['forgetting', 'improving']);
    expect(eventsOf(whole, 'snapshot').length).toBeGreaterThan(8);
  });

  it('with a path, and without masks', async () => {
    const make = toy({ config: { maskRule: 'all' } }, { path: true });
    const { whole } = await expectSame(make, (event, ...rest) => event.type === 'path' || everyStep(event, ...rest));
    expect(eventsOf(whole, 'path').length).toBeGreaterThan(3);
  });

  const prepared =
    (name: string): Cuts =>
    (event, index, events) =>
      everyStep(event, index, events) ||
      event.type === 'mask' ||
      event.type === 'stage.done' ||
      (event.type === 'stage.progress' && event.label.startsWith(name) && index % 2 === 0);

  it.each<[string, Partial<RunConfig>]>([
    ['summed gradients', { maskScore: 'gradient' }],
    ['chance', { maskRule: 'random' }],
    ['another family’s warm-up', { maskSource: 'qa' }],
    ['another family’s summed gradients', { maskSource: 'qa', maskScore: 'gradient' }],
  ])('with masks by %s', async (_, config) => {
    const other: Dataset['trainingQuestions'] = (count, rng) =>
      rng.sample(
        [4, 5, 6, 7].flatMap((first) => [8, 9, 10].map((second) => toyQuestion(second, first, 'other'))),
        count,
      );
    const datasetFor = () => toyDataset({ alignedFamily: 'other', trainingQuestions: other });
    await expectSame(toy({ config }, { datasetFor }), prepared('qa'));
  });

  it('in the middle of sampling, behind the batches that are finished', async () => {
    const config = { prompts: 40, samplesPerPrompt: 16, pairsPerPrompt: 1, maxNewTokens: 3, improvingSteps: 1 };
    const make = toy({ config: { ...config, method: 'dpo', maskRule: 'all' } });
    const samples: Cuts = ({ type }, index, events) => type === 'samples' || events[index - 1]?.type === 'samples';
    const { whole } = await expectSame(make, samples);
    expect(eventsOf(whole, 'samples')).toHaveLength(3);
    const second = whole.indexOf(eventsOf(whole, 'samples')[1]!);
    const { inside } = (await piece(make, undefined, second + 1)).point.facts;
    expect(inside).toMatchObject({ kind: 'sampling', done: 512 });
  });

  it('with a reward model whose training broke', async () => {
    const told: Cuts = (event) => event.type === 'notice' || event.type === 'rewards' || event.type === 'drift';
    const { whole } = await expectSame(toy({ config: { rewardLearningRate: 1e30, rewardSteps: 4 } }), told);
    expect(eventsOf(whole, 'notice').map(({ text }) => text)).toContainEqual(
      expect.stringContaining('could not be trained'),
    );
  });

  it('with pairs of a file', async () => {
    const question = [4, 5, 6].map((letter) => toyQuestion(letter, 7));
    const givenPairs = question.map((one) => ({
      ...{ question: one, chosen: one.gold!, rejected: [7, 7, TOY.eos] },
    }));
    const dataset = { givenPairs, hasAnswers: false, teacher: null };
    await expectSame(toy({ dataset }), everyMoment);
  });

  const METHODS: [string, Partial<RunConfig>][] = [
    ...(['dpo', 'hinge', 'r-dpo', 'ln-dpo', 'ipo', 'ipo-mean', 'bco', 'kto', 'simpo', 'npo', 'sft'] as const).map(
      (method): [string, Partial<RunConfig>] => [method, { method }],
    ),
    ['bco in two parts', { method: 'bco', accumulate: 2 }],
    ['ppo', { method: 'ppo' }],
    ['ppo-a2c', { method: 'ppo-a2c' }],
    ['ppo with a reward model', { method: 'ppo', ppoReward: 'reward model' }],
  ];
  const SINGLE = { maskRule: 'all', improvingSteps: 5, rolloutPrompts: 4, ppoEpochs: 2, batchTokens: 40 } as const;

  it.each(METHODS)('with %s', async (_, config) => {
    await expectSame(toy({ config: { ...SINGLE, ...config } }), inStage('improving'));
  });

  it('with rft', async () => {
    // So that even this model is right now and then.
    const check: Dataset['check'] = (_, response) => response[0]! > 7 && response.at(-1) === TOY.eos;
    await expectSame(toy({ config: { ...SINGLE, method: 'rft' }, dataset: { check } }), inStage('improving'));
  });

  it.each(['ondare', 'onties'] as const)('with %s on a starter', async (optimiser) => {
    const sizes = { layers: 2, width: 16, mlpWidth: 24, preset: 'tiny', sftStart: 'shipped' } as const;
    const config = { ...sizes, optimiser, mergeShare: 0.5, mergeAlpha: 1e-5 };
    await expectSame(toy({ config }, { loadStarter: toyStarter() }), inStage('improving'));
  });

  it('with a model of one’s own', async () => {
    const files = tinyFolder('llama_tiny');
    const opened = await openModel(files, 'own');
    const { maxPositions } = opened.config;
    const data = {
      ...{ name: 'sums', vocabularySize: 0, maxSequence: Math.min(64, maxPositions), maxPositions },
      tokenizer: opened.tokenizer,
    };
    const parsed = await parseImport(sumsFile('answers'), 'sums');
    const preview = previewImport(parsed, data);
    const settings = broughtSettings(opened.summary, {
      longestAnswer: preview.responseTokens.max,
      longestPrompt: preview.promptTokens.max,
      sequence: preview.sequenceTokens.median,
    });
    const config = { ...settings, ...FEW, warmupSteps: 2, forgettingSteps: 2, improvingSteps: 2 } as const;
    const given = { name: 'own', config: opened.config, weights: await opened.weights() };
    const dataset = createImportedDataset(parsed, data);
    await expectSame(toy({ config }, { given, dataset }), everyStep);
  });
});
