// Forgetting: token-weighted NPO on the wrong responses; only masked weights move, and there is no retain term (ALGORITHM §5).
import type { WrongResponse } from '../data/pairs';
import { fineGrainedNpoLoss } from '../losses/fineGrainedNpo';
import type { Model } from '../model/model';
import type { Adamw } from '../optim/adamw';
import type { Schedule } from '../optim/schedule';
import type { Rng } from '../rng';
import { tf } from '../tf';
import { fillBatches, packExamples, responseValues, sequenceLength, toRectangle } from './batches';
import { batchPlan, type TrainingTick } from './preference';
import { type WeightingName, weightDenominator } from './rewardWeights';
import { batchLogps, trainStep } from './trainStep';

/** A wrong response with the weight of each of its tokens. */
export interface WeightedResponse extends WrongResponse {
  readonly weights: Float32Array;
}

export interface ForgettingOptions {
  steps: number;
  schedule: Schedule;
  beta: number;
  weighting: WeightingName;
  batchTokens: number;
  clipNorm: number;
  padId: number;
  rng: Rng;
}

const example = ({ question, response }: WrongResponse) => ({ prompt: question.prompt, response });
const tokensOf = (item: WrongResponse): number => sequenceLength(example(item));

/** Log-probs of every response token, once. */
export async function* responseLogps<T extends WrongResponse>(
  model: Model,
  items: readonly T[],
  batchTokens: number,
  padId: number,
): AsyncGenerator<TrainingTick, Map<T, Float32Array>> {
  const rows = new Map<T, Float32Array>();
  let tokens = 0;
  for (const group of fillBatches(items, tokensOf, batchTokens)) {
    const batch = packExamples(group.map(example), padId);
    const values = await batchLogps(model, batch);
    group.forEach((item, b) => {
      rows.set(item, responseValues(batch, values, b));
    });
    tokens += batch.realTokens;
    yield { kind: 'reference', done: rows.size, total: items.length, tokens };
  }
  return rows;
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
  for (const [step, group] of plan.entries()) {
    const batch = packExamples(group.map(example), padId);
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
    const { loss, gradientNorm, logps } = await trainStep(
      model,
      optimiser,
      batch,
      (policy) =>
        fineGrainedNpoLoss(
          {
            policyLogps: policy,
            refLogps: tf.tensor2d(refLogps, shape),
            weights: tf.tensor2d(weights, shape),
            denominator,
          },
          { beta },
        ).loss,
      denominator > 0 ? learningRate : 0,
      clipNorm,
    );
    const tokens = batch.counts.reduce((sum, n) => sum + n, 0);
    const total = (values: Float32Array) => values.reduce((sum, x) => sum + x, 0) / batch.batchSize;
    yield {
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
  }
}
