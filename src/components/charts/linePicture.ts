// A line figure as a file: its one curve on the axes that curve pictures have. Pure.
import type { Picture } from '../pictureLayout';
import type { ChartInks } from './chartInks';
import { CHART_SIZE, chartPicture } from './chartPicture';
import type { LineFigureProps } from './LineFigure';
import { plotOf } from './plot';
import { faultSentences } from './plotReading';
import { smoothingFor } from './points';

type Pictured = Pick<
  LineFigureProps,
  'name' | 'unit' | 'steps' | 'values' | 'count' | 'total' | 'colour' | 'smoothed' | 'level' | 'format'
>;

export function linePicture(figure: Pictured, inks: ChartInks, colourOf: (css: string) => string): Picture {
  const { name, unit, count, colour, smoothed = false, format, level } = figure;
  const [steps, values] = [figure.steps, figure.values].map((of) =>
    Float64Array.from({ length: count }, (_, i) => of[i]!),
  );
  const last = Math.max(1, figure.total, steps![count - 1] ?? 0);
  const bands = [{ key: 'all', label: name, colour, start: 0, length: last }];
  const segment = { band: 'all', colour, offset: 0, steps: steps!, values: values!, count };
  const line = { key: name, label: '', run: 0, runName: '', dash: [], isSparse: false, segments: [segment] };
  const plot = plotOf({
    ...{ lines: [line], bands, window: [0, last], xKind: 'linear', yKind: 'linear', changes: [] },
    ...{ memory: smoothed ? smoothingFor(count) : 0, ends: [null, null], formatTick: format ?? null, ...CHART_SIZE },
  });
  const marks = [...plot.ground, ...plot.lineMarks.flat(), ...plot.signs];
  return chartPicture({
    title: `${name}, ${unit}`,
    notes: [
      ...(smoothed ? ['Smoothed; the raw values faint behind.'] : []),
      ...(level ? [`${level.label}: ${format?.(level.value) ?? level.value}.`] : []),
      ...faultSentences(plot.faults, bands),
    ],
    x: { title: 'steps', ticks: plot.xTicks },
    y: { title: unit, ticks: plot.yTicks },
    marks: marks.map((mark) => ({ ...mark, colour: colourOf(mark.colour) })),
    swatches: [{ colour: colourOf(colour), text: name }],
    inks,
  });
}
