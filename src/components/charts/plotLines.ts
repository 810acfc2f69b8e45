// The marks of one line of a chart: raw values faint behind the smoothed curve (their envelope where they are too many), gaps where a
// value has no place, few enough points to stay quick. No React.
import type { Point } from '../pictureLayout';
import { type AxisScale, positionOf } from './axes';
import type { ShapeMark } from './chartPicture';
import { type LineMarker, marker } from './markers';
import type { DrawnLine, DrawnSegment } from './plot';
import { envelopeOf, keepMinMax, MAX_POINTS } from './points';

interface Frame {
  x: AxisScale;
  y: AxisScale;
  width: number;
  height: number;
  /** Lines of the chart, which share the points it may have. */
  count: number;
}

/** Never so few that a line loses its shape. */
const LEAST_POINTS = 160;

export function lineMarks(line: DrawnLine, frame: Frame): ShapeMark[] {
  const inSight = line.drawn.reduce((sum, { from, to }) => sum + to - from, 0);
  const limit = Math.max(LEAST_POINTS, Math.floor((2 * MAX_POINTS) / (frame.count + 1)));
  return line.drawn.flatMap((segment) => {
    const share = Math.max(8, Math.ceil((limit * (segment.to - segment.from)) / inSight));
    return segmentMarks(segment, line, share, frame);
  });
}

function segmentMarks(segment: DrawnSegment, line: DrawnLine, limit: number, frame: Frame): ShapeMark[] {
  const { colour, values, smoothed, from, to } = segment;
  const marks: ShapeMark[] = [];
  if (smoothed) marks.push(...rawMarks(segment, limit, frame));
  const shown = smoothed ?? values;
  const kept = keepMinMax(shown.subarray(from, to), to - from, limit).map((i) => i + from);
  const pieces = cut(kept.map((i) => placeOf(segment, shown, i, frame)));
  for (const points of pieces) {
    if (points.length > 1) {
      marks.push({ type: 'line', points: clipped(points, frame.width), colour, width: 1.75, dash: line.dash });
    }
    const dots = line.isSparse ? points : points.length === 1 ? points : [];
    for (const [x, y] of dots) if (isIn(x, frame)) marks.push({ type: 'dot', x, y, radius: 2.5, colour });
  }
  if (line.marker) marks.push(...shapesAlong(pieces.flat(), line.marker, colour, frame));
  return marks;
}

/** Pixels between two shapes on a line. */
const SPACING = 64;

/** A shape now and then, on lines one over the other at different places; one at the end of a stretch that is too short. */
function shapesAlong(points: readonly Point[], shape: LineMarker, colour: string, frame: Frame): ShapeMark[] {
  const seen = points.filter(([x]) => isIn(x, frame));
  let next = (seen[0]?.[0] ?? 0) + SPACING * (shape === 'up' ? 0.25 : 0.75);
  const places = seen.filter(([x]) => {
    if (x < next) return false;
    next = x + SPACING;
    return true;
  });
  return (places.length > 0 ? places : seen.slice(-1)).flatMap((at) =>
    marker({ shape, colour, isHollow: false }, at, 4),
  );
}

/** The line itself while it is short, else the band between its lowest and highest values. */
function rawMarks(segment: DrawnSegment, limit: number, frame: Frame): ShapeMark[] {
  const { colour, values, from, to } = segment;
  const faint = (points: readonly Point[]): ShapeMark => ({
    ...{ type: 'line', points: clipped(points, frame.width), colour, width: 0.75, opacity: 0.45 },
  });
  if (to - from <= limit) {
    const places = Array.from({ length: to - from }, (_, i) => placeOf(segment, values, from + i, frame));
    return cut(places)
      .filter((points) => points.length > 1)
      .map(faint);
  }
  const { upper, lower } = envelopeOf(values, from, to, Math.floor(limit / 2));
  const [top, bottom] = [upper, lower].map((edge) =>
    clipped(
      edge.flatMap((i) => {
        const place = placeOf(segment, values, i, frame);
        // On a logarithmic axis what lies below it reaches its foot.
        return place ? [place] : Number.isFinite(values[i]!) ? [[xOf(segment, i, frame), frame.height] as const] : [];
      }),
      frame.width,
    ),
  ) as [Point[], Point[]];
  if (top.length < 2) return [];
  return [{ type: 'area', points: [...top, ...bottom.toReversed()], colour, opacity: 0.28 }, faint(top), faint(bottom)];
}

const xOf = ({ offset, steps }: DrawnSegment, i: number, { x, width }: Frame): number => {
  const at = offset + steps[i]!;
  // What comes before a logarithmic axis begins is left of it.
  return (x.kind === 'log' && at <= 0 ? -1 : positionOf(x, at)) * width;
};

/** null: no place on the axes. */
function placeOf(segment: DrawnSegment, values: Float64Array, i: number, frame: Frame): Point | null {
  const value = values[i]!;
  if (!Number.isFinite(value)) return null;
  const up = positionOf(frame.y, value);
  return Number.isNaN(up) ? null : [xOf(segment, i, frame), (1 - Math.min(1, Math.max(0, up))) * frame.height];
}

const isIn = (x: number, { width }: Frame): boolean => x >= -0.01 && x <= width + 0.01;

/** Stretches without gaps. */
function cut(places: readonly (Point | null)[]): Point[][] {
  const pieces: Point[][] = [];
  let open: Point[] | null = null;
  for (const place of places) {
    if (!place) open = null;
    else if (open) open.push(place);
    else {
      open = [place];
      pieces.push(open);
    }
  }
  return pieces;
}

/** The part between 0 and `width`, cut where it crosses an edge. */
export function clipped(points: readonly Point[], width: number): Point[] {
  const out: Point[] = [];
  const at = ([x0, y0]: Point, [x1, y1]: Point, x: number): Point => [x, y0 + ((y1 - y0) * (x - x0)) / (x1 - x0)];
  for (const [i, point] of points.entries()) {
    const before = points[i - 1];
    if (before) {
      if (before[0] < 0 && point[0] > 0) out.push(at(before, point, 0));
      if (before[0] < width && point[0] > width) out.push(at(before, point, width));
    }
    if (point[0] >= 0 && point[0] <= width) out.push(point);
  }
  return out;
}
