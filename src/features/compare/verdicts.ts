// What the paper (or RECIPE) claims of an arm, for the table: claims of the methods table and of the empirical study, by the row they
// belong to. The verdict itself is the claim's.
import type { Arm } from '../../core/config';
import type { Claim, Judgement } from '../../core/study/experiment';
import { findExperiment } from '../../core/study/experiments';

export interface RowClaim {
  claim: Claim;
  /** Short enough for a cell. */
  short: string;
}

const OWN: Readonly<Partial<Record<Arm, readonly (readonly [id: string, short: string])[]>>> = {
  allo: [['less-damage', 'less damage than DPO']],
  'dpo-full': [['tax', 'costs other families']],
  'dpo-top10': [
    ['top10-accuracy', 'above all weights'],
    ['top10-loss', 'lower loss than all weights'],
    ['beyond-warm-up', 'above its warm-up'],
  ],
  'dpo-random10': [['which-neurons', 'between top and last']],
  'dpo-last10': [['last-like-full', 'like all weights']],
  ondare: [['merging-damage', 'less damage than DPO']],
};

/** Claims about the plain arm, the paper's comparison with ALLO first. */
export function claimsOf(arm: Arm): RowClaim[] {
  const claims = [...findExperiment('methods').claims, ...findExperiment('study').claims];
  const named = [[`allo-over-${arm}`, 'ALLO above it'] as const, ...(OWN[arm] ?? [])];
  return named.flatMap(([id, short]) => {
    const claim = claims.find((each) => each.id === id);
    return claim ? [{ claim, short }] : [];
  });
}

export interface RowVerdict extends RowClaim {
  judgement: Judgement;
}

/** Beside the words, so that colour is not needed. */
export const VERDICT_SIGN: Readonly<Record<Judgement['verdict'], string>> = {
  reproduced: '✓',
  'not reproduced': '✕',
  'too close to call': '≈',
  'not measured': '–',
};
