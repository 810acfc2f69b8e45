// From θ′, or from the warm-up's summed gradient, to the neuron masks of the forgetting and the improving stage; the policy then goes back
// to the SFT weights. The rules themselves are in masks/ (ALGORITHM §3).
import { isSingleStage, type RunConfig } from '../config';
import type { MaskPurpose, RunEvent } from '../events';
import { type TensorDelta, weightDeltas } from '../masks/deltas';
import { magnitudeIndex } from '../masks/magnitudeIndex';
import { selectFromIndex, selectRandom } from '../masks/neuronMask';
import { sizeOf, tensorSpecs } from '../model/config';
import type { Weights } from '../model/model';
import { type Events, notice, policyOf, type RunContext, restoreSft, stage } from './context';
import { foreignFamily } from './foreign';
import { weightsEvent } from './snapshots';

/** Which masks a run needs. */
export const maskPurposes = (config: RunConfig): MaskPurpose[] =>
  isSingleStage(config) || config.forgettingSteps === 0 ? ['improving'] : ['forgetting', 'improving'];

export async function* selectMasks(context: RunContext): Events {
  const { config, modelConfig, rng } = context;
  const { maskRule: rule, maskScore: score } = config;
  const source = rule === 'random' ? null : foreignFamily(context);
  const purposes = maskPurposes(config);
  const specs = tensorSpecs(modelConfig);
  yield* stage(context, 'mask', { total: purposes.length, unit: 'masks' }, async function* () {
    const trained = await policyOf(context).weights();
    const index = rule === 'random' ? null : magnitudeIndex(rankedBy(context, trained));
    // With a random rule nothing was warmed up, and these are still the SFT weights.
    if (context.summaries.has('warm-up')) yield* weightsEvent(context, 'warmed-up', trained);
    const sizes = specs.map(sizeOf);
    for (const [done, purpose] of purposes.entries()) {
      const lower = config[`${purpose}Lower`];
      const upper = config[`${purpose}Percent`];
      const { masks, selected, total, threshold, tiesAtThreshold } = index
        ? selectFromIndex(index, { lower, upper, order: rule === 'top' ? 'most' : 'least' })
        : selectRandom(sizes, { lower, upper }, rng.fork(`mask/${purpose}`));
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

/** What ranks the weights: θ′ − θ, or Σ g. */
function rankedBy({ config, gradientSums, modelConfig, sft }: RunContext, trained: Weights): TensorDelta[] {
  const specs = tensorSpecs(modelConfig);
  if (config.maskScore === 'gradient') {
    if (!gradientSums) throw new Error('The warm-up did not sum up its gradients, so they cannot rank the weights.');
    return specs.map(({ name }) => ({ name, values: gradientSums.get(name)! }));
  }
  return weightDeltas(specs.map(({ name }) => ({ name, reference: sft.get(name)!, trained: trained.get(name)! })));
}

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

function countOnes(mask: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) count += mask[i]!;
  return count;
}
