// Claims about superficial style: the share of sampled answers that took on a style which all chosen responses had and no rejected one
// (RECIPE §7). The paper's motivation; it has no numbers for it.
import { STYLE_VARIANTS } from '../armLists';
import type { Claim } from '../experiment';
import { styleShare } from '../samples';
import type { Variant } from '../variants';
import { alikeClaim, orderClaim } from './comparisons';
import { ALIKE_POINTS, type Quantity } from './judging';

const STYLE: Quantity = {
  ...{ name: 'sampled answers with the style', unit: ' %', differenceUnit: ' points', digits: 1, better: 'lower' },
};
const { allo, uniform, forgetting, forgettingUniform, full, top10, rft } = STYLE_VARIANTS;

const copiesLess = (id: string, text: string, first: Variant, second: Variant): Claim =>
  orderClaim({ id, text, paper: null, first, second, reading: styleShare, quantity: STYLE });

export const STYLE_CLAIMS: readonly Claim[] = [
  copiesLess(
    'style-forgetting',
    'Forgetting with token rewards copies the style less than forgetting every token alike.',
    forgetting,
    forgettingUniform,
  ),
  copiesLess('style-rewards', 'ALLO copies the style less than ALLO without token rewards.', allo, uniform),
  alikeClaim({
    ...{ id: 'style-same-accuracy', paper: null },
    text: `That costs no accuracy: ALLO with and without token rewards are within ${ALIKE_POINTS} points.`,
    ...{ first: allo, second: uniform },
  }),
  copiesLess('style-dpo', 'ALLO copies the style less than DPO on all weights.', allo, full),
  copiesLess('style-top10', 'ALLO copies the style less than DPO on the top 10 % at 1e-4.', allo, top10),
  copiesLess('style-rft', 'ALLO copies the style less than RFT.', allo, rft),
];
