// Improving, the last training stage: DPO with noisy rejected tokens left out in ALLO, the one loss of every other method else. Only
// masked weights move where there is a mask. The reference is what the policy is on entry: the forgetting result in ALLO, the SFT model in
// a run of one stage (ALGORITHM §6, §8).
import { type PairMethod, trainsDpo } from '../methods';
import { Adamw } from '../optim/adamw';
import { type Events, policyOf, type RunContext } from './context';
import { imitation } from './imitation';
import { REPORTED, withLogRatios } from './logRatios';
import { ppo } from './ppo';
import { preferenceStage } from './training';

/** The stage. Throws Error where the method or optimiser cannot be run on this data. */
export function improving(context: RunContext): Events {
  const { method } = context.config;
  switch (method) {
    case 'sft':
    case 'rft':
      return imitation(context, improvingOptimiser(context));
    case 'ppo':
    case 'ppo-a2c':
      return ppo(context, improvingOptimiser(context));
    default:
      return preferring(context, method);
  }
}

function preferring(context: RunContext, method: PairMethod): Events {
  const { improvingSteps: steps, improvingLearningRate, rateFactor, keepShare } = context.config;
  const rate = rateFactor * improvingLearningRate;
  const optimiser = improvingOptimiser(context);
  // Only DPO's losses are told pair by pair.
  const measured = trainsDpo(method) ? context.pairSet!.pairs.slice(0, REPORTED) : [];
  const events = preferenceStage(context, 'improving', optimiser, { steps, rate, keepShare, method, measured });
  return context.weighted.length > 0 ? withLogRatios(context, 'improving', events) : events;
}

function improvingOptimiser(context: RunContext): Adamw {
  const { optimiser, weightDecay } = context.config;
  if (optimiser !== 'adamw') throw new Error(`The optimiser “${optimiser}” cannot be used.`);
  const masks = context.masks.improving?.mask;
  return new Adamw(policyOf(context), { ...(masks && { masks }), weightDecay });
}
