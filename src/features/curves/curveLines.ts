// From runs to the lines of a picture: one a run and part, a segment a stage. Pure but for the columns' memory.
import type { Band, ChartLine, Segment } from '../../components/charts/plot';
import { RUN_DASHES, runColour } from '../../components/charts/runStyles';
import type { RunState } from '../../state/runState';
import { columnOf } from './columns';
import type { Measurement, Part, Quantity } from './quantities';

/** A single run takes the stages' colours, several take their own; sides of a pair keep theirs. */
export function curveLines(quantity: Quantity, runs: readonly RunState[], bands: readonly Band[]): ChartLine[] {
  return runs.flatMap((run) =>
    quantity.parts.map((part): ChartLine => {
      const { slot } = run;
      const ofRun = runs.length > 1 ? runColour(slot) : null;
      const colourOf = (band: Band): string => part.colour ?? ofRun ?? band.colour;
      return {
        key: `${run.id} ${part.label}`,
        label: part.label,
        run: slot,
        runName: run.name,
        dash: runs.length > 1 ? RUN_DASHES[slot % RUN_DASHES.length]! : [],
        marker: part.marker,
        isSparse: part.measured !== undefined,
        segments: part.measured
          ? measuredSegments(part.measured(run), bands, colourOf)
          : stepSegments(run, part, bands, colourOf),
      };
    }),
  );
}

function stepSegments(run: RunState, part: Part, bands: readonly Band[], colourOf: (band: Band) => string): Segment[] {
  return Object.values(run.series).flatMap((series): Segment[] => {
    const band = bands.find(({ key }) => key === series.stage);
    const column = band && columnOf(series, part, run.config);
    // A run ends with such a step.
    const endsInFalseZero = series.rows[series.length - 1]?.fault !== undefined;
    return column && column.count > 0
      ? [{ band: band.key, colour: colourOf(band), offset: band.start, ...column, endsInFalseZero }]
      : [];
  });
}

function measuredSegments(
  measurements: readonly Measurement[],
  bands: readonly Band[],
  colourOf: (band: Band) => string,
): Segment[] {
  return bands.flatMap((band): Segment[] => {
    const own = measurements.filter(({ stage }) => stage === band.key).sort((a, b) => a.step - b.step);
    if (own.length === 0) return [];
    return [
      {
        ...{ band: band.key, colour: colourOf(band), offset: band.start, count: own.length },
        steps: Float64Array.from(own, ({ step }) => step),
        values: Float64Array.from(own, ({ value }) => value),
      },
    ];
  });
}
