// Forgetting: token-weighted NPO on the wrong responses; only masked weights move, and there is no retain term (ALGORITHM §5).
import { fineGrainedNpoLoss } from '../losses/fineGrainedNpo';
import { referenceTokens } from '../memory';
import type { Model } from '../model/model';
import { Adamw } from '../optim/adamw';
import { createSchedule, type Schedule } from '../optim/schedule';
import type { Rng } from '../rng';
import { tf } from '../tf';
import { type WeightingName, weightDenominator } from '../tokens/rewards';
import type { Ahead } from './ahead';
import type { LaunchedExample } from './anatomy';
import { inParts, packExamples, responseValues, type SequenceBatch, toRectangle } from './batches';
import { type Events, policyOf, type RunContext, type WeightedResponse } from './context';
import { Controls } from './controls';
import { exampleOf, responseLogps, tokensOf, withLogRatios } from './logRatios';
import { responseLosses } from './ownLosses';
import { batchPlan, launched, type StepTick, type TrainingTick } from './preference';
import { LoopKeeper, stepsFrom } from './resume/loop';
import { aheadOf, trainingStage } from './training';
import {
  batchLogps,
  type LogpLoss,
  measured,
  outcomeOf,
  type StepMemory,
  type StepResult,
  trainStep,
} from './trainStep';
import { weightedZeros } from './zeros';

export interface ForgettingOptions extends StepMemory {
  steps: number;
  schedule: Schedule;
  beta: number;
  weighting: WeightingName;
  batchTokens: number;
  clipNorm: number;
  padId: number;
  rng: Rng;
  ahead?: Ahead;
  /** Goes on where it was, and can be saved. */
  keeper?: LoopKeeper;
  /** Learning rate and β that may change on the way; without them those of the options hold. */
  controls?: Controls;
  /** Say with each step what every response of its batch costs by itself. */
  tellsLosses?: boolean;
}

/** Runs `steps` updates of `model`, whose weights on entry are the reference. A batch with no weight makes no update. */
export async function* trainForgetting(
  model: Model,
  optimiser: Adamw,
  items: readonly WeightedResponse[],
  options: ForgettingOptions,
): AsyncGenerator<TrainingTick> {
  const { steps, schedule, weighting, batchTokens, padId, rng } = options;
  const plan = batchPlan(items, tokensOf, steps, batchTokens, rng);
  const together = referenceTokens(model.config, batchTokens);
  const reference = yield* responseLogps(model, [...new Set(plan.flat())], together, padId);
  yield { kind: 'ready' };
  const controls = options.controls ?? new Controls(options.beta);
  const launch = async (group: WeightedResponse[], step: number) => {
    const settings = controls.launch();
    const { beta } = settings;
    const learningRate = settings.learningRateScale * schedule.rateAt(step);
    const parts = inParts(group, options.accumulate).map((items) => weightedPart(items, reference, padId));
    const sum = (of: (part: WeightedPart) => number): number => parts.reduce((total, part) => total + of(part), 0);
    const denominator = sum(({ weights, batch }) => weightDenominator(weights, batch.responseMask, weighting));
    const withLoss = parts.map((part) => ({ batch: part.batch, loss: npoLoss(part, denominator, beta) }));
    const zeros = weightedZeros(parts, denominator, beta);
    const submit = async () =>
      denominator > 0
        ? measured(trainStep(model, optimiser, withLoss, { ...options, learningRate, zeros }))
        : {
            ...{ loss: 0, gradientNorm: 0, failure: null },
            logps: await inTurn(parts, ({ batch }) => batchLogps(model, batch)),
          };
    const example = ({ logps }: StepResult): LaunchedExample => ({
      ...responseExample(group[0]!, parts[0]!, logps[0]!),
      ...{ denominator, beta },
    });
    const { result, ...watched } = await launched(model, settings, submit, example);
    const { logps, failure } = result;
    const mean = (rows: readonly Float32Array[]): number =>
      rows.reduce((total, values) => values.reduce((own, x) => own + x, total), 0) / group.length;
    const rejectedLogp = mean(logps);
    const scored = () => parts.map((part, i) => ({ ...part, policy: logps[i]!, reference: part.refLogps }));
    const told: StepTick = {
      ...{ kind: 'step', step: step + 1, ...watched },
      metrics: {
        ...outcomeOf(result),
        learningRate,
        tokens: sum(({ batch }) => batch.realTokens),
        selectedShare:
          sum(({ weights }) => weights.reduce((n, w) => n + (w > 0 ? 1 : 0), 0)) /
          sum(({ batch }) => batch.counts.reduce((n, tokens) => n + tokens, 0)),
        rejectedLogp,
        rejectedReward: beta * (rejectedLogp - mean(parts.map(({ refLogps }) => refLogps))),
      },
      ...(options.tellsLosses && { own: { items: group, losses: responseLosses(scored(), weighting, beta) } }),
    };
    return { told, failure };
  };
  yield* stepsFrom(options.keeper, plan, launch, options.ahead);
}

/** The first response of a part, with its row before the update. */
function responseExample(
  { question, response, weights }: WeightedResponse,
  { batch, refLogps }: WeightedPart,
  logps: Float32Array,
): Omit<LaunchedExample, 'denominator' | 'beta'> {
  const [policy, reference] = [[responseValues(batch, logps, 0)], [responseValues(batch, refLogps, 0)]];
  return { question, chosen: null, rejected: response, policy, reference, weights: weights.slice() };
}

interface WeightedPart {
  batch: SequenceBatch;
  /** [B·R] */
  refLogps: Float32Array;
  weights: Float32Array;
}

function weightedPart(
  items: readonly WeightedResponse[],
  reference: ReadonlyMap<WeightedResponse, Float32Array>,
  padId: number,
): WeightedPart {
  const batch = packExamples(items.map(exampleOf), padId);
  const rectangle = (rowOf: (item: WeightedResponse) => Float32Array) => toRectangle(batch, items.map(rowOf));
  return { batch, refLogps: rectangle((item) => reference.get(item)!), weights: rectangle(({ weights }) => weights) };
}

const npoLoss = ({ batch, refLogps, weights }: WeightedPart, denominator: number, beta: number): LogpLoss => {
  const shape: [number, number] = [batch.batchSize, batch.width];
  return (policyLogps) =>
    fineGrainedNpoLoss(
      { policyLogps, denominator, refLogps: tf.tensor2d(refLogps, shape), weights: tf.tensor2d(weights, shape) },
      { beta },
    ).loss;
};

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** The stage: from the SFT weights, with the forgetting mask if there is one. */
export function forgetting(context: RunContext): Events {
  const { config, dataset, masks, rng } = context;
  const { forgettingSteps: steps, forgettingLearningRate, rateFactor, weightDecay } = config;
  const baseRate = rateFactor * forgettingLearningRate;
  const schedule = createSchedule({ kind: 'cosine', baseRate, totalSteps: steps, warmupRatio: 0.03 });
  const ahead = aheadOf(context, steps);
  const { controls, isWatched: tellsLosses } = context;
  const fixed = { steps, schedule, padId: dataset.padId, rng: rng.fork('forgetting') };
  const keeper = new LoopKeeper();
  const options = { ...config, ...fixed, ahead, controls, tellsLosses, keeper };
  const model = policyOf(context);
  const mask = masks.forgetting?.mask;
  const optimiser = new Adamw(model, { ...(mask && { masks: mask }), weightDecay });
  const ticks = trainForgetting(model, optimiser, context.weighted, options);
  return withLogRatios(
    context,
    'forgetting',
    trainingStage(context, 'forgetting', steps, ticks, { optimiser, keeper }),
  );
}
