// Claims about ALLO against the other methods, and about what alignment costs elsewhere: on other families, and on relatives.
import type { Arm } from '../../config';
import { METHOD_DESCRIPTIONS } from '../../methods';
import { TAX_VARIANTS } from '../armLists';
import type { Claim } from '../experiment';
import { paperComparison } from '../paper';
import type { ArmResult } from '../result';
import { accuracyOn, otherFamilies, relatives } from '../samples';
import { type Variant, variant } from '../variants';
import { orderClaim, sideOf, variantLabel } from './comparisons';
import { ACCURACY, judgeOrder, type Quantity } from './judging';

const allo = variant('allo');
const full = variant('dpo-full');

const alloBeats = (arm: Arm, name: string): Claim =>
  orderClaim({
    id: `allo-over-${arm}`,
    text: `ALLO is more accurate than ${name}.`,
    paper: paperComparison('allo', arm),
    first: allo,
    second: variant(arm),
  });

const BEATEN = ['npo', 'rft', 'sft', 'r-dpo', 'ipo', 'bco', 'simpo', 'ppo', 'ppo-a2c'] as const;

interface Elsewhere {
  families(result: ArmResult): string[];
  quantity: Quantity;
}
const OTHERS: Elsewhere = {
  families: otherFamilies,
  quantity: { ...ACCURACY, name: 'accuracy on the other families' },
};
const RELATIVES: Elsewhere = {
  families: relatives,
  quantity: { ...ACCURACY, name: 'accuracy on the family’s other skills' },
};

/** After is below before. */
const taxClaim = (id: string, text: string, of: Variant, { families, quantity }: Elsewhere): Claim => ({
  ...{ id, text, paper: null },
  judge(results, family) {
    const side = (when: 'before' | 'after') => ({
      label: `${when} ${variantLabel(of, family)}`,
      samples: sideOf(results, family, of, accuracyOn(families, when)).samples,
    });
    return judgeOrder(side('after'), side('before'), { ...quantity, better: 'lower' });
  },
});

const damage = ({ families, quantity }: Elsewhere) => ({ paper: null, reading: accuracyOn(families), quantity });

export const METHOD_CLAIMS: readonly Claim[] = [
  alloBeats('dpo-full', 'DPO'),
  ...BEATEN.map((arm) => alloBeats(arm, METHOD_DESCRIPTIONS[arm].label)),
  alloBeats('dpo-160', 'DPO that is given the updates of ALLO’s warm-up too (160)'),
  alloBeats('dpo-top10', 'DPO on the top 10 % alone'),
  taxClaim('tax', 'DPO on all weights makes the other families worse.', full, OTHERS),
  orderClaim({
    ...{ id: 'less-damage', text: 'ALLO damages the other families less than DPO does.' },
    ...{ first: allo, second: full, ...damage(OTHERS) },
  }),
  orderClaim({
    ...{ id: 'merging-damage', text: 'Online merging (OnDARE) damages the other families less than plain DPO.' },
    ...{ first: variant('ondare'), second: full, ...damage(OTHERS) },
  }),
];

export const TAX_CLAIMS: readonly Claim[] = [
  taxClaim(
    'relatives-tax',
    'DPO on half of the family’s skills makes the other half worse.',
    TAX_VARIANTS.full,
    RELATIVES,
  ),
  orderClaim({
    ...{ id: 'relatives-allo', text: 'ALLO damages the family’s other skills less than DPO on all weights.' },
    ...{ first: TAX_VARIANTS.allo, second: TAX_VARIANTS.full, ...damage(RELATIVES) },
  }),
  orderClaim({
    ...{
      id: 'relatives-top10',
      text: 'A mask saves the family’s other skills: DPO on the top 10 % against all weights.',
    },
    ...{ first: TAX_VARIANTS.top10, second: TAX_VARIANTS.full, ...damage(RELATIVES) },
  }),
];
