// Improving, the last training stage: DPO with noisy rejected tokens left out in ALLO, the one loss of every other method else. Only
// masked weights move where there is a mask. The reference is what the policy is on entry: the forgetting result in ALLO, the SFT model in
// a run of one stage (ALGORITHM §6, §8).
import { type PairMethod, trainsDpo } from '../methods';
import type { Optimiser } from '../optim/optimiser';
import type { Events, RunContext } from './context';
import { imitation } from './imitation';
import { improvingOptimiser } from './improvingOptimiser';
import { REPORTED, withLogRatios } from './logRatios';
import { ppo } from './ppo';
import { preferenceStage } from './training';

/** The stage. Throws Error where the method cannot be run on this data, StarterError when its optimiser's base cannot be loaded. */
export async function* improving(context: RunContext): Events {
  const { method } = context.config;
  const optimiser = yield* improvingOptimiser(context);
  switch (method) {
    case 'sft':
    case 'rft':
      return yield* imitation(context, optimiser);
    case 'ppo':
    case 'ppo-a2c':
      return yield* ppo(context, optimiser);
    default:
      return yield* preferring(context, method, optimiser);
  }
}

function preferring(context: RunContext, method: PairMethod, optimiser: Optimiser): Events {
  const { improvingSteps: steps, improvingLearningRate, rateFactor, keepShare } = context.config;
  const rate = rateFactor * improvingLearningRate;
  // Only DPO's losses are told pair by pair, and a run with a path is asked for numbers only.
  const measured = trainsDpo(method) && !context.hasPath ? context.pairSet!.pairs.slice(0, REPORTED) : [];
  const events = preferenceStage(context, 'improving', optimiser, { steps, rate, keepShare, method, measured });
  return context.weighted.length > 0 ? withLogRatios(context, 'improving', events) : events;
}
