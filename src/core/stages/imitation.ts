// SFT and RFT as a run's method: cross-entropy on known answers, the gold ones or the model's own right ones (ALGORITHM §8). How the SFT
// model itself comes about is in sft.ts.
import type { Example } from '../data/dataset';
import { uniqueResponses } from '../data/pairs';
import type { Model } from '../model/model';
import type { Optimiser } from '../optim/optimiser';
import { createSchedule, type Schedule } from '../optim/schedule';
import type { Rng } from '../rng';
import type { Ahead } from './ahead';
import { sequenceLength } from './batches';
import { type Events, policyOf, type RunContext } from './context';
import { Controls } from './controls';
import { batchPlan, launched, type StepTick, type TrainingTick } from './preference';
import { LoopKeeper, stepsFrom } from './resume/loop';
import { supervisedParts } from './sft';
import { aheadOf, trainingStage } from './training';
import { measured, outcomeOf, type StepMemory, trainStep } from './trainStep';

export interface ImitationOptions extends StepMemory {
  steps: number;
  schedule: Schedule;
  batchTokens: number;
  clipNorm: number;
  padId: number;
  rng: Rng;
  ahead?: Ahead;
  /** Goes on where it was, and can be saved. */
  keeper?: LoopKeeper;
  /** A learning rate that may change on the way. */
  controls?: Controls;
}

/** Runs `steps` updates: shuffled epochs over `examples`, whole ones up to `batchTokens` real tokens an update. */
export async function* trainImitation(
  model: Model,
  optimiser: Optimiser,
  examples: readonly Example[],
  options: ImitationOptions,
): AsyncGenerator<TrainingTick> {
  const { steps, schedule, batchTokens, rng } = options;
  const plan = batchPlan(examples, sequenceLength, steps, batchTokens, rng);
  const controls = options.controls ?? new Controls(1);
  yield { kind: 'ready' };
  const launch = async (batch: Example[], step: number) => {
    const settings = controls.launchWithoutBeta();
    const learningRate = settings.learningRateScale * schedule.rateAt(step);
    const { parts, tokens } = supervisedParts(batch, options);
    const submit = () => measured(trainStep(model, optimiser, parts, { ...options, learningRate, zeros: 'never' }));
    const { result, ...watched } = await launched(model, settings, submit, () => null);
    const told: StepTick = {
      ...{ kind: 'step', step: step + 1, ...watched },
      metrics: { ...outcomeOf(result), learningRate, tokens },
    };
    return { told, failure: result.failure };
  };
  const ahead = optimiser.mayRunAhead ? options.ahead : undefined;
  yield* stepsFrom(options.keeper, plan, launch, ahead);
}

/** The stage, from the SFT weights. Throws Error where there is no answer to learn. Owns the optimiser. */
export function imitation(context: RunContext, optimiser: Optimiser): Events {
  const { config, controls, dataset, rng } = context;
  const { improvingSteps: steps, improvingLearningRate, rateFactor } = config;
  const baseRate = rateFactor * improvingLearningRate;
  const keeper = new LoopKeeper();
  const options: ImitationOptions = {
    ...{
      ...config,
      steps,
      controls,
      keeper,
      padId: dataset.padId,
      rng: rng.fork('improving'),
      ahead: aheadOf(context, steps),
    },
    schedule: createSchedule({ kind: 'cosine', baseRate, totalSteps: steps, warmupRatio: 0.03 }),
  };
  const examples = imitatedExamples(context);
  if (examples.length === 0) {
    optimiser.dispose();
    throw new Error(config.method === 'rft' ? NO_RIGHT_ANSWER : NO_GOLD);
  }
  const ticks = trainImitation(policyOf(context), optimiser, examples, options);
  return trainingStage(context, 'improving', steps, ticks, { optimiser, keeper });
}

const NO_RIGHT_ANSWER =
  'RFT has nothing to learn: none of the sampled answers is right. Sample more answers per prompt, or train the SFT model longer.';
const NO_GOLD = 'SFT has nothing to learn: no training question has a known answer.';

/**
 * What SFT or RFT learns: the gold answers of the run's questions, or the different right and ended ones among the samples (only those in
 * the favoured style where the run is biased to one, RECIPE §7). Of a file with ready pairs both learn the chosen responses.
 */
export function imitatedExamples({ config, dataset, pairSet, questions, responses }: RunContext): Example[] {
  if (dataset.givenPairs) {
    const chosen = pairSet!.pairs.map((pair): Example => ({ prompt: pair.question.prompt, response: pair.chosen }));
    return [...new Map(chosen.map((one) => [`${one.prompt.join(' ')}|${one.response.join(' ')}`, one])).values()];
  }
  if (config.method === 'sft')
    return questions.flatMap(({ prompt, gold }): Example[] => (gold ? [{ prompt, response: gold }] : []));
  const isWanted = (tokens: readonly number[]): boolean => !config.styleBias || dataset.hasBiasedStyle(tokens);
  return questions.flatMap(({ prompt }, id) => {
    const right = responses.filter(({ promptId, correct, ended }) => promptId === id && correct === true && ended);
    return uniqueResponses(right.map(({ tokens }) => tokens))
      .filter(isWanted)
      .map((response) => ({ prompt, response }));
  });
}
