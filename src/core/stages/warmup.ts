// Warm-up: plain DPO on all weights. How far each weight moves ranks it; afterwards the policy holds θ′ (ALGORITHM §2.1).
import { Adamw } from '../optim/adamw';
import { type Events, policyOf, type RunContext } from './context';
import { preferenceStage } from './training';

export function warmup(context: RunContext): Events {
  const { warmupSteps: steps, warmupLearningRate: rate, weightDecay } = context.config;
  return preferenceStage(context, 'warm-up', new Adamw(policyOf(context), { weightDecay }), {
    steps,
    rate,
    keepShare: 1,
  });
}
