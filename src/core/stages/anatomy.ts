// One update in slow motion: an answer or pair of its batch as it was before the update, and what the update did to the weights.
import type { Question } from '../data/dataset';
import type { AnatomyExample, RunEvent, StepMetrics, TimedStage } from '../events';
import { parameterCount } from '../model/config';
import type { Model, Weights } from '../model/model';
import { keepRejectedTokens } from '../tokens/keep';
import { type RunContext, responseKey } from './context';
import { bitsOf } from './entries';

type AnatomyEvent = Extract<RunEvent, { type: 'anatomy' }>;

/** The first answer or pair of the batch: `AnatomyExample` without what the loss does not know. */
export type LaunchedExample = Pick<
  AnatomyExample,
  'rejected' | 'chosen' | 'policy' | 'reference' | 'weights' | 'denominator' | 'beta'
> & {
  question: Question;
};

export interface UpdateAnatomy {
  /** null where no wrong answer is in the batch: SFT, RFT, PPO. */
  example: LaunchedExample | null;
  moved: number;
  largest: AnatomyEvent['largest'];
}

/** What an update did to the weights: how many differ in any bit, and which one most. */
export function changeOf(before: Weights, after: Weights): Pick<UpdateAnatomy, 'moved' | 'largest'> {
  let moved = 0;
  let largest: UpdateAnatomy['largest'] = null;
  for (const [tensor, values] of before) {
    const now = after.get(tensor)!;
    const [oldBits, newBits] = [bitsOf(values), bitsOf(now)];
    for (let index = 0; index < values.length; index++) {
      if (oldBits[index] === newBits[index]) continue;
      moved++;
      const change = now[index]! - values[index]!;
      if (!largest || Math.abs(change) > Math.abs(largest.change)) largest = { tensor, index, change };
    }
  }
  return { moved, largest };
}

/** Runs one update, and sees what it did; `exampleOf` makes the example from its result. Null where it changed nothing because it failed. */
export async function dissected<R extends { failure: Error | null }>(
  model: Model,
  update: () => Promise<R>,
  exampleOf: (result: R) => LaunchedExample | null,
): Promise<{ result: R; anatomy: UpdateAnatomy | null }> {
  const before = await model.weights();
  const result = await update();
  if (result.failure) return { result, anatomy: null };
  return { result, anatomy: { example: exampleOf(result), ...changeOf(before, await model.weights()) } };
}

/** The improving loss's 0/1 of each rejected token; all 1 with `keepShare` 1. The device ranks float32 differences, so does this. */
export function keptTokens(policy: Float32Array, reference: Float32Array, keepShare: number): Float32Array {
  const rejectedMask = new Float32Array(policy.length).fill(1);
  if (keepShare >= 1) return rejectedMask;
  const logRatios = policy.map((logp, t) => logp - reference[t]!);
  const refRejectedLogps = new Float32Array(policy.length);
  const logps = { policyRejectedLogps: logRatios, refRejectedLogps, rejectedMask, batchSize: 1 };
  return keepRejectedTokens(logps, { share: keepShare, select: 'valid' }).keep;
}

export function anatomyEvent(
  context: RunContext,
  stage: TimedStage,
  { step, metrics, anatomy }: { step: number; metrics: StepMetrics; anatomy: UpdateAnatomy },
): AnatomyEvent {
  const { config, masks, modelConfig, rewards } = context;
  const { loss, gradientNorm, learningRate } = metrics;
  const { example, moved, largest } = anatomy;
  const weights = parameterCount(modelConfig);
  return {
    ...{ type: 'anatomy', stage, step, loss, gradientNorm, learningRate, moved, largest, weights },
    example: example && shownExample(example, rewards),
    clipScale: gradientNorm > config.clipNorm ? config.clipNorm / gradientNorm : 1,
    allowed: (stage === 'warm-up' ? null : masks[stage]?.selected) ?? weights,
  };
}

const shownExample = ({ question, ...shown }: LaunchedExample, rewards: RunContext['rewards']): AnatomyExample => ({
  prompt: question.text,
  ...shown,
  rewards: rewards.get(responseKey(question, shown.rejected))?.slice() ?? null,
});
