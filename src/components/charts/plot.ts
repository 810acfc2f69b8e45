// What a curve chart shows, laid out for a size: axes, stage bands, lines with their raw values behind them, and what has no place on the
// axes. One layout for the page and for files. No React.
import { type AxisScale, logTicks, positionOf, tickTexts, updateTicks } from './axes';
import type { ShapeMark } from './chartPicture';
import type { LineMarker } from './markers';
import { lineMarks } from './plotLines';
import { lowerBound, roundTicks, smooth } from './points';

/** A stretch of the axis of updates that a stage takes. */
export interface Band {
  key: string;
  label: string;
  /** CSS colour, as all colours here. */
  colour: string;
  /** Updates before it. Its first update is at start + 1. */
  start: number;
  /** Updates in it. */
  length: number;
}

/** A stretch of a line within one band: value i stands at update offset + steps[i]. */
export interface Segment {
  band: string;
  colour: string;
  offset: number;
  /** Ascending. */
  steps: Float64Array;
  values: Float64Array;
  /** Only the first `count` entries count. */
  count: number;
  /** The last value is a 0 that cannot be. */
  endsInFalseZero?: boolean;
}

export interface ChartLine {
  key: string;
  /** What it is among the lines of its run; '' when it is the only one. */
  label: string;
  /** Its run's slot. */
  run: number;
  runName: string;
  dash: readonly number[];
  /** Tells it from the other lines of its run without colour; dashes tell runs. */
  marker?: LineMarker | undefined;
  /** Measured now and then: dots, never smoothed. */
  isSparse: boolean;
  segments: readonly Segment[];
}

export interface PlotInput {
  lines: readonly ChartLine[];
  bands: readonly Band[];
  /** Updates in sight. */
  window: readonly [from: number, to: number];
  xKind: AxisScale['kind'];
  yKind: AxisScale['kind'];
  /** Of the smoothing, 0 for none. */
  memory: number;
  /** Ends of the value axis that are given, whatever the values are. */
  ends: readonly [low: number | null, high: number | null];
  /** Settings changed on the way. */
  changes: readonly { x: number; text: string }[];
  formatTick: ((value: number) => string) | null;
  /** The heading names the only band: it has neither tint nor name. */
  hidesBands?: boolean;
  /** The plot inside its axes, CSS pixels. */
  width: number;
  height: number;
}

/** A segment as it is drawn. */
export interface DrawnSegment extends Segment {
  /** null where nothing is smoothed. */
  smoothed: Float64Array | null;
  /** Indices in sight and one more on either side. */
  from: number;
  to: number;
}

export interface DrawnLine extends ChartLine {
  drawn: readonly DrawnSegment[];
}

/** Values in sight that the axes have no place for. */
export interface Fault {
  kind: 'NaN' | '∞' | '−∞' | 'false 0' | '≤ 0';
  x: number;
}

interface Ticks {
  position: number;
  text: string;
}

export interface Plot {
  x: AxisScale;
  /** null: there is no finite value in sight. */
  y: AxisScale | null;
  xTicks: readonly Ticks[];
  yTicks: readonly Ticks[];
  lines: readonly DrawnLine[];
  /** Behind the lines. */
  ground: readonly ShapeMark[];
  /** Marks of each line. */
  lineMarks: readonly (readonly ShapeMark[])[];
  /** Above the lines: what is not finite, changed settings. */
  signs: readonly ShapeMark[];
  faults: readonly Fault[];
  /** Lowest and highest value in sight. */
  range: readonly [number, number] | null;
}

/** Colours of what is no line. */
export const PLOT_COLOURS = {
  danger: 'var(--danger)',
  quiet: 'var(--ink-3)',
  ink: 'var(--ink-2)',
  line: 'var(--line)',
} as const;

/** Letters of a band's name take about this many pixels. */
const LETTER = 6.2;
/** Above the plot, for the bands' names. */
export const BAND_ROOM = 18;

/** Lays a chart out. Ten thousand values a line take about a millisecond. */
export function plotOf(input: PlotInput): Plot {
  const { bands, window, xKind, width, height } = input;
  const low = xKind === 'log' ? Math.max(1, window[0]) : window[0];
  const x: AxisScale = { kind: xKind, low, high: Math.max(low + 1, window[1]) };
  const lines = input.lines.map((line) => ({ ...line, drawn: drawnSegments(line, x, input.memory) }));
  const { faults, range } = survey(lines, x, input.yKind);
  const ticks = range ? valueTicks(range, input) : [];
  const y: AxisScale | null = range && { kind: input.yKind, low: ticks[0]!, high: ticks.at(-1)! };
  const texts =
    input.formatTick && input.yKind === 'linear' ? ticks.map(input.formatTick) : tickTexts(ticks, input.yKind);
  const yTicks = y ? ticks.map((tick, i) => ({ position: positionOf(y, tick), text: texts[i]! })) : [];
  return {
    ...{ x, y, lines, faults, range, yTicks },
    xTicks: bands.length === 0 ? [] : updateTicks(x, Math.max(2, Math.floor(width / 70))),
    ground: [
      ...(input.hidesBands ? [] : bandMarks(bands, x, width, height)),
      ...yTicks.map(({ position }) => across(position, width, height)),
    ],
    lineMarks: y
      ? lines.map((line) => lineMarks(line, { x, y, width, height, count: lines.length }))
      : lines.map(() => []),
    signs: [...changeMarks(input, x), ...faultMarks(faults, x, width, height)],
  };
}

function drawnSegments({ segments, isSparse }: ChartLine, { low, high }: AxisScale, memory: number): DrawnSegment[] {
  return segments.flatMap((segment): DrawnSegment[] => {
    const { steps, values, count, offset } = segment;
    const from = Math.max(0, lowerBound(steps, count, low - offset) - 1);
    const to = Math.min(count, lowerBound(steps, count, high - offset) + 2);
    if (to <= from) return [];
    const smoothed = memory > 0 && !isSparse ? smooth(values, count, memory) : null;
    return [{ ...segment, smoothed, from, to }];
  });
}

/** One pass over the values in sight. */
function survey(lines: readonly DrawnLine[], { kind, low, high }: AxisScale, yKind: AxisScale['kind']) {
  const faults: Fault[] = [];
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const { drawn } of lines) {
    for (const { steps, values, offset, from, to, count, endsInFalseZero } of drawn) {
      for (let i = from; i < to; i++) {
        const x = offset + steps[i]!;
        // Update 0 has no place on a logarithmic axis.
        if (x > high || (x < low && !(kind === 'log' && x <= 0 && low === 1))) continue;
        const value = values[i]!;
        if (Number.isNaN(value)) faults.push({ kind: 'NaN', x });
        else if (!Number.isFinite(value)) faults.push({ kind: value > 0 ? '∞' : '−∞', x });
        else if (value === 0 && endsInFalseZero && i === count - 1) faults.push({ kind: 'false 0', x });
        else if (x <= 0 && kind === 'log') continue;
        else if (value <= 0 && yKind === 'log') faults.push({ kind: '≤ 0', x });
        else {
          if (value < least) least = value;
          if (value > most) most = value;
        }
      }
    }
  }
  const range: [number, number] | null = least <= most ? [least, most] : null;
  return { faults, range };
}

/** Distance of ticks, of the largest value. */
const LEAST_STEP = 1e-4;

function valueTicks([low, high]: readonly [number, number], { ends, yKind, height }: PlotInput): number[] {
  const wanted = height < 120 ? 2 : Math.max(3, Math.floor(height / 60));
  if (yKind === 'log') return logTicks(low, high, wanted + 1);
  const [bottom, top] = [Math.min(low, ends[0] ?? low), Math.max(high, ends[1] ?? high)];
  // Ticks closer than that have more digits than there is room for: such a curve is flat.
  const least = wanted * Math.max(Math.abs(bottom), Math.abs(top)) * LEAST_STEP;
  const widen = Math.max(0, least - (top - bottom)) / 2;
  return roundTicks(bottom - widen, top + widen, wanted);
}

const across = (position: number, width: number, height: number): ShapeMark => ({
  type: 'line',
  points: [
    [0, (1 - position) * height],
    [width, (1 - position) * height],
  ],
  colour: PLOT_COLOURS.line,
  width: 1,
});

/** A tint with the stage's name above it; a name that finds no room is left to the legend. */
function bandMarks(bands: readonly Band[], x: AxisScale, width: number, height: number): ShapeMark[] {
  return bands.flatMap(({ label, colour, start, length }): ShapeMark[] => {
    const edge = (at: number): number =>
      Math.min(1, Math.max(0, x.kind === 'log' && at <= 0 ? 0 : positionOf(x, at))) * width;
    const [left, right] = [edge(start), edge(start + length)];
    if (right - left < 1) return [];
    const box = [
      [left, -BAND_ROOM],
      [right - 1, -BAND_ROOM],
      [right - 1, height],
      [left, height],
    ] as const;
    const tint: ShapeMark = { type: 'area', points: box, colour, opacity: 0.07 };
    if (label.length * LETTER + 8 > right - left) return [tint];
    const name = { type: 'text', x: left + 4, y: -5, text: label, size: 11, colour, anchor: 'start' } as const;
    return [tint, name];
  });
}

function changeMarks({ changes, height, width }: PlotInput, x: AxisScale): ShapeMark[] {
  return changes.flatMap((change): ShapeMark[] => {
    const at = positionOf(x, change.x) * width;
    if (!(at >= 0 && at <= width)) return [];
    const points = [
      [at, 0],
      [at, height],
    ] as const;
    const isAtEnd = at > width - change.text.length * LETTER - 8;
    return [
      { type: 'line', points, colour: PLOT_COLOURS.ink, width: 1, dash: [2, 3] },
      {
        ...{ type: 'text', x: isAtEnd ? at - 4 : at + 4, y: height - 5, text: change.text, size: 11 },
        ...{ colour: PLOT_COLOURS.ink, anchor: isAtEnd ? 'end' : 'start' },
      } as const,
    ];
  });
}

/** At most one a pixel and kind: crosses for NaN and for a 0 that cannot be, triangles towards where the others would be. */
function faultMarks(faults: readonly Fault[], x: AxisScale, width: number, height: number): ShapeMark[] {
  const seen = new Set<string>();
  return faults.flatMap(({ kind, x: update }): ShapeMark[] => {
    const at = Math.round(positionOf(x, update) * width);
    const key = `${kind} ${at}`;
    if (!(at >= 0) || seen.has(key)) return [];
    seen.add(key);
    if (kind === 'NaN' || kind === 'false 0') return cross(at, height - 5);
    const isUp = kind === '∞';
    const [tip, base] = isUp ? [1, 8] : [height - 1, height - 8];
    const points = [
      [at, tip],
      [at - 4, base],
      [at + 4, base],
    ] as const;
    return [{ type: 'area', points, colour: kind === '≤ 0' ? PLOT_COLOURS.quiet : PLOT_COLOURS.danger, opacity: 1 }];
  });
}

const cross = (x: number, y: number): ShapeMark[] =>
  [1, -1].map((way) => ({
    type: 'line',
    points: [
      [x - 4, y - 4 * way],
      [x + 4, y + 4 * way],
    ],
    colour: PLOT_COLOURS.danger,
    width: 2,
  }));
