// Curves of several arms over each other: losses and accuracy along the path, each the mean over the arm's seeds. Pure.
import type { Band, ChartLine, Segment } from '../../components/charts/plot';
import { RUN_DASHES, runColour } from '../../components/charts/runStyles';
import { STAGE_COLOUR } from '../../components/stageNames';
import type { StageName } from '../../core/events';
import type { ArmResult } from '../../core/study/result';
import { stageName } from './cellText';
import { type ArmRow, armsOf } from './rows';

/** As many as colours and dashes tell apart. */
export const MOST_LINES = RUN_DASHES.length;
/** The path's first place: before any stage. */
const START = 'sft';
const STAGES: readonly string[] = ['warm-up', 'forgetting', 'improving'];

/** What an arm measured, stage by stage. */
type Track = (
  result: ArmResult,
) => readonly { stage: string; steps: readonly number[]; values: readonly (number | null)[] }[];

const losses: Track = ({ curves }) => curves.map(({ stage, step, loss }) => ({ stage, steps: step, values: loss }));

/** The SFT model stands at the start of the arm's first stage. */
const accuracies: Track = ({ path }) => {
  const first = path.find(({ stage }) => stage !== START)?.stage;
  if (first === undefined) return [];
  const stages = [...new Set(path.map(({ stage }) => (stage === START ? first : stage)))];
  return stages.map((stage) => {
    const own = path.filter((place) => place.stage === stage || (stage === first && place.stage === START));
    return { stage, steps: own.map(({ step }) => step), values: own.map(({ accuracy }) => accuracy) };
  });
};

const stagesInOrder = (names: Iterable<string>): string[] => {
  const place = (name: string): number => (STAGES.includes(name) ? STAGES.indexOf(name) : STAGES.length);
  return [...new Set(names)].sort((a, b) => place(a) - place(b));
};

/** One band a stage, as long as the longest arm's. */
export function stageBands(rows: readonly ArmRow[]): Band[] {
  const results = rows.flatMap(armsOf);
  const tracks = results.flatMap((result) => [...losses(result), ...accuracies(result)]);
  let start = 0;
  return stagesInOrder(tracks.map(({ stage }) => stage)).map((stage) => {
    const length = tracks.reduce(
      (most, track) => (track.stage === stage ? Math.max(most, track.steps.at(-1) ?? 0) : most),
      0,
    );
    const colour = Object.hasOwn(STAGE_COLOUR, stage) ? STAGE_COLOUR[stage as StageName] : 'var(--baseline)';
    const band = { key: stage, label: stageName(stage), colour, start, length };
    start += length;
    return band;
  });
}

export const totalOf = (bands: readonly Band[]): number => bands.reduce((sum, { length }) => sum + length, 0);

/** Mean over the seeds that have a number at a step; NaN where none has. */
function meanTrack(
  results: readonly ArmResult[],
  track: Track,
  stage: string,
): { steps: Float64Array; values: Float64Array } {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const result of results) {
    for (const { stage: of, steps, values } of track(result)) {
      if (of !== stage) continue;
      for (const [i, step] of steps.entries()) {
        const entry = sums.get(step) ?? { sum: 0, count: 0 };
        sums.set(step, entry);
        const value = values[i];
        if (value == null) continue;
        entry.sum += value;
        entry.count++;
      }
    }
  }
  const steps = Float64Array.from(sums.keys()).sort();
  return { steps, values: Float64Array.from(steps, (step) => sums.get(step)!.sum / sums.get(step)!.count) };
}

function linesOf(rows: readonly ArmRow[], bands: readonly Band[], track: Track, isSparse: boolean): ChartLine[] {
  return rows.slice(0, MOST_LINES).map((row, slot) => ({
    ...{ key: row.id, label: '', run: slot, runName: row.label, dash: RUN_DASHES[slot]!, isSparse },
    segments: bands.flatMap((band): Segment[] => {
      const { steps, values } = meanTrack(armsOf(row), track, band.key);
      if (steps.length === 0) return [];
      return [{ band: band.key, colour: runColour(slot), offset: band.start, steps, values, count: steps.length }];
    }),
  }));
}

/** Training loss of each arm, at most MOST_LINES of them; losses of different methods are not alike. */
export const lossLines = (rows: readonly ArmRow[], bands: readonly Band[]): ChartLine[] =>
  linesOf(rows, bands, losses, false);

/** Greedy accuracy on the way, in percent. */
export const accuracyLines = (rows: readonly ArmRow[], bands: readonly Band[]): ChartLine[] =>
  linesOf(rows, bands, accuracies, true);

/** A place of a line, for the table behind the picture. */
export interface OverlayRow {
  arm: string;
  stage: string;
  step: number;
  value: number;
}

export const overlayRows = (lines: readonly ChartLine[]): OverlayRow[] =>
  lines.flatMap(({ runName, segments }) =>
    segments.flatMap(({ band, steps, values }) =>
      Array.from(steps, (step, i) => ({ arm: runName, stage: stageName(band), step, value: values[i]! })),
    ),
  );
