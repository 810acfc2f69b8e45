// Claims about the masks themselves: whether they are a task's own, and whether the change sits in few weights.

import type { Family } from '../../config';
import type { Claim } from '../experiment';
import type { AgreementResult, ChangeResult, StudyResult } from '../result';
import { measurements } from '../samples';
import { mean, type SeedSample } from '../statistics';
import { foreignVariants, type Variant, variant } from '../variants';
import { alikeClaim, sideOf } from './comparisons';
import { ALIKE_POINTS, judgeAlike, judgeAll, judgeOrder, type Quantity, type Side } from './judging';

/** The share at which masks and concentrations are judged, in percent. */
const SHARE = 10;
/** Near chance: between half of it and one and a half times. */
const CHANCE_MARGIN = 0.5;

const OVERLAP: Quantity = {
  ...{ name: 'overlap (IoU) as a multiple of chance', unit: ' ×', differenceUnit: ' ×', digits: 2, better: 'higher' },
};

type Pair = AgreementResult['pairs'][number];

/** Mean IoU over chance of the pairs that are asked for, one number a seed. */
function overlap(
  results: readonly StudyResult[],
  family: string,
  label: string,
  wanted: (pair: Pair) => boolean,
): Side {
  const samples = measurements(results, family, 'agreement', variant('allo')).flatMap(
    ({ seed, pairs }): SeedSample[] => {
      const found = pairs.filter((pair) => pair.score === 'change' && pair.percent === SHARE && wanted(pair));
      return found.length > 0 ? [{ seed, values: [mean(found.map(({ iou, chance }) => iou / chance))] }] : [];
    },
  );
  return { label, samples };
}

const acrossFamilies = (results: readonly StudyResult[], family: string): Side =>
  overlap(results, family, 'masks of other families', (pair) => pair.family !== family);
const acrossSeeds = (results: readonly StudyResult[], family: string): Side =>
  overlap(results, family, 'masks of another seed', (pair) => pair.family === family);

const own = variant('dpo-top10');
const random = variant('dpo-random10');
const foreign = (family: string): Variant[] => foreignVariants(family as Family).map((each) => each.variant);

export const TRANSFER_CLAIMS: readonly Claim[] = [
  {
    id: 'masks-differ-by-task',
    text: `Masks of different task families share no more weights than chance would (within ${CHANCE_MARGIN} of it).`,
    paper: null,
    judge(results, family) {
      const across = acrossFamilies(results, family);
      const chance = { label: 'chance', samples: across.samples.map(({ seed }) => ({ seed, values: [1] })) };
      return judgeAlike(across, chance, CHANCE_MARGIN, OVERLAP);
    },
  },
  {
    id: 'masks-agree-within-task',
    text: 'Masks of one family from two seeds share more weights than masks of different families.',
    paper: null,
    judge: (results, family) => judgeOrder(acrossSeeds(results, family), acrossFamilies(results, family), OVERLAP),
  },
  {
    id: 'own-beats-foreign',
    text: 'A family’s own mask does better than a mask from either other family.',
    paper: null,
    judge: (results, family) =>
      judgeAll(foreign(family).map((each) => judgeOrder(sideOf(results, family, own), sideOf(results, family, each)))),
  },
  {
    id: 'foreign-like-random',
    text: `A mask from another family works like a random one (within ${ALIKE_POINTS} points).`,
    paper: null,
    judge: (results, family) =>
      judgeAll(
        foreign(family).map((each) =>
          judgeAlike(sideOf(results, family, each), sideOf(results, family, random), ALIKE_POINTS),
        ),
      ),
  },
  alikeClaim({
    ...{ id: 'gradient-mask', paper: null },
    text: `A mask ranked by the raw gradient does as well as one ranked by the warm-up’s change (within ${ALIKE_POINTS} points).`,
    ...{ first: variant('dpo-top10', { maskScore: 'gradient' }), second: own },
  }),
];

const CONCENTRATION: Quantity = {
  ...{
    name: `share of the squared sum in the top ${SHARE} %`,
    unit: '',
    differenceUnit: '',
    digits: 3,
    better: 'higher',
  },
};
type Entry = ChangeResult['concentration'][number];

function concentrationOf(
  results: readonly StudyResult[],
  family: string,
  label: string,
  of: (entry: Entry) => number,
): Side {
  const samples = measurements(results, family, 'change', variant('allo')).flatMap(
    ({ seed, concentration }): SeedSample[] => {
      const entry = concentration.find(({ percent }) => percent === SHARE);
      return entry ? [{ seed, values: [of(entry)] }] : [];
    },
  );
  return { label, samples };
}

export const CHANGE_CLAIMS: readonly Claim[] = [
  {
    id: 'change-concentrated',
    text: 'The warm-up’s change sits in few weights: more than normally distributed changes would.',
    paper: null,
    judge: (results, family) =>
      judgeOrder(
        concentrationOf(results, family, 'the change under Adam', ({ change }) => change),
        concentrationOf(results, family, 'a Gaussian', ({ gaussian }) => gaussian),
        CONCENTRATION,
      ),
  },
  {
    id: 'gradient-concentrated',
    text: 'The raw gradient sits in fewer weights than the change: Adam spreads it.',
    paper: null,
    judge: (results, family) =>
      judgeOrder(
        concentrationOf(results, family, 'the summed gradient', ({ gradient }) => gradient),
        concentrationOf(results, family, 'the change under Adam', ({ change }) => change),
        CONCENTRATION,
      ),
  },
];
