// Which arms, ratios and learning rates the experiments compare: plans and claims read the same lists.
import { ARMS, type Arm } from '../config';
import { HIGH_RATE, variant } from './variants';

/** Ratios of the sweep, in percent. */
export const RATIOS = [1, 2.5, 5, 10, 20, 50, 100] as const;
/** Learning rates of the sweep: the one that suits all weights, and 1e-4. */
export const RATIO_RATES = [1, HIGH_RATE] as const;
/** ALLO and its parts left out. */
export const ABLATION_ARMS: readonly Arm[] = ARMS.filter((arm) => arm === 'allo' || arm.startsWith('allo-'));
/** Every ablation's learning rate is chosen among these, on the validation split. */
export const RETUNED_FACTORS = [0.25, 1, 4] as const;
/** Rows of the methods table: the paper's, then further ones. */
export const TABLE_ARMS: readonly Arm[] = [
  ...(['sft', 'rft', 'dpo-full', 'r-dpo', 'ipo', 'ipo-mean', 'bco', 'simpo', 'npo', 'ppo', 'ppo-a2c', 'allo'] as const),
  ...(['hinge', 'ln-dpo', 'kto', 'ondare', 'onties', 'ondare-top10', 'dpo-160', 'warm-up-only', 'dpo-top10'] as const),
];
/** Learning rates at which an arm's path in (KL, accuracy) is followed. */
export const FRONTIER_RATES: { readonly [A in 'dpo-full' | 'dpo-top10' | 'allo' | 'rft']: readonly number[] } = {
  'dpo-full': [0.33, 1, HIGH_RATE],
  'dpo-top10': [1, HIGH_RATE, 10],
  allo: [0.5, 1, 2],
  rft: [0.3, 1],
};
/** Other arms are held against its path, prompt by prompt. */
export const PATH_OF_REFERENCE = 'dpo-full' satisfies Arm;
/** Arms whose aligned weights are mixed with the SFT model's. */
export const INTERPOLATED: readonly Arm[] = ['allo', 'dpo-full', 'rft'];

const biased = { styleBias: true } as const;
/** ALLO with every token weighed alike in both stages (RECIPE §7). */
const uniform = { ...biased, keepShare: 1 } as const;
const forgettingOnly = { ...biased, improvingSteps: 0 } as const;
/** RECIPE §7's table. */
export const STYLE_VARIANTS = {
  allo: variant('allo', biased),
  uniform: variant('allo-no-rewards', uniform),
  forgetting: variant('allo', forgettingOnly),
  forgettingUniform: variant('allo-no-rewards', forgettingOnly),
  full: variant('dpo-full', biased),
  top10: variant('dpo-top10', { ...biased, rateFactor: HIGH_RATE }),
  rft: variant('rft', biased),
} as const;

const half = { skills: 'half' } as const;
/** Arms whose cost to the family's other skills is measured. */
export const TAX_VARIANTS = {
  full: variant('dpo-full', half),
  top10: variant('dpo-top10', half),
  allo: variant('allo', half),
  rft: variant('rft', half),
} as const;
