// Rows of one quantity: a bar or a marker a row, its interval, further markers for other sources of the same number, and a line where
// nothing would be. Names stand at the left, or above their rows where it is narrow. Pure.
import type { Point, Swatch } from '../pictureLayout';
import type { ShapeMark } from './chartPicture';
import { bar, LETTER, type MarkerStyle, marker } from './markers';
import { type Drawing, linearScale, placeOn, type Spot, type SpotSource } from './spots';
import type { Size } from './useSize';

export interface RowMark {
  /** What it is, for its numbers: “lr × 4”. */
  name: string;
  value: number;
  /** Ends of its interval or spread; null for none. */
  low: number | null;
  high: number | null;
  style: MarkerStyle;
  /** Drawn as a bar from the base, with its marker left out. */
  isBar: boolean;
  /** Marks of one level share a line of their row, from 0. */
  level: number;
  lines: readonly string[];
}

export interface Row {
  key: string;
  label: string;
  marks: readonly RowMark[];
  /** What is selected by a click. */
  pick: string | null;
  /** A heading over it; rows of one group stand together. */
  group?: string;
  /** At the right end: the same of another source. */
  note?: string;
}

export interface RowsInput {
  rows: readonly Row[];
  axis: string;
  /** A line through all rows: no difference, chance; null for none. */
  zero: number | null;
  /** Where bars begin. */
  base: number;
  /** Values that the axis must hold besides what is drawn. */
  include: readonly number[];
  /** Beyond these there are no values. */
  bounds?: readonly [low: number, high: number] | undefined;
  swatches: readonly Swatch[];
}

const NARROW = 620;
const MARK_ROOM = 17;
const PAD = 9;
const LABEL_ROOM = 16;
const GROUP_ROOM = 26;

interface Layout {
  left: number;
  /** Where notes begin to take room. */
  right: number;
  isNarrow: boolean;
}

function layoutOf(rows: readonly Row[], width: number): Layout {
  const isNarrow = width < NARROW;
  const longest = Math.max(0, ...rows.map(({ label }) => label.length));
  const noted = Math.max(0, ...rows.map(({ note }) => note?.length ?? 0));
  const right = width - (noted > 0 ? noted * LETTER + 10 : 4);
  return { isNarrow, right, left: isNarrow ? 0 : Math.min(width * 0.42, longest * LETTER + 16) };
}

const levelsOf = ({ marks }: Row): number => 1 + Math.max(0, ...marks.map(({ level }) => level));

const rowHeight = (row: Row, { isNarrow }: Layout): number =>
  levelsOf(row) * MARK_ROOM + PAD + (isNarrow ? LABEL_ROOM : 0);

const groupRoom = (rows: readonly Row[], i: number): number =>
  rows[i]!.group !== undefined && rows[i]!.group !== rows[i - 1]?.group ? GROUP_ROOM : 0;

/** A picture of the rows. */
export function rowsSource(input: RowsInput): SpotSource {
  const { rows, swatches } = input;
  return {
    swatches,
    height(width) {
      const layout = layoutOf(rows, width);
      return rows.reduce((sum, row, i) => sum + rowHeight(row, layout) + groupRoom(rows, i), 0);
    },
    draw: (size) => drawRows(input, size),
  };
}

function drawRows({ rows, axis, zero, base, include, bounds }: RowsInput, size: Size): Drawing {
  const layout = layoutOf(rows, size.width);
  const values = rows.flatMap(({ marks }) =>
    marks.flatMap(({ value, low, high, isBar }) => [value, low ?? value, high ?? value, ...(isBar ? [base] : [])]),
  );
  const wanted = Math.max(2, Math.floor((layout.right - layout.left) / 90));
  const { scale, ticks } = linearScale([...values, ...include, ...(zero === null ? [] : [zero])], wanted, bounds);
  const xOf = (value: number) => layout.left + placeOn(scale, value) * (layout.right - layout.left);
  const marks: ShapeMark[] = [];
  const spots: Spot[] = [];
  if (zero !== null) marks.push(...bar([xOf(zero), 0], [xOf(zero), size.height], 'var(--ink-3)', 1, 1));
  let top = 0;
  rows.forEach((row, i) => {
    const room = groupRoom(rows, i);
    if (room > 0) marks.push(text(0, top + room - 9, row.group!, 'var(--ink-2)'));
    top += room;
    drawRow({ row, top, layout, xOf, base, width: size.width }, marks, spots);
    top += rowHeight(row, layout);
  });
  const across = (position: number) => (layout.left + position * (layout.right - layout.left)) / size.width;
  return {
    x: { title: axis, ticks: ticks.map((tick) => ({ ...tick, position: across(tick.position) })), hasGrid: true },
    y: null,
    marks,
    spots,
  };
}

interface Place {
  row: Row;
  top: number;
  layout: Layout;
  xOf(value: number): number;
  base: number;
  width: number;
}

function drawRow({ row, top, layout, xOf, base, width: whole }: Place, marks: ShapeMark[], spots: Spot[]): void {
  const first = top + PAD / 2 + (layout.isNarrow ? LABEL_ROOM : 0);
  const middle = first + (levelsOf(row) * MARK_ROOM) / 2;
  marks.push(text(0, layout.isNarrow ? top + LABEL_ROOM - 2 : middle + 4, row.label, 'var(--ink)'));
  if (row.note) marks.push({ ...text(whole, middle + 4, row.note, 'var(--ink-2)'), anchor: 'end' });
  row.marks.forEach(({ name, value, low, high, style, isBar, level, lines }, i) => {
    const at: Point = [xOf(value), first + (level + 0.5) * MARK_ROOM];
    if (isBar) {
      const from = Math.min(xOf(base), at[0]);
      const width = Math.abs(at[0] - xOf(base));
      marks.push({ type: 'rectangle', x: from, y: at[1] - 5, width, height: 10, colour: style.colour });
    }
    if (low !== null && high !== null) {
      const ink = isBar ? 'var(--ink)' : style.colour;
      marks.push(...bar([xOf(low), at[1]], [xOf(high), at[1]], ink, isBar ? 0.9 : 0.75, isBar ? 1.4 : 2.2));
    }
    if (!isBar) marks.push(...marker(style, at, 5));
    const full = name && name !== row.label ? `${row.label}, ${name}` : row.label;
    spots.push({ key: `${row.key}·${i}`, x: at[0], y: at[1], name: full, lines, pick: row.pick });
  });
}

const text = (x: number, y: number, written: string, colour: string): Extract<ShapeMark, { type: 'text' }> => ({
  ...{ type: 'text', x, y, text: written, size: 12.5, colour, anchor: 'start' },
});
