// Claims about which neurons matter and how many: the empirical study and the ratio sweep.
import { RATIOS } from '../armLists';
import type { Claim, Judgement } from '../experiment';
import { paperLastAgainstFull, paperTopAgainstFull, paperTopAgainstLast, paperTopLosses } from '../paper';
import type { StudyResult } from '../result';
import { accuracy, lateLoss } from '../samples';
import { pairedDifference, spread } from '../statistics';
import { HIGH_RATE, topShare, variant } from '../variants';
import { alikeClaim, orderClaim, sideOf } from './comparisons';
import { ACCURACY, differenceInWords, judgeAll, judgeOrder, notMeasured, type Quantity, type Side } from './judging';

const LOSS: Quantity = {
  ...{
    name: 'training loss over the last quarter of the steps',
    unit: '',
    differenceUnit: '',
    digits: 3,
    better: 'lower',
  },
};
const full = variant('dpo-full');
const top = variant('dpo-top10');
const random = variant('dpo-random10');
const last = variant('dpo-last10');

export const STUDY_CLAIMS: readonly Claim[] = [
  orderClaim({
    ...{ id: 'top10-accuracy', paper: paperTopAgainstFull },
    text: 'DPO on the top 10 % is more accurate than on all weights, at the same learning rate.',
    ...{ first: top, second: full },
  }),
  orderClaim({
    ...{ id: 'top10-loss', paper: paperTopLosses },
    text: 'DPO on the top 10 % trains faster: its loss comes out lower than that of all weights.',
    ...{ first: top, second: full, reading: lateLoss, quantity: LOSS },
  }),
  {
    id: 'which-neurons',
    text: 'Which neurons are trained matters: the top 10 % do better than a random 10 %, and these better than the last 10 %.',
    paper: `Top against last: ${paperTopAgainstLast}; random: no numbers at hand`,
    judge(results, family) {
      const [a, b, c] = [top, random, last].map((each) => sideOf(results, family, each)) as [Side, Side, Side];
      return judgeAll([judgeOrder(a, b), judgeOrder(b, c)]);
    },
  },
  alikeClaim({
    ...{ id: 'last-like-full', paper: paperLastAgainstFull },
    text: 'DPO on the last 10 % is about as accurate as on all weights.',
    ...{ first: last, second: full },
  }),
  orderClaim({
    ...{ id: 'beyond-warm-up', paper: null },
    text: 'DPO on the top 10 % is more accurate than a warm-up alone.',
    ...{ first: top, second: variant('warm-up-only') },
  }),
];

/** A ratio that is better by less than this is no news, in points. */
export const RATIO_MARGIN = 2;

/** Every ratio at one learning rate, in the order of RATIOS. */
function ratioSides(results: readonly StudyResult[], family: string, rateFactor: number): Side[] {
  return RATIOS.map((percent) => sideOf(results, family, topShare(percent, rateFactor), accuracy));
}

/** The smallest ratio whose mean accuracy is within RATIO_MARGIN of the best ratio's, in percent; null unless all are measured. */
export function saturation(results: readonly StudyResult[], family: string, rateFactor: number): number | null {
  const means = ratioSides(results, family, rateFactor).map(({ samples }) => spread(samples).mean);
  if (means.some(Number.isNaN)) return null;
  const best = Math.max(...means);
  return RATIOS[means.findIndex((value) => value >= best - RATIO_MARGIN)]!;
}

/** About the best: no other ratio is better by more than the margin. */
function judgeTen(results: readonly StudyResult[], family: string, rateFactor: number): Judgement {
  const sides = ratioSides(results, family, rateFactor);
  const missing = sides.filter(({ samples }) => samples.length === 0);
  if (missing.length > 0) return notMeasured(missing.map(({ label }) => label).join(', '));
  const ten = sides[RATIOS.indexOf(10)]!;
  const others = sides
    .filter((side) => side !== ten)
    .map(({ label, samples }) => ({ label, difference: pairedDifference(samples, ten.samples) }));
  const apart = others.find(({ difference }) => !difference);
  if (apart) return notMeasured(`no seed has both ${apart.label} and ${ten.label}`);
  const lowest = ({ difference }: (typeof others)[number]) => difference!.interval?.low ?? Number.NEGATIVE_INFINITY;
  const highest = ({ difference }: (typeof others)[number]) => difference!.interval?.high ?? Number.POSITIVE_INFINITY;
  const best = others.reduce((a, b) => (b.difference!.mean > a.difference!.mean ? b : a));
  const open = others.reduce((a, b) => (highest(b) > highest(a) ? b : a));
  const said = (one: (typeof others)[number]) =>
    `${one.label}: ${differenceInWords(one.difference!, ACCURACY)} to 10 %.`;
  const means = sides.map(({ samples }, i) => `${RATIOS[i]} %: ${spread(samples).mean.toFixed(1)}`).join(', ');
  const sentence = [
    `Accuracy by ratio: ${means}. Best other is ${said(best)}`,
    ...(open !== best && highest(open) > RATIO_MARGIN ? [`Least certain is ${said(open)}`] : []),
    `The smallest ratio within ${RATIO_MARGIN} points of the best is ${saturation(results, family, rateFactor)} %.`,
  ].join(' ');
  if (others.some((one) => lowest(one) > RATIO_MARGIN)) return { verdict: 'not reproduced', sentence };
  return { verdict: highest(open) <= RATIO_MARGIN ? 'reproduced' : 'too close to call', sentence };
}

const tenIsBest = (id: string, text: string, rateFactor: number): Claim => ({
  ...{ id, text, paper: null },
  judge: (results, family) => judgeTen(results, family, rateFactor),
});

export const RATIO_CLAIMS: readonly Claim[] = [
  tenIsBest(
    'ten-best',
    `10 % is about the best ratio (within ${RATIO_MARGIN} points) at the learning rate that suits all weights.`,
    1,
  ),
  tenIsBest(
    'ten-best-high',
    `10 % is about the best ratio (within ${RATIO_MARGIN} points) at a learning rate of 1e-4.`,
    HIGH_RATE,
  ),
  orderClaim({
    ...{ id: 'top10-own-rate', paper: paperTopAgainstFull },
    text: 'With 3.3 times the learning rate DPO on the top 10 % is more accurate than on all weights at theirs.',
    ...{ first: topShare(10, HIGH_RATE), second: full },
  }),
  orderClaim({
    ...{ id: 'top10-own-rate-loss', paper: paperTopLosses },
    text: 'With 3.3 times the learning rate DPO on the top 10 % comes to a lower loss than all weights at theirs.',
    ...{ first: topShare(10, HIGH_RATE), second: full, reading: lateLoss, quantity: LOSS },
  }),
];
