// What the Neurons view says while there is nothing to see, and which stage left which weights alone. Pure.
import { countOf, formatCount, formatPercent } from '../../components/format';
import { isMasked } from '../../core/config';
import { KEPT_WEIGHTS } from '../../core/memory';
import type { RunState } from '../../state/runState';

export function emptyText(run: RunState | null): string {
  if (!run?.started) {
    return 'Start a run. After the warm-up every weight is ranked by how far it moved, and this page shows which ones forgetting and improving may change, tensor by tensor.';
  }
  if (!isMasked(run.config)) return 'Full DPO has no mask: every weight may change. Choose another method to see one.';
  const { totalParameters, tensors } = run.started;
  return (
    `The masks appear when the warm-up is over: of ${formatCount(totalParameters)} weights in ${countOf(tensors.length, 'tensor')}, ` +
    `${formatPercent(run.config.forgettingPercent)} are then chosen for forgetting and ${formatPercent(run.config.improvingPercent)} for improving.`
  );
}

/** Why there is nothing that the lab can select from. */
export function labEmptyText({ started, stages, phase }: Pick<RunState, 'started' | 'stages' | 'phase'>): string {
  const kept = `at most ${formatCount(KEPT_WEIGHTS)} weights`;
  if (started && started.totalParameters > KEPT_WEIGHTS)
    return `The lab works on models of ${kept}; this one has more.`;
  if (!stages.some(({ name }) => name === 'warm-up'))
    return 'This method has no warm-up, so no weight is ranked and the lab has nothing to select from. Choose a method that ranks the weights by their change.';
  return phase === 'done' || phase === 'stopped' || phase === 'failed'
    ? 'This run ended before its warm-up was over, so the lab has no change to select from.'
    : 'The lab needs the weights before and after the warm-up: it opens when the warm-up is over.';
}

/** Why no churn is drawn for the lab's mask; `steps`: of the warm-up, as far as they were kept. */
export function churnEmptyText({ hasUpdate, steps }: { hasUpdate: boolean; steps: number }): string {
  if (!hasUpdate) return 'How early the mask was settled is told once there is a warm-up to look back on.';
  return steps === 0
    ? 'No steps of the warm-up were kept (models above one million weights keep none), so there is no churn to show.'
    : 'Choose a rule by the change to see how early the mask was settled.';
}

/** "0 of 563 444 unselected weights moved in forgetting." */
export function frozenText({ frozen }: Pick<RunState, 'frozen'>): string {
  return (['forgetting', 'improving'] as const)
    .flatMap((stage) => {
      const found = frozen[stage];
      return found
        ? [`${formatCount(found.moved)} of ${formatCount(found.unselected)} unselected weights moved in ${stage}.`]
        : [];
    })
    .join(' ');
}

/** Why some layers are missing, for models that are too large to be told whole, and what to do about it. */
export const largeText = (parameters: number): string | null =>
  parameters > KEPT_WEIGHTS
    ? `This model has more than ${formatCount(KEPT_WEIGHTS)} weights: the run hands over its masks, but no weights and no change, so the lab and the layers of values are off. For these start a run with fewer layers or a smaller width.`
    : null;
