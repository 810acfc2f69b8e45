// A chart as a picture for a file: its marks between an axis below and one at the left. Pure.
import type { Mark, Picture, PictureScale } from '../pictureLayout';
import { tickAnchor } from './axes';
import type { ChartInks } from './chartInks';

/** What the plot of a chart is drawn with. */
export type ShapeMark = Extract<Mark, { type: 'rectangle' | 'line' | 'area' | 'dot' | 'text' }>;

export interface ChartAxis {
  title: string;
  /** Positions in [0, 1], from the left or from below. */
  ticks: PictureScale['ticks'];
}

export interface ChartParts {
  title: string;
  notes: readonly string[];
  x: ChartAxis;
  y: ChartAxis;
  /** Drawn for a plot of CHART_SIZE. */
  marks: readonly Mark[];
  swatches: Picture['swatches'];
  inks: ChartInks;
}

/** The plot inside its axes, CSS pixels. */
export const CHART_SIZE = { width: 480, height: 280 } as const;
/** Room for ticks and title of the axis below. */
const FOOT = 40;

/** The picture that `pictureAsPng` and `pictureAsSvg` write. */
export function chartPicture({ title, notes, x, y, marks, swatches, inks }: ChartParts): Picture {
  const { width, height } = CHART_SIZE;
  const across = (at: number): Mark => ({
    type: 'line',
    points: [
      [0, at],
      [width, at],
    ],
    colour: inks.line,
    width: 1,
  });
  const below = (position: number, down: number, text: string): Mark => ({
    type: 'text',
    x: position * width,
    y: height + down,
    text,
    size: 12,
    colour: inks.quietInk,
    anchor: tickAnchor(position),
  });
  return {
    title,
    notes,
    width,
    height: height + FOOT,
    plot: [
      ...y.ticks.map(({ position }) => across((1 - position) * height)),
      ...marks,
      ...x.ticks.map(({ position, text }) => below(position, 16, text)),
      below(0.5, 34, x.title),
    ],
    rows: { title: y.title, marks: y.ticks.map(({ position, text }) => ({ at: (1 - position) * height, text })) },
    columns: { title: '', marks: [] },
    scale: null,
    swatches,
    colours: { ink: inks.ink, quietInk: inks.quietInk, paper: inks.paper },
    font: inks.font,
  };
}
