// What the stages are called and coloured everywhere, and a moment of one in words.
import type { StageName, TimedStage } from '../core/events';
import { formatCount } from './format';

export const STAGE_LABEL: Readonly<Record<StageName, string>> = {
  sft: 'SFT',
  sampling: 'Sample',
  pairs: 'Pairs',
  'warm-up': 'Warm-up',
  mask: 'Masks',
  'token-rewards': 'Token rewards',
  forgetting: 'Forgetting',
  improving: 'Improving',
  evaluation: 'Evaluate',
};

export const STAGE_COLOUR: Readonly<Record<StageName, string>> = {
  sft: 'var(--baseline)',
  sampling: 'var(--baseline)',
  pairs: 'var(--baseline)',
  'warm-up': 'var(--warmup)',
  mask: 'var(--selected)',
  'token-rewards': 'var(--baseline)',
  forgetting: 'var(--forgetting)',
  improving: 'var(--improving)',
  evaluation: 'var(--baseline)',
};

/** "Improving, step 12 of 25". */
export const momentLabel = ({ stage, step, total }: { stage: TimedStage; step: number; total: number }): string =>
  `${STAGE_LABEL[stage]}, step ${formatCount(step)} of ${formatCount(total)}`;
