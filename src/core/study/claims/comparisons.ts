// The usual shapes of a claim: one arm has more of something than another, or as much.
import type { Claim } from '../experiment';
import type { ReportedSplit } from '../job';
import type { StudyResult } from '../result';
import { accuracy, armResults, type Reading, samplesOf } from '../samples';
import { armLabel, configOf, type Variant } from '../variants';
import { ACCURACY, ALIKE_POINTS, judgeAlike, judgeOrder, type Quantity, type Side } from './judging';

export interface Comparison {
  id: string;
  text: string;
  paper: string | null;
  first: Variant;
  second: Variant;
  reading?: Reading;
  quantity?: Quantity;
}

/** An arm's name and its numbers, seed by seed. */
export function sideOf(
  results: readonly StudyResult[],
  family: string,
  variant: Variant,
  reading: Reading = accuracy,
  split: ReportedSplit = 'held-out',
): Side {
  const arms = armResults(results, family, variant, split);
  const broken = arms.flatMap(({ seed, failure }) => (failure === null ? [] : [seed]));
  return { label: variantLabel(variant, family), samples: samplesOf(arms, reading), broken };
}

export function variantLabel({ arm, changes }: Variant, family: string): string {
  return armLabel({ ...configOf({ preset: 'default', family, arm, settings: {} }), ...changes });
}

/** `first` has more of the quantity than `second`, or less where less is better. */
export const orderClaim = ({ first, second, reading, quantity = ACCURACY, ...words }: Comparison): Claim => ({
  ...words,
  judge: (results, family) =>
    judgeOrder(sideOf(results, family, first, reading), sideOf(results, family, second, reading), quantity),
});

/** Both are within `margin` of each other. */
export const alikeClaim = ({
  first,
  second,
  reading,
  quantity = ACCURACY,
  margin = ALIKE_POINTS,
  ...words
}: Comparison & { margin?: number }): Claim => ({
  ...words,
  judge: (results, family) =>
    judgeAlike(sideOf(results, family, first, reading), sideOf(results, family, second, reading), margin, quantity),
});
