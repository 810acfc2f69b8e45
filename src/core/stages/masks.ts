// From θ′, or from the warm-up's summed gradient, to the neuron masks of the forgetting and the improving stage; the policy then goes back
// to the SFT weights. The rules themselves are in masks/ (ALGORITHM §3).
import { isSingleStage, type RunConfig } from '../config';
import type { MaskPurpose, RunEvent } from '../events';
import { countOnes } from '../masks/countBits';
import { stepwiseFromChance, stepwiseFromIndex } from '../masks/neuronMask';
import { sizeOf, tensorSpecs } from '../model/config';
import { type Events, notice, type RunContext, restoreSft, stage } from './context';
import { foreignFamily } from './foreign';
import { rankedIndex, ticksOver } from './ranking';
import { presentWeightsEvent } from './snapshots';

/** Which masks a run needs. */
export const maskPurposes = (config: RunConfig): MaskPurpose[] =>
  isSingleStage(config) || config.forgettingSteps === 0 ? ['improving'] : ['forgetting', 'improving'];

export async function* selectMasks(context: RunContext): Events {
  const { config, modelConfig, rng } = context;
  const { maskRule: rule, maskScore: score } = config;
  const source = rule === 'random' ? null : foreignFamily(context);
  const purposes = maskPurposes(config);
  const specs = tensorSpecs(modelConfig);
  const order = rule === 'top' ? 'most' : 'least';
  yield* stage(context, 'mask', { total: purposes.length, unit: 'masks' }, async function* () {
    const index = rule === 'random' ? null : yield* rankedIndex(context, order, purposes);
    // With a random rule nothing was warmed up, and these are still the SFT weights.
    if (context.summaries.has('warm-up')) yield* await presentWeightsEvent(context, 'warmed-up');
    const sizes = specs.map(sizeOf);
    for (const [done, purpose] of purposes.entries()) {
      const lower = config[`${purpose}Lower`];
      const upper = config[`${purpose}Percent`];
      const stepwise = index
        ? stepwiseFromIndex(index, { lower, upper, order })
        : stepwiseFromChance(sizes, { lower, upper }, rng.fork(`mask/${purpose}`));
      const { selected, total, threshold, tiesAtThreshold } = stepwise;
      const masks: Uint8Array[] = [];
      const ticks = ticksOver(total, { label: `${purpose} mask`, done, total: purposes.length });
      for (const mask of stepwise.masks) {
        masks.push(mask);
        yield* ticks(mask.length);
      }
      const warning = maskWarning(purpose, { rule, score, selected, threshold });
      if (warning) yield notice('warning', 'mask', warning);
      context.masks[purpose] = { mask: new Map(specs.map(({ name }, i) => [name, masks[i]!])), selected, total };
      yield {
        type: 'mask',
        purpose,
        ...{ rule, score, source },
        lowerPercent: lower,
        requestedPercent: upper - lower,
        selected,
        total,
        threshold,
        ties: tiesAtThreshold,
        tensors: specs.map((spec, i) => ({ ...spec, selected: countOnes(masks[i]!), mask: masks[i]!.slice() })),
      };
      yield {
        type: 'stage.progress',
        stage: 'mask',
        label: purpose,
        done: done + 1,
        total: purposes.length,
        tokens: 0,
      };
    }
  });
  restoreSft(context);
}

type MaskEvent = Extract<RunEvent, { type: 'mask' }>;

/** What is wrong with a mask that cannot do what it is for; null for a good one. */
export function maskWarning(
  purpose: MaskPurpose,
  { rule, score, selected, threshold }: Pick<MaskEvent, 'score' | 'selected' | 'threshold'> & { rule: string },
): string | null {
  if (selected === 0)
    return `The ${purpose} mask is empty: no weight will move in that stage. Ask for a larger share of the weights.`;
  if (rule === 'top' && threshold === 0) {
    return score === 'gradient'
      ? `The ${purpose} mask holds weights whose summed gradient is exactly 0, taken in the order of their names: too few weights have a gradient to rank them by. More warm-up steps would give them one.`
      : `The ${purpose} mask holds weights that the warm-up did not move at all, taken in the order of their names: the warm-up changed too few weights. More warm-up steps or a higher learning rate would give it a ranking.`;
  }
  return null;
}
