// How early a mask is settled: along the warm-up, what share of the final mask is already there at each step.
import type { TensorSpec } from '../model/config';
import { compareMasks, type LabelledMask } from './agreement';
import { type MaskOptions, selectMask } from './selectMask';
import { maskSource } from './source';
import type { Mask, Tensors } from './tensorKinds';

export interface ChurnPoint {
  step: number;
  selected: number;
  /** Share of the final mask that this step's mask holds; null when the final mask is empty. */
  shareOfFinal: number | null;
  /** That share for a random mask of this step's densities. */
  chanceShare: number | null;
  /** Intersection over union with the final mask, and with the step before (null at the first). */
  iouWithFinal: number | null;
  iouWithPrevious: number | null;
}

/** One mask a step, the last of them the final one. `maskAt` is called in order, once for the final mask and once a step. */
export function churnOf(
  specs: readonly TensorSpec[],
  steps: readonly number[],
  maskAt: (step: number) => Mask,
): ChurnPoint[] {
  const last = steps.at(-1);
  if (last === undefined) return [];
  const labelled = (step: number, mask: Mask): LabelledMask => ({ label: `step ${step}`, specs, mask });
  const final = labelled(last, maskAt(last));
  let previous: LabelledMask | null = null;
  return steps.map((step) => {
    const current: LabelledMask = step === last ? final : labelled(step, maskAt(step));
    const { both, onlyA, onlyB, iou, chanceBoth } = compareMasks(current, final).overall;
    const inFinal = both + onlyB;
    const point: ChurnPoint = {
      step,
      selected: both + onlyA,
      shareOfFinal: inFinal > 0 ? both / inFinal : null,
      chanceShare: inFinal > 0 ? chanceBoth / inFinal : null,
      iouWithFinal: iou,
      iouWithPrevious: previous ? compareMasks(previous, current).overall.iou : null,
    };
    previous = current;
    return point;
  });
}

/**
 * The same rule on the changes recorded at several steps of the warm-up (in order). Only two masks are in memory at a time.
 * Throws what maskSource and selectMask throw.
 */
export function churnOfUpdates(
  specs: readonly TensorSpec[],
  updates: readonly { step: number; update: Tensors }[],
  options: MaskOptions,
): ChurnPoint[] {
  const byStep = new Map(updates.map(({ step, update }) => [step, update]));
  return churnOf(specs, [...byStep.keys()], (step) => selectMask(maskSource(specs, byStep.get(step)!), options).mask);
}
