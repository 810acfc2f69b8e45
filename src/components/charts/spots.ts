// A picture of single places (points, bars, rows) as data: marks to draw, axes around them, and the spots that can be hovered, focused and
// picked. Scales that show zero. No React; what is measured does not matter here.
import type { Mark, Point, Swatch } from '../pictureLayout';
import { tickTexts } from './axes';
import type { ShapeMark } from './chartPicture';
import { highest, lowest, roundTicks } from './points';
import type { Size } from './useSize';

export interface SpotAxis {
  title: string;
  /** Positions in [0, 1], from the left or from below. */
  ticks: readonly { position: number; text: string }[];
  /** Thin lines through the ticks. */
  hasGrid: boolean;
}

export interface Spot {
  /** Of this picture alone. */
  key: string;
  /** Pixels from the plot's top left corner. */
  x: number;
  y: number;
  name: string;
  /** All its numbers, a line each. */
  lines: readonly string[];
  /** What is selected by a click; null for what cannot be. */
  pick: string | null;
  /** Selected without a ring: one of many places of a line. */
  isQuiet?: boolean;
}

export interface Drawing {
  x: SpotAxis;
  /** null where rows have names of their own. */
  y: SpotAxis | null;
  marks: readonly ShapeMark[];
  spots: readonly Spot[];
}

/** What a figure shows, for the page and for files of any size. */
export interface SpotSource {
  draw(size: Size): Drawing;
  /** Pixels of the plot without its axes, for a width. */
  height(width: number): number;
  swatches: readonly Swatch[];
}

export interface Scale {
  kind: 'linear' | 'log' | 'sqrt';
  low: number;
  /** Above `low`. */
  high: number;
}

/** 0 … 1 between the ends; a square root starts at 0, and what is below 0 stands there. */
export function placeOn({ kind, low, high }: Scale, value: number): number {
  if (kind === 'linear') return (value - low) / (high - low);
  if (kind === 'sqrt') return Math.sqrt(Math.max(0, value) / high);
  return Math.log(value / low) / Math.log(high / low);
}

const EVERYTHING = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/** A linear scale around values, with round ends and its ticks; `bounds`: beyond these there are no values. */
export function linearScale(
  values: readonly number[],
  wanted: number,
  bounds: readonly [low: number, high: number] = EVERYTHING,
): { scale: Scale; ticks: SpotAxis['ticks'] } {
  const finite = values.filter(Number.isFinite);
  const low = finite.length > 0 ? lowest(finite, finite[0]!) : 0;
  const high = finite.length > 0 ? highest(finite, finite[0]!) : 1;
  const room = (high - low || Math.abs(high) || 1) * 0.04;
  const all = roundTicks(Math.max(low - room, bounds[0]), Math.min(high + room, bounds[1]), wanted);
  const scale: Scale = { kind: 'linear', low: all[0]!, high: all.at(-1)! };
  return { scale, ticks: ticksAt(scale, all) };
}

const SQRT_TICKS = [
  0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 50,
];
/** Between neighbours, in shares of the axis: “0.001” has room on a phone. */
const LEAST_GAP = 0.12;

/** A square-root scale from 0: near 0 it spreads what a linear one crowds, and 0 itself has a place. */
export function sqrtScale(values: readonly number[]): { scale: Scale; ticks: SpotAxis['ticks'] } {
  const scale: Scale = { kind: 'sqrt', low: 0, high: highest(values.filter(Number.isFinite), 0.02) * 1.06 };
  const kept: number[] = [0];
  for (const tick of SQRT_TICKS) {
    if (tick <= scale.high && placeOn(scale, tick) - placeOn(scale, kept.at(-1)!) >= LEAST_GAP) kept.push(tick);
  }
  return { scale, ticks: kept.map((tick) => ({ position: placeOn(scale, tick), text: String(tick) })) };
}

/** Ticks of a scale at these values. */
export function ticksAt(scale: Scale, values: readonly number[], text?: (value: number) => string): SpotAxis['ticks'] {
  const texts = text ? values.map(text) : tickTexts(values, scale.kind === 'log' ? 'log' : 'linear');
  return values.map((value, i) => ({ position: placeOn(scale, value), text: texts[i]! }));
}

/** Pixels of values in a plot; y grows upwards. */
export const plotter =
  (x: Scale, y: Scale, { width, height }: Size) =>
  (atX: number, atY: number): Point => [placeOn(x, atX) * width, (1 - placeOn(y, atY)) * height];

/** The spot nearest to a place, within `reach` pixels. */
export function nearestSpot(spots: readonly Spot[], x: number, y: number, reach: number): Spot | null {
  let best: Spot | null = null;
  let least = reach * reach;
  for (const spot of spots) {
    const away = (spot.x - x) ** 2 + (spot.y - y) ** 2;
    if (away <= least) [best, least] = [spot, away];
  }
  return best;
}

/** Where a key leads: left and right in the order of x, up and down in that of y, Home and End to the ends. null: not a key of ours. */
export function spotAfter(spots: readonly Spot[], from: string | null, key: string): Spot | null {
  const isAcross = key === 'ArrowLeft' || key === 'ArrowRight';
  if (!isAcross && !['ArrowUp', 'ArrowDown', 'Home', 'End'].includes(key)) return null;
  const byX = [...spots].sort((a, b) => a.x - b.x || b.y - a.y);
  const order = key === 'ArrowUp' || key === 'ArrowDown' ? [...spots].sort((a, b) => b.y - a.y || a.x - b.x) : byX;
  const at = order.findIndex((spot) => spot.key === from);
  if (key === 'End') return order.at(-1) ?? null;
  if (key === 'Home' || at < 0) return order[0] ?? null;
  const next = at + (key === 'ArrowRight' || key === 'ArrowUp' ? 1 : -1);
  return order[Math.max(0, Math.min(order.length - 1, next))] ?? null;
}

/** Marks of a drawing that files need besides its own: the grid. */
export function gridMarks({ x, y }: Drawing, { width, height }: Size, colour: string): Mark[] {
  const line = (points: readonly Point[]): Mark => ({ type: 'line', points, colour, width: 1 });
  const across = y?.hasGrid ? y.ticks.map(({ position }) => (1 - position) * height) : [];
  const down = x.hasGrid ? x.ticks.map(({ position }) => position * width) : [];
  return [
    ...across.map((at) =>
      line([
        [0, at],
        [width, at],
      ]),
    ),
    ...down.map((at) =>
      line([
        [at, 0],
        [at, height],
      ]),
    ),
  ];
}
