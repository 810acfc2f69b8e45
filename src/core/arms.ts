// The arms of one click: a method, its mask, its token weighting and its stages, as changes to a preset. Every arm makes as many updates
// after the warm-up as ALLO (RECIPE §5: 110), but for the two that say so.
import type { Arm, Family, RunConfig } from './config';
import { METHOD_DESCRIPTIONS } from './methods';

export type ArmGroup = 'ALLO' | 'DPO and masks' | 'ALLO, one part changed' | 'Other methods' | 'Online merging';

export interface ArmDescription {
  /** Short enough for a table's first column. */
  label: string;
  group: ArmGroup;
  help: string;
  /** Changes to the preset's ALLO settings; `family` is the aligned one. */
  settings(allo: RunConfig): Partial<RunConfig>;
}

/** One stage with all of ALLO's updates after the warm-up. */
function oneStage(allo: RunConfig, method: RunConfig['method']): Partial<RunConfig> {
  const { defaults, families } = METHOD_DESCRIPTIONS[method];
  return {
    method,
    improvingSteps: allo.forgettingSteps + allo.improvingSteps,
    forgettingSteps: 0,
    keepShare: 1,
    ...defaults,
    ...families?.[allo.family],
  };
}
const unmasked = { maskRule: 'all', improvingPercent: 100 } as const;

/** Whose mask `dpo-foreign10` takes: the next family's. */
const OTHER_FAMILY: Record<Family, Family> = { math: 'qa', qa: 'instruct', instruct: 'math' };

const method = (name: Exclude<RunConfig['method'], 'allo' | 'dpo'>, help: string): ArmDescription => ({
  label: METHOD_DESCRIPTIONS[name].label,
  group: 'Other methods',
  help,
  settings: (allo) => ({ ...oneStage(allo, name), ...unmasked }),
});

const maskedDpo = (label: string, help: string, change: (allo: RunConfig) => Partial<RunConfig>): ArmDescription => ({
  ...{ label, group: 'DPO and masks', help },
  settings: (allo) => ({ ...oneStage(allo, 'dpo'), ...change(allo) }),
});

const ablation = (label: string, help: string, change: (allo: RunConfig) => Partial<RunConfig>): ArmDescription => ({
  ...{ label, group: 'ALLO, one part changed', help },
  settings: change,
});

/**
 * What ALLO's improving rate is divided by, since a thinned step gets only so far of a whole one (reserve rate p = 0.01): OnDARE's random 1 %
 * gets p, on average. OnTIES keeps the largest, which are the same entries again and again. Chosen on the validation split, where a third
 * of the first guess did better in two places; instruct was not tried.
 */
const MERGING_SCALE: Record<'ondare' | 'onties', Record<Family, number>> = {
  ondare: { math: 0.01, qa: 0.03, instruct: 0.01 },
  onties: { math: 0.3, qa: 0.1, instruct: 0.1 },
};

const merging = (
  label: string,
  optimiser: 'ondare' | 'onties',
  help: string,
  mask: Partial<RunConfig>,
): ArmDescription => ({
  ...{ label, group: 'Online merging', help },
  settings: (allo) => ({
    ...oneStage(allo, 'dpo'),
    ...mask,
    ...{ optimiser, improvingLearningRate: allo.improvingLearningRate / MERGING_SCALE[optimiser][allo.family] },
  }),
});

export const ARM_DESCRIPTIONS: Record<Arm, ArmDescription> = {
  allo: {
    label: 'ALLO',
    group: 'ALLO',
    help: 'Forgetting on 5 % of the weights, then improving on 10 %, both the most changed of a warm-up.',
    settings: () => ({}),
  },
  'dpo-full': maskedDpo('DPO, all weights', 'Plain DPO; every weight may move.', () => unmasked),
  'dpo-top10': maskedDpo('DPO, top 10 %', 'Plain DPO on the 10 % that the warm-up changed most.', () => ({})),
  'dpo-random10': maskedDpo('DPO, random 10 %', 'Plain DPO on a random 10 %.', () => ({ maskRule: 'random' })),
  'dpo-last10': maskedDpo('DPO, last 10 %', 'Plain DPO on the 10 % that the warm-up changed least.', () => ({
    maskRule: 'least',
  })),
  'dpo-foreign10': maskedDpo(
    'DPO, foreign 10 %',
    'Plain DPO on the 10 % that another family’s warm-up changed most.',
    ({ family }) => ({ maskSource: OTHER_FAMILY[family] }),
  ),
  'warm-up-only': maskedDpo(
    'Warm-up only',
    'Only as many updates of plain DPO as the warm-up has: what ALLO has already spent when its masks are known.',
    ({ warmupSteps, warmupLearningRate }) => ({
      ...unmasked,
      improvingSteps: warmupSteps,
      improvingLearningRate: warmupLearningRate,
    }),
  ),
  'dpo-160': maskedDpo(
    'DPO, 160 updates',
    'Plain DPO with the updates of ALLO and its warm-up together.',
    ({ warmupSteps, forgettingSteps, improvingSteps }) => ({
      ...unmasked,
      improvingSteps: warmupSteps + forgettingSteps + improvingSteps,
    }),
  ),
  'allo-no-mask': ablation('ALLO without mask', 'Both stages on all weights, at the same learning rates.', () => ({
    maskRule: 'all',
    forgettingPercent: 100,
    improvingPercent: 100,
  })),
  'allo-no-forgetting': ablation(
    'ALLO without forgetting',
    'Improving alone, with the updates of both stages.',
    ({ forgettingSteps, improvingSteps }) => ({
      forgettingSteps: 0,
      improvingSteps: forgettingSteps + improvingSteps,
    }),
  ),
  'allo-no-rewards': ablation(
    'ALLO without token rewards',
    'Every token of a wrong answer is forgotten alike.',
    () => ({
      weighting: 'uniform',
    }),
  ),
  'allo-no-noise': ablation(
    'ALLO without noisy-token removal',
    'Improving counts every token of the rejected response.',
    () => ({ keepShare: 1 }),
  ),
  'allo-shared-ratio': ablation('ALLO, one ratio', 'Both stages on the same 10 %.', ({ improvingPercent }) => ({
    forgettingPercent: improvingPercent,
  })),
  'allo-random': ablation('ALLO, random masks', 'Random masks of ALLO’s sizes.', () => ({ maskRule: 'random' })),
  'allo-raw': ablation(
    'ALLO, raw weights',
    'The released script’s weights, w = p: it forgets the right tokens.',
    () => ({
      weighting: 'raw',
    }),
  ),
  sft: method(
    'sft',
    'Goes on with supervised fine-tuning, on the exact solutions: more than any other method is given.',
  ),
  rft: method('rft', 'Supervised fine-tuning on the model’s own right answers.'),
  'r-dpo': method('r-dpo', 'DPO with a penalty on length.'),
  ipo: method('ipo', 'Pulls the log-ratio margin to a fixed value, on sums (the paper’s form).'),
  'ipo-mean': method('ipo-mean', 'Pulls the log-ratio margin to a fixed value, on token means (TRL’s form).'),
  bco: method('bco', 'A binary classifier against a running mean reward.'),
  simpo: method('simpo', 'Mean log-probs as rewards, a target margin, no reference model.'),
  npo: method('npo', 'Pushes the rejected response down; nothing pulls the chosen one up.'),
  ppo: method('ppo', 'Samples from the present policy and reinforces what scores, without a critic.'),
  'ppo-a2c': method('ppo-a2c', 'Samples from the present policy, with a learned critic and GAE.'),
  hinge: method('hinge', 'SLiC’s hinge on the implicit reward margin.'),
  'ln-dpo': method('ln-dpo', 'DPO on mean token log-ratios.'),
  kto: method('kto', 'Good and bad answers on their own, against an estimate of the KL.'),
  ondare: merging(
    'OnDARE',
    'ondare',
    'DPO whose steps are thinned at random and merged with θ_SFT − θ_base.',
    unmasked,
  ),
  onties: merging(
    'OnTIES',
    'onties',
    'DPO whose steps keep their largest entries and are merged with θ_SFT − θ_base.',
    unmasked,
  ),
  'ondare-top10': merging('OnDARE, top 10 %', 'ondare', 'OnDARE’s final step under the neuron mask.', {}),
  'onties-top10': merging('OnTIES, top 10 %', 'onties', 'OnTIES’s final step under the neuron mask.', {}),
};
