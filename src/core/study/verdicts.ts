// What a set of results says of every claim, on every family: small enough to be shown before the results themselves are loaded.
import { FAMILIES } from '../config';
import type { ClaimVerdict } from './experiment';
import { EXPERIMENTS } from './experiments';
import type { StudyResult } from './result';

/** `results`: of one preset and engine. Claims of all experiments in their order; every one resamples, seconds in all. */
export const verdictsOf = (results: readonly StudyResult[]): ClaimVerdict[] =>
  EXPERIMENTS.flatMap(({ number, claims }) =>
    claims.map(({ id, text, judge }) => ({
      experiment: number,
      id,
      text,
      families: Object.fromEntries(
        FAMILIES.map((family) => [family, judge(results, family)]),
      ) as ClaimVerdict['families'],
    })),
  );
