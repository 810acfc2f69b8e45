// Claims about ALLO's parts: each one left out, at ALLO's learning rate and at the rate that is best on the validation split.

import type { Arm } from '../../config';
import { RETUNED_FACTORS } from '../armLists';
import type { Claim } from '../experiment';
import type { StudyResult } from '../result';
import { accuracy, armResults, samplesOf } from '../samples';
import { spread } from '../statistics';
import { type Variant, variant, withRate } from '../variants';
import { orderClaim, sideOf, variantLabel } from './comparisons';
import { judgeOrder, notMeasured, type Quantity } from './judging';

const ABLATED: readonly { arm: Arm; id: string; part: string }[] = [
  { arm: 'allo-no-mask', id: 'mask', part: 'The neuron mask helps' },
  { arm: 'allo-random', id: 'which-mask', part: 'It matters which neurons are selected' },
  { arm: 'allo-no-forgetting', id: 'forgetting', part: 'The forgetting stage helps' },
  { arm: 'allo-no-rewards', id: 'rewards', part: 'Token rewards help' },
  { arm: 'allo-no-noise', id: 'noise', part: 'Leaving out noisy tokens helps' },
  { arm: 'allo-shared-ratio', id: 'two-ratios', part: 'A smaller ratio for forgetting helps' },
  {
    arm: 'allo-raw',
    id: 'threshold',
    part: 'Forgetting what is rewarded little works better than the released script’s raw weights',
  },
];

/** The variant at the rate that was best on the validation prompts (of equals the one nearest to 1); null unless all were measured. */
export function tuned(results: readonly StudyResult[], family: string, arm: Arm): Variant | null {
  const tried = [...RETUNED_FACTORS]
    .sort((a, b) => Math.abs(Math.log(a)) - Math.abs(Math.log(b)))
    .map((factor) => {
      const chosen = withRate(arm, factor);
      return { chosen, ...spread(samplesOf(armResults(results, family, chosen, 'validation'), accuracy)) };
    });
  if (tried.some(({ seeds }) => seeds === 0)) return null;
  return tried.reduce((best, each) => (each.mean > best.mean ? each : best)).chosen;
}

const equalRate = ({ arm, id, part }: (typeof ABLATED)[number]): Claim =>
  orderClaim({
    ...{ id: `${id}-helps`, text: `${part}, at the same learning rate.`, paper: null },
    ...{ first: variant('allo'), second: variant(arm) },
  });

const ownRate = ({ arm, id, part }: (typeof ABLATED)[number]): Claim => ({
  ...{
    id: `${id}-helps-tuned`,
    text: `${part}, with the learning rate chosen for each on the validation split.`,
    paper: null,
  },
  judge(results, family) {
    const [whole, less] = [tuned(results, family, 'allo'), tuned(results, family, arm)];
    if (!whole || !less) {
      const missing = [whole ? null : 'allo', less ? null : arm].filter((each): each is Arm => each !== null);
      const names = missing.map((each) => variantLabel(variant(each), family)).join(' and ');
      return notMeasured(`${names} at every rate on the validation split`);
    }
    return judgeOrder(sideOf(results, family, whole), sideOf(results, family, less));
  },
});

const AUROC: Quantity = { name: 'AUROC of the rewards', unit: '', differenceUnit: '', digits: 3, better: 'higher' };

const rewardsFindErrors: Claim = {
  id: 'rewards-find-errors',
  text: 'Token rewards tell wrong tokens from right ones better than chance.',
  paper: null,
  judge(results, family) {
    const allo = sideOf(results, family, variant('allo'), ({ rewardAuroc }) =>
      rewardAuroc === null ? null : [rewardAuroc],
    );
    const chance = { label: 'chance', samples: allo.samples.map(({ seed }) => ({ seed, values: [0.5] })) };
    return judgeOrder(allo, chance, AUROC);
  },
};

export const ABLATION_CLAIMS: readonly Claim[] = [
  ...ABLATED.flatMap((ablated) => [equalRate(ablated), ownRate(ablated)]),
  rewardsFindErrors,
];
