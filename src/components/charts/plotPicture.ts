// A curve picture as a file: the marks of the page, in the current theme's colours, with axes, title, run names and legend. Pure.
import { formatCount } from '../format';
import type { Picture, Swatch } from '../pictureLayout';
import type { ChartInks } from './chartInks';
import { CHART_SIZE, chartPicture } from './chartPicture';
import { type LineMarker, MARKER_SIGNS } from './markers';
import { type PlotInput, plotOf } from './plot';
import { faultSentences, placeText } from './plotReading';

export interface PictureSource {
  name: string;
  unit: string;
  /** Lines that have colours of their own, such as the sides of a pair. */
  parts: readonly { label: string; colour: string | null; marker?: LineMarker | undefined }[];
  format(value: number): string;
  input: Omit<PlotInput, 'width' | 'height'>;
  /** Updates that the smoothing looks back over; 1: none. */
  smoothing: number;
  inks: ChartInks;
  colourOf(css: string): string;
}

export function plotPicture(source: PictureSource): Picture {
  const { name, unit, parts, format, input, smoothing, inks, colourOf } = source;
  const plot = plotOf({ ...input, ...CHART_SIZE });
  const { bands, lines, window, changes } = input;
  const names = [...new Set(lines.map(({ runName }) => runName))];
  return chartPicture({
    title: `${name}, ${unit}`,
    notes: [
      names.join(', '),
      `Updates ${formatCount(window[0])} to ${formatCount(window[1])}${input.xKind === 'log' ? ', logarithmic' : ''}.`,
      ...(smoothing > 1 ? [`Smoothed over ${formatCount(smoothing)} updates; the raw values faint behind.`] : []),
      ...(plot.range ? [`In sight ${format(plot.range[0])} to ${format(plot.range[1])}.`] : []),
      ...faultSentences(plot.faults, bands),
      ...changes.map(({ x, text }) => `Changed on the way: ${text} from ${placeText(bands, x)}.`),
    ],
    x: { title: 'updates', ticks: plot.xTicks },
    y: { title: `${unit}${input.yKind === 'log' ? ', logarithmic' : ''}`, ticks: plot.yTicks },
    marks: [...plot.ground, ...plot.lineMarks.flat(), ...plot.signs].map((mark) => ({
      ...mark,
      colour: colourOf(mark.colour),
    })),
    swatches: legendOf(input, parts).map((swatch) => ({ ...swatch, colour: colourOf(swatch.colour) })),
    inks,
  });
}

/** Runs by colour and dash where there are several, sides of a pair, and the stages of the bands. */
function legendOf({ lines, bands }: Pick<PlotInput, 'lines' | 'bands'>, parts: PictureSource['parts']): Swatch[] {
  const runs = [...new Map(lines.map((line) => [line.run, line])).values()];
  const ofRuns = runs.length < 2 ? [] : runs.map((line) => runSwatch(line, parts.length > 1));
  const ofParts = parts.flatMap(({ label, colour, marker }) =>
    colour ? [{ colour, text: marker ? `${MARKER_SIGNS[marker]} ${label}` : label }] : [],
  );
  return [...ofRuns, ...ofParts, ...bands.map(({ colour, label }) => ({ colour, text: label }))];
}

const runSwatch = ({ segments, runName, dash }: PlotInput['lines'][number], bySide: boolean): Swatch => ({
  colour: bySide ? 'var(--ink)' : (segments[0]?.colour ?? 'var(--ink)'),
  text: runName,
  dash,
});
