// Which optimiser the improving stage takes: AdamW, or online merging with τ = θ_SFT − θ_base (ALGORITHM §9), under the stage's mask.
import type { RunEvent } from '../events';
import { loadManifest, loadStarterModel } from '../model/starter';
import { Adamw } from '../optim/adamw';
import { MergingOptimiser } from '../optim/mergingOptimiser';
import type { Optimiser } from '../optim/optimiser';
import { hasStarter, notice, policyOf, type RunContext } from './context';

/** The caller disposes it. Throws StarterError when the base checkpoint cannot be loaded. */
export async function* improvingOptimiser(context: RunContext): AsyncGenerator<RunEvent, Optimiser> {
  const { optimiser, weightDecay } = context.config;
  const masks = context.masks.improving?.mask;
  if (optimiser !== 'adamw') {
    if (hasStarter(context)) return mergingOptimiser(context, optimiser);
    yield notice('warning', 'improving', WITHOUT_BASE);
  }
  return new Adamw(policyOf(context), { ...(masks && { masks }), weightDecay });
}

// Imported data comes with no starter, whatever the settings say; those without one from the preset are mended by parseConfig.
const WITHOUT_BASE =
  'Online merging needs a base model beside the SFT model, and this run has none: improving takes AdamW instead.';

async function mergingOptimiser(context: RunContext, method: 'ondare' | 'onties'): Promise<MergingOptimiser> {
  const { config, modelConfig, loadStarter, rng, sft } = context;
  const manifest = await loadManifest(config.preset, loadStarter);
  const base = await loadStarterModel(config.preset, 'base', manifest, modelConfig, loadStarter);
  const masks = context.masks.improving?.mask;
  return new MergingOptimiser(policyOf(context), {
    method,
    variant: config.mergeRules,
    reserveShare: config.mergeShare,
    alpha: config.mergeAlpha,
    rescale: config.mergeRescale,
    weightDecay: config.weightDecay,
    tau: (name) => difference(sft.get(name)!, base.get(name)!),
    rng: rng.fork('merging'),
    ...(masks && { masks }),
  });
}

/** In float64: nothing is rounded away. */
const difference = (a: Float32Array, b: Float32Array): Float64Array =>
  Float64Array.from(a, (value, i) => value - b[i]!);
