// Improving: DPO with noisy rejected tokens left out; only masked weights move. The reference is what the policy is on entry: the
// forgetting result in ALLO, the SFT model in a plain-DPO arm (ALGORITHM §6).
import type { Events, RunContext } from './context';
import { improvingOptimiser } from './improvingOptimiser';
import { REPORTED, withLogRatios } from './logRatios';
import { preferenceStage } from './training';

export async function* improving(context: RunContext): Events {
  const { improvingSteps: steps, improvingLearningRate: rate, keepShare } = context.config;
  const optimiser = yield* improvingOptimiser(context);
  const measured = context.pairSet!.pairs.slice(0, REPORTED);
  const events = preferenceStage(context, 'improving', optimiser, { steps, rate, keepShare, measured });
  yield* context.weighted.length > 0 ? withLogRatios(context, 'improving', events) : events;
}
