// Places in a plane with error bars both ways, lines among them, and direct labels that keep out of each other's way. Pure.
import type { Point, Swatch } from '../pictureLayout';
import type { ShapeMark } from './chartPicture';
import { bar, type Labelled, type MarkerStyle, marker, placeLabels } from './markers';
import { type Drawing, plotter, type Scale, type Spot, type SpotAxis, type SpotSource } from './spots';
import type { Size } from './useSize';

export interface ScatterPoint {
  key: string;
  /** Beside it where there is room; '' for none. */
  label: string;
  /** Among labels the heaviest are placed first. */
  weight: number;
  name: string;
  x: number;
  y: number;
  /** Standard deviations; null for no bar. */
  xSd: number | null;
  ySd: number | null;
  style: MarkerStyle;
  /** Pixels. */
  radius: number;
  pick: string | null;
  lines: readonly string[];
}

export interface ScatterLine {
  points: readonly Point[];
  colour: string;
  dash: readonly number[];
  width: number;
  opacity: number;
}

export interface ScatterAxis {
  title: string;
  scale: Scale;
  ticks: SpotAxis['ticks'];
}

export interface ScatterInput {
  points: readonly ScatterPoint[];
  lines: readonly ScatterLine[];
  x: ScatterAxis;
  y: ScatterAxis;
  swatches: readonly Swatch[];
  height(width: number): number;
}

export const scatterSource = (input: ScatterInput): SpotSource => ({
  swatches: input.swatches,
  height: input.height,
  draw: (size) => drawScatter(input, size),
});

/** Pixels; on a picture narrower than that light labels would hide the marks. They are still read by pointer, keyboard and table. */
const NARROW = 420;
const LIGHTEST_IF_NARROW = 2;

function drawScatter({ points, lines, x, y }: ScatterInput, size: Size): Drawing {
  const at = plotter(x.scale, y.scale, size);
  const places = points.map((point) => at(point.x, point.y));
  const labels = points.map(
    ({ label, weight, style }, i): Labelled => ({ at: places[i]!, text: label, colour: style.colour, weight }),
  );
  const heaviest = Math.max(0, ...labels.map(({ weight }) => weight));
  const least = size.width < NARROW ? Math.min(LIGHTEST_IF_NARROW, heaviest) : 0;
  const marks: ShapeMark[] = [
    ...lines.map(
      ({ points: corners, ...look }): ShapeMark => ({
        ...{ type: 'line', points: corners.map(([px, py]) => at(px, py)) },
        ...look,
      }),
    ),
    ...points.flatMap((point) => errorBars(point, at, { x: x.scale, y: y.scale })),
    ...points.flatMap(({ style, radius }, i) => marker(style, places[i]!, radius)),
    ...placeLabels(
      labels.filter(({ text, weight }) => text && weight >= least),
      places,
      size,
    ),
  ];
  return {
    x: { title: x.title, ticks: x.ticks, hasGrid: false },
    y: { title: y.title, ticks: y.ticks, hasGrid: true },
    marks,
    spots: points.map(
      ({ key, name, lines: said, pick }, i): Spot => ({
        ...{ key, x: places[i]![0], y: places[i]![1], name, lines: said, pick },
      }),
    ),
  };
}

/** Held to what the axes show. */
function errorBars(
  { x, y, xSd, ySd, style }: ScatterPoint,
  at: (x: number, y: number) => Point,
  scales: { x: Scale; y: Scale },
) {
  const inside = ({ low, high }: Scale, value: number) => Math.max(low, Math.min(high, value));
  return [
    ...(xSd === null
      ? []
      : bar(at(inside(scales.x, x - xSd), y), at(inside(scales.x, x + xSd), y), style.colour, 0.5, 1)),
    ...(ySd === null
      ? []
      : bar(at(x, inside(scales.y, y - ySd)), at(x, inside(scales.y, y + ySd)), style.colour, 0.5, 1)),
  ];
}
