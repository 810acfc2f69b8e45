// Improving: DPO with noisy rejected tokens left out; only masked weights move. The reference is what the policy is on entry: the
// forgetting result in ALLO, the SFT model in a plain-DPO arm (ALGORITHM §6).
import { isPpo } from '../config';
import { Adamw } from '../optim/adamw';
import { type Events, policyOf, type RunContext } from './context';
import { withLogRatios } from './logRatios';
import { ppo } from './ppo';
import { preferenceStage } from './training';

export function improving(context: RunContext): Events {
  const { improvingSteps: steps, improvingLearningRate: rate, keepShare, weightDecay } = context.config;
  const masks = context.masks.improving?.mask;
  const optimiser = new Adamw(policyOf(context), { ...(masks && { masks }), weightDecay });
  if (isPpo(context.config)) return ppo(context, optimiser);
  const events = preferenceStage(context, 'improving', optimiser, { steps, rate, keepShare });
  return context.weighted.length > 0 ? withLogRatios(context, 'improving', events) : events;
}
