// The stretch of updates in sight, told by stages, on an axis of updates; and whether any run has updates in it. Pure.
import { fittedWindow, type XWindow } from '../../components/charts/chartGroup';
import type { StageName } from '../../core/events';
import { UPDATE_STAGES, type UpdatePlace, type Zoom } from '../../state/curvesChoice';
import type { RunState } from '../../state/runState';
import { type StageBand, totalOf } from './stageBands';

/** null where there is no axis. */
export function zoomOf([from, to]: XWindow, bands: readonly StageBand[]): Zoom | null {
  const first = bands.findLast(({ start }) => start <= from) ?? bands[0];
  const last = bands.find(({ start, length }) => to <= start + length) ?? bands.at(-1);
  if (!first || !last) return null;
  return { from: { stage: first.key, step: from - first.start }, to: { stage: last.key, step: to - last.start } };
}

/** null where the axis has nothing of it, or nothing else. */
export function windowOf({ from, to }: Zoom, bands: readonly StageBand[]): XWindow | null {
  const [left, right] = [from, to].map((place) => updateAt(place, bands)) as [number, number];
  return right > left ? fittedWindow([left, right], totalOf(bands)) : null;
}

/** A stage that is not on the axis begins and ends where the next one begins; a shorter one has its end for what it lacks. */
function updateAt({ stage, step }: UpdatePlace, bands: readonly StageBand[]): number {
  const band = bands.find(({ key }) => orderOf(key) >= orderOf(stage));
  if (!band) return totalOf(bands);
  return band.key === stage ? band.start + Math.min(step, band.length) : band.start;
}

const orderOf = (stage: StageName): number => (UPDATE_STAGES as readonly StageName[]).indexOf(stage);

/** Whether any of the runs has an update in the stretch. */
export const coversUpdates = ({ from, to }: Zoom, runs: readonly RunState[]): boolean =>
  runs.some(({ series }) =>
    Object.values(series).some(({ stage, rows, length }) => {
      const [order, first, last] = [orderOf(stage), orderOf(from.stage), orderOf(to.stage)];
      if (length === 0 || order < first || order > last) return false;
      const isBefore = order === first && rows[length - 1]!.step < from.step;
      const isBehind = order === last && rows[0]!.step > to.step;
      return !isBefore && !isBehind;
    }),
  );
