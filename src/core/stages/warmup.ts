// Warm-up: plain DPO on all weights. How far each weight moves ranks it; afterwards the policy holds θ′ (ALGORITHM §2.1). Small models
// also tell the sum of their gradients and AdamW's second moments.
import type { RunEvent } from '../events';
import { KEPT_WEIGHTS, SUMMED_GRADIENTS } from '../memory';
import { parameterCount, tensorSpecs } from '../model/config';
import { Adamw } from '../optim/adamw';
import { type Events, policyOf, type RunContext } from './context';
import { preferenceStage, type Watch } from './training';

export function warmup(context: RunContext): Events {
  const { warmupSteps: steps, warmupLearningRate: rate, weightDecay } = context.config;
  const sumGradients = parameterCount(context.modelConfig) <= SUMMED_GRADIENTS;
  const optimiser = new Adamw(policyOf(context), { weightDecay, sumGradients });
  const watch = warmupWatch(context, optimiser, steps);
  return preferenceStage(context, 'warm-up', optimiser, { steps, rate, keepShare: 1, method: 'dpo', watch });
}

/** At the end: the optimiser's moments. */
const warmupWatch = (context: RunContext, optimiser: Adamw, steps: number): Watch => ({
  after: (step) => step === steps && parameterCount(context.modelConfig) <= KEPT_WEIGHTS,
  events: async () => [await momentsOf(context, optimiser)],
});

async function momentsOf(context: RunContext, optimiser: Adamw): Promise<RunEvent> {
  const specs = tensorSpecs(context.modelConfig);
  const { moments } = await optimiser.state();
  const sums = await optimiser.gradientSums();
  // [k, 2] of an unmasked optimiser: first and second moment of every entry.
  const second = (values: Float32Array) =>
    Float32Array.from({ length: values.length / 2 }, (_, i) => values[2 * i + 1]!);
  return {
    type: 'moments',
    stage: 'warm-up',
    secondMoments: specs.map(({ name }) => second(moments.get(name)!)),
    gradients: sums && specs.map(({ name }) => sums.get(name)!),
  };
}
