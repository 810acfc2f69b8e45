// Where the time line's moments and the settings changed on the way stand on the axis of updates. Pure.
import type { Band } from '../../components/charts/plot';
import { momentIndex } from '../../state/moments';
import type { RunState } from '../../state/runState';
import { updateOf } from './stageBands';

/** Where the scrubber stands; the latest moment of a running run moves too fast to be a line. */
export function momentUpdate(run: RunState, bands: readonly Band[], chosen: number | null): number | null {
  if (chosen === null && (run.phase === 'running' || run.phase === 'starting')) return null;
  const moment = run.moments[momentIndex(run.moments, chosen) ?? -1];
  return moment ? updateOf(bands, moment.stage, moment.step) : null;
}

/** The moment nearest to an update, null for the latest; undefined where the run has none. */
export function nearestMoment(run: RunState | null, bands: readonly Band[], x: number): number | null | undefined {
  if (!run || run.moments.length === 0) return undefined;
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, { stage, step }] of run.moments.entries()) {
    const distance = Math.abs((updateOf(bands, stage, step) ?? Number.POSITIVE_INFINITY) - x);
    // Of a stage's end and the next one's entry, the update that is theirs decides: the later one.
    if (distance <= least) [best, least] = [i, distance];
  }
  return best === run.moments.length - 1 ? null : best;
}

const shortly = (value: number): string => String(Number(value.toPrecision(3)));

/** Only what differs from the settings that held before. */
export function changesOf({ changes, config }: RunState, bands: readonly Band[]): { x: number; text: string }[] {
  let before = { learningRateScale: 1, beta: config.beta };
  return changes.flatMap(({ stage, step, learningRateScale, beta }) => {
    const parts = [
      ...(learningRateScale === before.learningRateScale ? [] : [`lr × ${shortly(learningRateScale)}`]),
      ...(beta === null || beta === before.beta ? [] : [`β ${shortly(beta)}`]),
    ];
    before = { learningRateScale, beta: beta ?? before.beta };
    const x = updateOf(bands, stage, step);
    return x === null || parts.length === 0 ? [] : [{ x, text: parts.join(', ') }];
  });
}
