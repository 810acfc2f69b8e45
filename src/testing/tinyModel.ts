// A model small enough to train within a test, a made-up data set that it can learn, and the run context around them. Also the two
// things that every stage's test does: to drain a generator, and to count the tensors that something leaves behind.

import type { RunConfig } from '../core/config';
import type { Dataset, Example, Question } from '../core/data/dataset';
import type { RunEvent } from '../core/events';
import { type ModelConfig, sizeOf, tensorSpecs } from '../core/model/config';
import { Model, type Weights } from '../core/model/model';
import { presetConfig } from '../core/presets';
import { createRng } from '../core/rng';
import type { RunContext } from '../core/stages/context';
import { Controls } from '../core/stages/controls';
import { Evaluator } from '../core/stages/evaluator';
import { Progress } from '../core/stages/resume/progress';
import { tf } from '../core/tf';

export const TINY_MODEL: ModelConfig = {
  architecture: 'llama',
  vocabularySize: 12,
  width: 16,
  layers: 2,
  heads: 2,
  kvHeads: 2,
  mlpWidth: 24,
  normEpsilon: 1e-5,
  ropeTheta: 10000,
  tiedHead: true,
  attentionBias: false,
  maxPositions: 32,
};

/** Random weights, large enough that the predictions differ from token to token. */
export function tinyWeights(config: ModelConfig = TINY_MODEL, seed = 1): Weights {
  const rng = createRng(seed, 'tiny');
  return new Map(
    tensorSpecs(config).map((spec) => {
      const isNorm = /(norm|ln_\w+)\.weight$/.test(spec.name);
      const values = Float32Array.from({ length: sizeOf(spec) }, () => (isNorm ? 1 : rng.normal() * 0.15));
      return [spec.name, values];
    }),
  );
}

export const tinyModel = (changes: Partial<ModelConfig> = {}, seed = 1): Model => {
  const config = { ...TINY_MODEL, ...changes };
  return new Model(config, tinyWeights(config, seed));
};

export const TOY = { pad: 0, bos: 1, eos: 2, ask: 3 } as const;
const WORDS = ['<pad>', '<bos>', '<eos>', '?', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'ok'];
const LETTERS = [4, 5, 6, 7, 8, 9, 10];
const OK = 11;

/** “x y ?” → “x y <eos>”: the question whose gold answer repeats its two letters. */
export function toyQuestion(first: number, second: number, family = 'toy'): Question {
  const text = `${WORDS[first]} ${WORDS[second]}`;
  const prompt = [TOY.bos, first, second, TOY.ask];
  return { id: `${family}/${text}`, family, text, prompt, gold: [first, second, TOY.eos] };
}

const allQuestions = (family: string): Question[] =>
  LETTERS.flatMap((first) => LETTERS.map((second) => toyQuestion(first, second, family)));

/** 49 questions of two families: the first 9 of each are held out. A response is right when it is the gold answer. */
export function toyDataset(changes: Partial<Dataset> = {}): Dataset {
  const check: Dataset['check'] = ({ gold }, response) => gold !== null && gold.join() === response.join();
  return {
    name: 'toy',
    vocabulary: WORDS,
    ...{ padId: TOY.pad, bosId: TOY.bos, eosId: TOY.eos, endIds: [TOY.eos], specialIds: [TOY.pad, TOY.bos, TOY.eos] },
    families: ['toy', 'other'],
    alignedFamily: 'toy',
    ...{ hasAnswers: true, givenPairs: null, teacher: 'oracle' },
    ...{ maxSequence: 16, maxRewriteSequence: 32 },
    trainingQuestions: (count, rng) => rng.sample(allQuestions('toy').slice(9), count),
    evaluationQuestions: (family, _, count) => allQuestions(family).slice(0, Math.min(9, count)),
    check,
    wrongTokens({ gold }, response) {
      const differs = response.map((id, t) => id !== TOY.eos && id !== gold?.[t]);
      return Uint8Array.from(differs, (wrong, t) => (wrong ? (differs.indexOf(true) === t ? 1 : 2) : 0));
    },
    sftExample(_, rng): Example {
      const { prompt, gold } = rng.pick(allQuestions('toy').slice(9));
      return { prompt, response: gold! };
    },
    rewritingExample(rng, wrongSamples) {
      const known = wrongSamples.filter(({ question }) => question.gold);
      if (known.length === 0) return null;
      const { question, response } = rng.pick(known);
      return { prompt: [...question.prompt, ...question.gold!, ...response, TOY.ask], response: question.gold! };
    },
    rewritingPrompt: ({ prompt, gold }, response) => [...prompt, ...gold!, ...response, TOY.ask],
    hasBiasedStyle: (response) => response[0] === OK,
    tokenizerFiles: null,
    encodePrompt(text) {
      const ids = text.split(' ').map((word) => {
        const id = WORDS.indexOf(word);
        if (id < 0) throw new Error(`Unknown word “${word}”`);
        return id;
      });
      return [TOY.bos, ...ids, TOY.ask];
    },
    decode: (ids) =>
      ids
        .filter((id) => id > TOY.eos)
        .map((id) => WORDS[id])
        .join(' '),
    ...changes,
  };
}

/** Settings of a run of a few steps on the toy data. */
export const toyConfig = (changes: Partial<RunConfig> = {}): RunConfig => ({
  ...presetConfig('scratch'),
  ...{ copySteps: 0, sftSteps: 4, sftSequences: 6, prompts: 12, samplesPerPrompt: 3, maxNewTokens: 5 },
  ...{ batchTokens: 128, warmupSteps: 4, forgettingSteps: 4, improvingSteps: 4, rewardSteps: 2 },
  ...{ heldOutPrompts: 9, otherPrompts: 3, klPrompts: 9 },
  ...changes,
});

export interface ToyOptions {
  config?: Partial<RunConfig>;
  dataset?: Partial<Dataset>;
  model?: Partial<ModelConfig>;
  /** Seed of the weights. */
  weights?: number;
}

/** The context of a run right after SFT: the tiny model is both the policy and the SFT model. */
export function toyContext(options: ToyOptions = {}): RunContext {
  const config = toyConfig(options.config);
  const dataset = toyDataset(options.dataset);
  const modelConfig = { ...TINY_MODEL, ...options.model };
  const sft = tinyWeights(modelConfig, options.weights);
  return {
    ...{ config, dataset, datasetFor: null, modelConfig, sft },
    loadStarter: () => Promise.reject(new Error('a toy run has no starter')),
    rng: createRng(config.seed, 'run'),
    evaluator: new Evaluator(dataset, config),
    pace: { mayRunAhead: false, isAhead: false },
    ...{ controls: new Controls(config.beta), isWatched: false, hasPath: false, inspected: null },
    ...{ split: 'held-out', shared: null, given: null },
    ...{ rewards: new Map(), entries: new Map() },
    ...{ progress: new Progress(), summaries: new Map() },
    ...{ model: new Model(modelConfig, sft), sftModel: null },
    ...{
      questions: [],
      responses: [],
      pairSet: null,
      gradientSums: null,
      masks: {},
      scores: null,
      weighted: [],
      rewardAuroc: null,
      evaluations: {},
    },
  };
}

export function disposeContext(context: RunContext): void {
  context.model?.dispose();
  context.sftModel?.dispose();
}

/** The question x y with its gold answer as the right and `rejected` as the wrong response, among the context's records. */
export function addResponse(context: RunContext, question: Question, tokens: readonly number[]): void {
  const known = context.questions.findIndex(({ id }) => id === question.id);
  const promptId = known >= 0 ? known : context.questions.push(question) - 1;
  const correct = context.dataset.check(question, tokens);
  const ended = tokens.at(-1) === TOY.eos;
  context.responses.push({ id: context.responses.length, promptId, tokens, correct, ended, copies: 1 });
}

/** Pulls a generator to its end. */
export async function drain<T, R>(source: AsyncGenerator<T, R>): Promise<{ ticks: T[]; result: R }> {
  const ticks: T[] = [];
  for (;;) {
    const step = await source.next();
    if (step.done) return { ticks, result: step.value };
    ticks.push(step.value);
  }
}

/** The events of one type. */
export const eventsOf = <T extends RunEvent['type']>(events: readonly RunEvent[], type: T) =>
  events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);

/** How many tensors more there are after `action` than before. */
export async function tensorsLeft(action: () => unknown): Promise<number> {
  const before = tf.memory().numTensors;
  await action();
  return tf.memory().numTensors - before;
}

/** Names of the tensors, and how many of their entries differ in at least one bit. */
export function changedEntries(before: Weights, after: Weights): Map<string, number[]> {
  const changed = new Map<string, number[]>();
  for (const [name, values] of before) {
    const now = after.get(name)!;
    const indices = [...values.keys()].filter((i) => !Object.is(values[i], now[i]));
    if (indices.length > 0) changed.set(name, indices);
  }
  return changed;
}

/** A mask of the given entries (tensor name → indices) in the shape of a model. */
export function maskOf(config: ModelConfig, entries: Readonly<Record<string, readonly number[]>>) {
  return new Map(
    tensorSpecs(config).map((spec) => {
      const mask = new Uint8Array(sizeOf(spec));
      for (const i of entries[spec.name] ?? []) mask[i] = 1;
      return [spec.name, mask] as const;
    }),
  );
}

/** Three wrong responses of 3, 4 and 2 tokens with a gold answer each, in `questions`, `responses`, `pairSet` and `weighted`. */
export function addWrongResponses(context: RunContext): void {
  const wrong: [Question, number[], number[]][] = [
    [toyQuestion(4, 5), [4, 9, TOY.eos], [0, 1, 0]],
    [toyQuestion(6, 7), [7, 6, 6, TOY.eos], [1, 1, 0, 0]],
    [toyQuestion(8, 9), [10, TOY.eos], [1, 0]],
  ];
  for (const [question, response] of wrong) addResponse(context, question, response);
  context.weighted = wrong.map(([question, response, weights]) => ({
    ...{ question, response, better: question.gold, weights: Float32Array.from(weights) },
  }));
  context.pairSet = {
    pairs: wrong.map(([question, rejected]) => ({
      ...{ question, chosen: question.gold!, rejected, chosenSource: 'gold' },
    })),
    forgetting: wrong.map(([question, response]) => ({ question, response, better: question.gold })),
    counts: {
      ...{ questions: 3, responses: 3, unique: 3, withoutEnd: 0, right: 0, wrong: 3 },
      ...{ mixedQuestions: 0, pairs: 3, forgetting: 3 },
    },
    note: null,
  };
}
