// What the Neurons view says while there is nothing to see, and which stage left which weights alone. Pure.
import { countOf, formatCount, formatPercent } from '../../components/format';
import { KEPT_WEIGHTS } from '../../core/memory';
import type { RunState } from '../../state/runState';

export function emptyText(run: RunState | null): string {
  if (!run?.started) {
    return 'Start a run. After the warm-up every weight is ranked by how far it moved, and this page shows which ones forgetting and improving may change, tensor by tensor.';
  }
  if (run.config.arm === 'dpo-full')
    return 'Full DPO has no mask: every weight may change. Choose another method to see one.';
  const { totalParameters, tensors } = run.started;
  return (
    `The masks appear when the warm-up is over: of ${formatCount(totalParameters)} weights in ${countOf(tensors.length, 'tensor')}, ` +
    `${formatPercent(run.config.forgettingPercent)} are then chosen for forgetting and ${formatPercent(run.config.improvingPercent)} for improving.`
  );
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
