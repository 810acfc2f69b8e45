// Lines over an axis, with bands for their spread, faint raw lines, error bars and labels at their ends. Pure.
import type { Point, Swatch } from '../pictureLayout';
import type { ShapeMark } from './chartPicture';
import { bar, type Labelled, LETTER, type MarkerStyle, marker } from './markers';
import { type Drawing, linearScale, plotter, type Scale, type Spot, type SpotAxis, type SpotSource } from './spots';
import type { Size } from './useSize';

export interface LinePoint {
  x: number;
  y: number;
  /** Ends of a spread; null for none. */
  low: number | null;
  high: number | null;
  lines: readonly string[];
}

export interface Line {
  key: string;
  label: string;
  points: readonly LinePoint[];
  style: MarkerStyle;
  dash: readonly number[];
  spread: 'band' | 'bars' | 'none';
  hasMarkers: boolean;
  /** Behind: the same with nothing averaged away. */
  raw: readonly (readonly Point[])[];
  /** What is selected by a click. */
  pick: string | null;
}

export interface LinesInput {
  lines: readonly Line[];
  x: { title: string; scale: Scale; ticks: SpotAxis['ticks'] };
  yTitle: string;
  /** Values that the y axis must hold besides what is drawn. */
  include: readonly number[];
  /** Beyond these there are no values. */
  bounds?: readonly [low: number, high: number] | undefined;
  swatches: readonly Swatch[];
  height?: number;
}

export const linesSource = (input: LinesInput): SpotSource => ({
  swatches: [...input.swatches, ...legendOf(input.lines)],
  height: (width) => input.height ?? Math.max(220, Math.min(340, Math.round(width * 0.5))),
  draw: (size) => drawLines(input, size),
});

/** Where lines are so short that their names do not fit beside them, and in files. */
const legendOf = (lines: readonly Line[]): Swatch[] =>
  lines.length < 2 ? [] : lines.map(({ label, style, dash }) => ({ colour: style.colour, text: label, dash }));

/** Below so many pixels names do not stand at the lines' ends; as in spotPlot.css. */
const LABELLED = 520;

function drawLines({ lines, x, yTitle, include, bounds }: LinesInput, whole: Size): Drawing {
  const hasRoom = whole.width > LABELLED;
  const longest = hasRoom ? Math.max(0, ...lines.map(({ label }) => label.length)) : 0;
  const room = Math.min(whole.width * 0.3, longest > 0 ? longest * LETTER + 12 : 0);
  const size = { width: whole.width - room, height: whole.height };
  const values = lines.flatMap(({ points }) => points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]));
  const y = linearScale([...values, ...include], 4, bounds);
  const at = plotter(x.scale, y.scale, size);
  const marks = [
    ...lines.flatMap((line) => bandMarks(line, at)),
    ...lines.flatMap(({ raw, style }) =>
      raw.map(
        (points): ShapeMark =>
          lineMark(
            points.map(([px, py]) => at(px, py)),
            style.colour,
            [],
            1,
            0.22,
          ),
      ),
    ),
    ...lines.flatMap((line) => lineMarks(line, at)),
    ...(hasRoom ? endLabels(lines, at, whole) : []),
  ];
  const inWhole = size.width / whole.width;
  return {
    x: {
      title: x.title,
      ticks: x.ticks.map((tick) => ({ ...tick, position: tick.position * inWhole })),
      hasGrid: false,
    },
    y: { title: yTitle, ticks: y.ticks, hasGrid: true },
    marks,
    spots: lines.flatMap((line) => lineSpots(line, at)),
  };
}

type At = (x: number, y: number) => Point;

const lineMark = (
  points: readonly Point[],
  colour: string,
  dash: readonly number[],
  width: number,
  opacity: number,
): ShapeMark => ({
  ...{ type: 'line', points, colour, dash, width, opacity },
});

function bandMarks({ points, spread, style }: Line, at: At): ShapeMark[] {
  const known = points.filter(({ low, high }) => low !== null && high !== null);
  if (spread === 'bars')
    return known.flatMap(({ x, low, high }) => bar(at(x, low!), at(x, high!), style.colour, 0.75, 1.4));
  if (spread === 'none' || known.length < 2) return [];
  const upper = known.map(({ x, high }) => at(x, high!));
  const lower = known.map(({ x, low }) => at(x, low!)).reverse();
  return [{ type: 'area', points: [...upper, ...lower], colour: style.colour, opacity: 0.16 }];
}

function lineMarks({ points, style, dash, hasMarkers }: Line, at: At): ShapeMark[] {
  const places = points.map(({ x, y }) => at(x, y));
  return [
    lineMark(places, style.colour, dash, 2, 1),
    ...(hasMarkers ? places.flatMap((place) => marker(style, place, 4.5)) : []),
  ];
}

const lineSpots = ({ key, label, points, pick }: Line, at: At): Spot[] =>
  points.map(({ x, y, lines }, i) => {
    const [px, py] = at(x, y);
    return { key: `${key}·${i}`, x: px, y: py, name: label, lines, pick, isQuiet: i < points.length - 1 };
  });

/** At the ends, from top to bottom, none over another. */
function endLabels(lines: readonly Line[], at: At, size: Size): ShapeMark[] {
  const ends = lines.flatMap(({ label, points, style }): Labelled[] => {
    const last = points.at(-1);
    return last ? [{ at: at(last.x, last.y), text: label, colour: style.colour, weight: 0 }] : [];
  });
  const x = Math.max(0, ...ends.map((end) => end.at[0])) + 8;
  let least = 8;
  const sorted = ends.sort((a, b) => a.at[1] - b.at[1]);
  return sorted.map(({ at: [, y], text, colour }, i) => {
    const after = (sorted.length - 1 - i) * 14;
    const placed = Math.max(least, Math.min(y + 4, size.height - after));
    least = placed + 14;
    return { type: 'text', x, y: placed, text, size: 12, colour, anchor: 'start' };
  });
}
