// Warm-up: plain DPO on all weights. How far each weight moves ranks it, or the size of its summed gradient; afterwards the policy holds
// θ′ (ALGORITHM §2.1, §3). Small models also tell the sum of their gradients and AdamW's second moments.
import type { RunEvent } from '../events';
import { KEPT_WEIGHTS, SUMMED_GRADIENTS, sumsGradients } from '../memory';
import { parameterCount, tensorSpecs } from '../model/config';
import type { Weights } from '../model/model';
import { Adamw } from '../optim/adamw';
import { type Events, policyOf, type RunContext } from './context';
import { preferenceStage, type Watch } from './training';

export function warmup(context: RunContext): Events {
  const { warmupSteps: steps, warmupLearningRate: rate, weightDecay } = context.config;
  const sumGradients = sumsGradients(context.config, context.modelConfig);
  const optimiser = new Adamw(policyOf(context), { weightDecay, sumGradients });
  const watch = warmupWatch(context, optimiser, steps);
  return preferenceStage(context, 'warm-up', optimiser, { steps, rate, keepShare: 1, method: 'dpo', watch });
}

/** At the end: the sums, which may rank the weights, and the optimiser's moments. */
const warmupWatch = (context: RunContext, optimiser: Adamw, steps: number): Watch => ({
  after: (step) => step === steps,
  async events() {
    const sums = await optimiser.gradientSums();
    context.gradientSums = sums;
    return parameterCount(context.modelConfig) <= KEPT_WEIGHTS ? [await momentsOf(context, optimiser, sums)] : [];
  },
});

async function momentsOf(context: RunContext, optimiser: Adamw, sums: Weights | null): Promise<RunEvent> {
  const specs = tensorSpecs(context.modelConfig);
  const { moments } = await optimiser.state();
  // [k, 2] of an unmasked optimiser: first and second moment of every entry.
  const second = (values: Float32Array) =>
    Float32Array.from({ length: values.length / 2 }, (_, i) => values[2 * i + 1]!);
  const isTold = parameterCount(context.modelConfig) <= SUMMED_GRADIENTS;
  return {
    type: 'moments',
    stage: 'warm-up',
    secondMoments: specs.map(({ name }) => second(moments.get(name)!)),
    // Copies: the event hands them over.
    gradients: isTold && sums ? specs.map(({ name }) => sums.get(name)!.slice()) : null,
  };
}
