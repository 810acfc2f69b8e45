// Which held updates the churn of a mask can be drawn from. Pure.
import type { HeldRun } from '../../worker/atlasProtocol';

/** Updates of the warm-up that were kept; its entry, at which nothing had moved, tells of no mask. */
export const churnSteps = ({ updateSteps }: Pick<HeldRun, 'updateSteps'>): number =>
  updateSteps.filter(({ stage, step }) => stage === 'warm-up' && step > 0).length;

/** A mask by gradient or by lot does not settle with the updates. */
export const isChurnable = (held: Pick<HeldRun, 'updateSteps'>, rule: string): boolean =>
  churnSteps(held) > 0 && rule !== 'gradient' && rule !== 'random';
