// Which words of a guided experiment are explained where they stand.
import type { TermName } from '../../components/glossary/terms';

/** In every experiment, at their first occurrence. */
export const GUIDED_TERMS: readonly TermName[] = [
  ...(['dpo', 'mask', 'warmup', 'reward', 'tau', 'updates', 'forgetting', 'improving', 'rate'] as const),
  ...(['chosen', 'sft', 'chance', 'rewriting', 'style', 'kl', 'epsilon'] as const),
];

/** In the reasons, where they are not said before. */
export const REASON_TERMS: readonly TermName[] = ['mask', 'beta', 'sft', 'rewriting'];
