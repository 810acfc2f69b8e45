// The time line as stages side by side, a tick a moment. Pure.
import { stageLabel } from '../../components/stageNames';
import { TIMED_STAGES, type TimedStage } from '../../core/events';
import type { Moment, RunState } from '../../state/runState';

export interface Band {
  stage: TimedStage;
  label: string;
  total: number;
  /** Its moments by place on the time line; `at`: share of the band's width, by log(1 + step). */
  ticks: readonly { index: number; at: number }[];
}

/** Where a step stands in its stage's band, from 0 to 1: early steps, which change most, have room. */
export const logPlace = (step: number, total: number): number =>
  total <= 0 ? 0 : Math.min(1, Math.log1p(step) / Math.log1p(total));

/** The stages in the order in which they happened, then those to come. */
export function bandsOf(run: RunState): Band[] {
  const bands: (Omit<Band, 'ticks'> & { ticks: Band['ticks'][number][] })[] = [];
  const band = (stage: TimedStage, total: number) => ({
    stage,
    label: stageLabel(stage, run.config),
    total,
    ticks: [],
  });
  run.moments.forEach(({ stage, step, total }: Moment, index) => {
    if (bands.at(-1)?.stage !== stage) bands.push(band(stage, total));
    bands.at(-1)!.ticks.push({ index, at: logPlace(step, total) });
  });
  for (const stage of TIMED_STAGES) {
    const planned = run.stages.find(({ name }) => name === stage);
    if (planned && !bands.some((one) => one.stage === stage)) bands.push(band(stage, planned.total));
  }
  return bands;
}

/** First moments of the stages, for PageUp and PageDown. */
export const stageStarts = (moments: readonly Moment[]): number[] =>
  moments.flatMap(({ stage }, i) => (i === 0 || moments[i - 1]!.stage !== stage ? [i] : []));
