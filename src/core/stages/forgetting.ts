// Forgetting: token-weighted NPO on the wrong responses; only masked weights move, and there is no retain term (ALGORITHM §5).
import { fineGrainedNpoLoss } from '../losses/fineGrainedNpo';
import type { Model } from '../model/model';
import { Adamw } from '../optim/adamw';
import { createSchedule, type Schedule } from '../optim/schedule';
import type { Rng } from '../rng';
import { tf } from '../tf';
import { type WeightingName, weightDenominator } from '../tokens/rewards';
import { type Ahead, inOrder } from './ahead';
import { inParts, packExamples, type SequenceBatch, toRectangle } from './batches';
import { type Events, policyOf, type RunContext, type WeightedResponse } from './context';
import { exampleOf, responseLogps, tokensOf, withLogRatios } from './logRatios';
import { batchPlan, type TrainingTick } from './preference';
import { aheadOf, trainingStage } from './training';
import { batchLogps, type LogpLoss, type StepMemory, trainStep } from './trainStep';

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
}

/** Runs `steps` updates of `model`, whose weights on entry are the reference. A batch with no weight makes no update. */
export async function* trainForgetting(
  model: Model,
  optimiser: Adamw,
  items: readonly WeightedResponse[],
  options: ForgettingOptions,
): AsyncGenerator<TrainingTick> {
  const { steps, schedule, beta, weighting, batchTokens, padId, rng } = options;
  const plan = batchPlan(items, tokensOf, steps, batchTokens, rng);
  const reference = yield* responseLogps(model, [...new Set(plan.flat())], batchTokens, padId);
  const launch = async (group: WeightedResponse[], step: number): Promise<TrainingTick> => {
    const learningRate = schedule.rateAt(step);
    const parts = inParts(group, options.accumulate).map((items) => weightedPart(items, reference, padId));
    const sum = (of: (part: WeightedPart) => number): number => parts.reduce((total, part) => total + of(part), 0);
    const denominator = sum(({ weights, batch }) => weightDenominator(weights, batch.responseMask, weighting));
    const withLoss = parts.map((part) => ({ batch: part.batch, loss: npoLoss(part, denominator, beta) }));
    const { loss, gradientNorm, logps } =
      denominator > 0
        ? await trainStep(model, optimiser, withLoss, { ...options, learningRate })
        : { loss: 0, gradientNorm: 0, logps: await inTurn(parts, ({ batch }) => batchLogps(model, batch)) };
    const mean = (rows: readonly Float32Array[]): number =>
      rows.reduce((total, values) => values.reduce((own, x) => own + x, total), 0) / group.length;
    const rejectedLogp = mean(logps);
    return {
      kind: 'step',
      step: step + 1,
      metrics: {
        loss,
        learningRate,
        gradientNorm,
        tokens: sum(({ batch }) => batch.realTokens),
        selectedShare:
          sum(({ weights }) => weights.reduce((n, w) => n + (w > 0 ? 1 : 0), 0)) /
          sum(({ batch }) => batch.counts.reduce((n, tokens) => n + tokens, 0)),
        rejectedLogp,
        rejectedReward: beta * (rejectedLogp - mean(parts.map(({ refLogps }) => refLogps))),
      },
    };
  };
  yield* inOrder(plan, launch, options.ahead);
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

/** The stage: from the SFT weights, with the forgetting mask. */
export function forgetting(context: RunContext): Events {
  const { config, dataset, masks, rng } = context;
  const { forgettingSteps: steps, forgettingLearningRate: baseRate, weightDecay } = config;
  const schedule = createSchedule({ kind: 'cosine', baseRate, totalSteps: steps, warmupRatio: 0.03 });
  const ahead = aheadOf(context);
  const options = { ...config, steps, schedule, padId: dataset.padId, rng: rng.fork('forgetting'), ahead };
  const model = policyOf(context);
  const optimiser = new Adamw(model, { masks: masks.forgetting!.mask, weightDecay });
  const ticks = trainForgetting(model, optimiser, context.weighted, options);
  return withLogRatios(context, 'forgetting', trainingStage(context, 'forgetting', steps, ticks, optimiser));
}
