// What the stages are called and coloured everywhere, and a moment of one in words.
import { isSingleStage, type RunConfig } from '../core/config';
import type { StageName, TimedStage } from '../core/events';
import { METHOD_DESCRIPTIONS } from '../core/methods';
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

/** A stage as the run calls it: the only aligning stage of a method with one bears the method's name. */
export const stageLabel = (stage: StageName, run: Pick<RunConfig, 'method'>): string =>
  stage === 'improving' && isSingleStage(run) ? METHOD_DESCRIPTIONS[run.method].label : STAGE_LABEL[stage];

/** "Improving, step 12 of 25". */
export const momentLabel = (
  { stage, step, total }: { stage: TimedStage; step: number; total: number },
  run: Pick<RunConfig, 'method'>,
): string => `${stageLabel(stage, run)}, step ${formatCount(step)} of ${formatCount(total)}`;
