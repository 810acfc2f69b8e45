// The weights at the moments that the Neurons view looks at, and the proof that a masked stage left everything else alone.
import type { MaskPurpose, RunEvent, WeightMoment } from '../events';
import { KEPT_WEIGHTS } from '../memory';
import { parameterCount, tensorSpecs } from '../model/config';
import type { Weights } from '../model/model';
import { type Events, type Mask, policyOf, type RunContext } from './context';
import { bitsOf } from './entries';

/** The event of the weights, which it hands over: give a copy that nobody else keeps. None for models too large to be shown. */
export function weightsEvent(context: RunContext, moment: WeightMoment, weights: Weights): RunEvent[] {
  const { modelConfig } = context;
  if (parameterCount(modelConfig) > KEPT_WEIGHTS) return [];
  return [{ type: 'weights', moment, tensors: tensorSpecs(modelConfig).map(({ name }) => weights.get(name)!) }];
}

/** The same of the weights as they are now, which are copied only where they are told. */
export const presentWeightsEvent = async (context: RunContext, moment: WeightMoment): Promise<RunEvent[]> =>
  parameterCount(context.modelConfig) > KEPT_WEIGHTS
    ? []
    : weightsEvent(context, moment, await policyOf(context).weights());

/** θ_SFT, copied. */
export const sftWeightsEvent = (context: RunContext): RunEvent[] =>
  parameterCount(context.modelConfig) > KEPT_WEIGHTS
    ? []
    : weightsEvent(context, 'sft', new Map([...context.sft].map(([name, values]) => [name, values.slice()])));

const MOMENTS = { forgetting: 'forgotten', improving: 'improved' } as const;

/** The stage, then what it left alone (where it has a mask), then its weights. */
export async function* withFrozenCheck(context: RunContext, purpose: MaskPurpose, events: Events): Events {
  const mask = context.masks[purpose]?.mask;
  const before = mask ? await policyOf(context).weights() : null;
  context.progress.before = before;
  yield* events;
  const after = await policyOf(context).weights();
  if (mask && before) yield { type: 'frozen', stage: purpose, ...countMoved(before, after, mask) };
  yield* weightsEvent(context, MOMENTS[purpose], after);
}

/** How many entries outside the mask there are, and how many of them differ in any bit. */
export function countMoved(before: Weights, after: Weights, mask: Mask): { unselected: number; moved: number } {
  let [unselected, moved] = [0, 0];
  for (const [name, values] of before) {
    const [old, now] = [bitsOf(values), bitsOf(after.get(name)!)];
    const selected = mask.get(name);
    for (let i = 0; i < old.length; i++) {
      if (selected?.[i] === 1) continue;
      unselected++;
      if (old[i] !== now[i]) moved++;
    }
  }
  return { unselected, moved };
}
