// In what a saved run goes on otherwise than it was left: settings that its record has from there on, and what is to be told of it.
import type { RunConfig } from '../core/config';
import type { BackendReport } from '../core/events';
import { Controls } from '../core/stages/controls';
import { type ResumePoint, withLearningRate } from '../core/stages/resume/point';
import type { ResumeChange } from './protocol';

/** As many as the setting may have. */
const MOST_PARTS = 64;

/** The settings from here on. */
export function changedConfig(config: RunConfig, { backend, smallerParts }: ResumeChange): RunConfig {
  const accumulate = Math.min(MOST_PARTS, 2 * config.accumulate);
  return { ...config, ...(backend && { backend }), ...(smallerParts && { accumulate, recompute: true }) };
}

/** The point from which to go on. Throws Error for a learning rate that makes no sense. */
export function changedPoint(point: ResumePoint, { learningRateScale }: ResumeChange): ResumePoint {
  if (learningRateScale === undefined) return point;
  const refusal = new Controls(1).set({ learningRateScale, beta: 1 });
  if (refusal) throw new Error(refusal);
  return withLearningRate(point, learningRateScale);
}

/** The new settings in words, as sentences. */
export const tellChange = ({ accumulate }: RunConfig, { smallerParts }: ResumeChange): string[] =>
  smallerParts
    ? [
        `From here on each step runs in ${accumulate} parts, and activations are computed again: less memory, the same numbers within tolerance.`,
      ]
    : [];

/** What a run is told of its device: a new one of the same kind is not worth a word. Null: nothing. */
export function tellDevice(config: RunConfig, now: BackendReport, before: BackendReport | null): string | null {
  const wanted = now.refused.find(({ backend }) => backend === (before?.name ?? config.backend));
  const why = wanted ? ` ${wanted.reason} ${wanted.fix}` : '';
  if (before && (before.name !== now.name || before.adapter !== now.adapter))
    return `The run began on ${before.label} and goes on on ${now.label}: the same numbers within tolerance.${why}`;
  if (!before && config.backend !== 'auto' && config.backend !== now.name) return `The run is on ${now.label}.${why}`;
  return null;
}
