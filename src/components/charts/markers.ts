// Markers that differ by shape and filling as well as by colour, error bars, and labels that keep out of each other's way. Pure.
import type { Point } from '../pictureLayout';
import type { ShapeMark } from './chartPicture';
import type { Size } from './useSize';

export type MarkerShape = 'circle' | 'square' | 'diamond' | 'up' | 'down' | 'cross';

/** Shapes that texts have too: ▲ and ▼. */
export type LineMarker = 'up' | 'down';
export const MARKER_SIGNS: Readonly<Record<LineMarker, string>> = { up: '▲', down: '▼' };

export interface MarkerStyle {
  shape: MarkerShape;
  isHollow: boolean;
  /** CSS colour. */
  colour: string;
}

const CORNERS: Record<Exclude<MarkerShape, 'circle' | 'cross'>, readonly Point[]> = {
  square: [
    [-0.85, -0.85],
    [0.85, -0.85],
    [0.85, 0.85],
    [-0.85, 0.85],
  ],
  diamond: [
    [0, -1.2],
    [1.2, 0],
    [0, 1.2],
    [-1.2, 0],
  ],
  up: [
    [0, -1.15],
    [1.1, 0.85],
    [-1.1, 0.85],
  ],
  down: [
    [0, 1.15],
    [1.1, -0.85],
    [-1.1, -0.85],
  ],
};
const ROUND: readonly Point[] = Array.from({ length: 16 }, (_, i) => {
  const turn = (i * Math.PI) / 8;
  return [Math.cos(turn), Math.sin(turn)];
});

const around = (corners: readonly Point[], [x, y]: Point, radius: number): Point[] =>
  corners.map(([dx, dy]) => [x + dx * radius, y + dy * radius]);

/** A marker at a place; hollow ones show the paper inside. */
export function marker({ shape, isHollow, colour }: MarkerStyle, at: Point, radius: number): ShapeMark[] {
  if (shape === 'cross') {
    const arms: [Point, Point][] = [
      [
        [-1, -1],
        [1, 1],
      ],
      [
        [-1, 1],
        [1, -1],
      ],
    ];
    return arms.map((arm) => ({ type: 'line', points: around(arm, at, radius), colour, width: 2 }));
  }
  if (shape === 'circle' && !isHollow) return [{ type: 'dot', x: at[0], y: at[1], radius, colour }];
  const corners = around(shape === 'circle' ? ROUND : CORNERS[shape], at, radius);
  if (!isHollow) return [{ type: 'area', points: corners, colour, opacity: 1 }];
  return [
    { type: 'area', points: corners, colour: 'var(--paper)', opacity: 1 },
    { type: 'line', points: [...corners, corners[0]!], colour, width: 1.5 },
  ];
}

/** A line from one end to the other; nothing for an end that is not finite. */
export function bar(from: Point, to: Point, colour: string, opacity = 0.6, width = 1.2): ShapeMark[] {
  if (![...from, ...to].every(Number.isFinite)) return [];
  return [{ type: 'line', points: [from, to], colour, width, opacity }];
}

export interface Labelled {
  at: Point;
  text: string;
  colour: string;
  /** Higher ones are placed first. */
  weight: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const SIZE = 12;
/** A 12-pixel letter is about this wide; there is nothing to measure with in a file. */
export const LETTER = 6.4;

const overlaps = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const ANCHORS = [
  { dx: 9, dy: 4, anchor: 'start' },
  { dx: -9, dy: 4, anchor: 'end' },
  { dx: 0, dy: -9, anchor: 'middle' },
  { dx: 0, dy: 18, anchor: 'middle' },
  { dx: 7, dy: -7, anchor: 'start' },
  { dx: 7, dy: 15, anchor: 'start' },
  { dx: -7, dy: -7, anchor: 'end' },
  { dx: -7, dy: 15, anchor: 'end' },
  // Clear of a neighbour at the same height, for places at the left edge.
  { dx: 0, dy: 20, anchor: 'start' },
  { dx: 0, dy: -12, anchor: 'start' },
] as const;

function boxOf(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end'): Box {
  const wide = text.length * LETTER;
  const left = anchor === 'start' ? x : anchor === 'end' ? x - wide : x - wide / 2;
  return { left, right: left + wide, top: y - SIZE + 1, bottom: y + 3 };
}

/**
 * Labels beside their places, the weightiest first; one that finds no room beside any of its sides is left out. `taken`: places that
 * no label may cover.
 */
export function placeLabels(labels: readonly Labelled[], taken: readonly Point[], size: Size): ShapeMark[] {
  const boxes: Box[] = taken.map(([x, y]) => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 }));
  const marks: ShapeMark[] = [];
  for (const { at, text, colour } of [...labels].sort((a, b) => b.weight - a.weight)) {
    for (const { dx, dy, anchor } of ANCHORS) {
      const [x, y] = [at[0] + dx, at[1] + dy];
      const box = boxOf(x, y, text, anchor);
      const isInside = box.left >= 0 && box.right <= size.width && box.top >= 0 && box.bottom <= size.height;
      if (!isInside || boxes.some((other) => overlaps(box, other))) continue;
      boxes.push(box);
      marks.push({ type: 'text', x, y, text, size: SIZE, colour, anchor });
      break;
    }
  }
  return marks;
}
