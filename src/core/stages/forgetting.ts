// Forgetting: token-weighted NPO on the wrong responses; only masked weights move, and there is no retain term (ALGORITHM §5).
import { fineGrainedNpoLoss } from '../losses/fineGrainedNpo';
import type { Model } from '../model/model';
import { Adamw } from '../optim/adamw';
import { createSchedule, type Schedule } from '../optim/schedule';
import type { Rng } from '../rng';
import { tf } from '../tf';
import { type Ahead, inOrder } from './ahead';
import { packExamples, toRectangle } from './batches';
import { type Events, policyOf, type RunContext, type WeightedResponse } from './context';
import { exampleOf, responseLogps, tokensOf, withLogRatios } from './logRatios';
import { batchPlan, type TrainingTick } from './preference';
import { type WeightingName, weightDenominator } from './rewardWeights';
import { aheadOf, trainingStage } from './training';
import { batchLogps, type LogpLoss, trainStep } from './trainStep';

export interface ForgettingOptions {
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
  const { steps, schedule, beta, weighting, batchTokens, clipNorm, padId, rng } = options;
  const plan = batchPlan(items, tokensOf, steps, batchTokens, rng);
  const reference = yield* responseLogps(model, [...new Set(plan.flat())], batchTokens, padId);
  const launch = async (group: WeightedResponse[], step: number): Promise<TrainingTick> => {
    const batch = packExamples(group.map(exampleOf), padId);
    const refLogps = toRectangle(
      batch,
      group.map((item) => reference.get(item)!),
    );
    const weights = toRectangle(
      batch,
      group.map((item) => item.weights),
    );
    const denominator = weightDenominator(weights, batch.responseMask, weighting);
    const learningRate = schedule.rateAt(step);
    const shape: [number, number] = [batch.batchSize, batch.width];
    const npoLoss: LogpLoss = (policyLogps) =>
      fineGrainedNpoLoss(
        {
          ...{ policyLogps, denominator },
          refLogps: tf.tensor2d(refLogps, shape),
          weights: tf.tensor2d(weights, shape),
        },
        { beta },
      ).loss;
    const { loss, gradientNorm, logps } =
      denominator > 0
        ? await trainStep(model, optimiser, batch, npoLoss, learningRate, clipNorm)
        : { loss: 0, gradientNorm: 0, logps: await batchLogps(model, batch) };
    const tokens = batch.counts.reduce((sum, n) => sum + n, 0);
    const total = (values: Float32Array) => values.reduce((sum, x) => sum + x, 0) / batch.batchSize;
    return {
      kind: 'step',
      step: step + 1,
      metrics: {
        loss,
        learningRate,
        gradientNorm,
        tokens: batch.realTokens,
        selectedShare: weights.reduce((sum, w) => sum + (w > 0 ? 1 : 0), 0) / tokens,
        rejectedLogp: total(logps),
        rejectedReward: beta * (total(logps) - total(refLogps)),
      },
    };
  };
  yield* inOrder(plan, launch, options.ahead);
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
