// Axis labels and group lines of a large matrix, as many as fit, and the rings around cells. Canvas 2D only.
import type { Cell, Extent, MatrixWindow } from './matrixWindow';

/** What an axis means. `groups` are bands with a name of their own (heads); single entries are named by `label`. */
export interface MatrixAxis {
  title: string;
  label(index: number): string;
  groups: readonly { start: number; label: string }[];
}

/** Room for labels above the matrix, CSS pixels. */
export const GUTTER_TOP = 22;
/** Room for row labels left of it, at least and at most. */
const LEAST_GUTTER = 40;
const MOST_GUTTER = 120;
const GUTTER_SPACE = 12;

/** Room that the row labels need, CSS pixels; longer ones are shortened. `measure` in CSS pixels. */
export function gutterFor(axis: MatrixAxis, rows: number, most: number, measure: (text: string) => number): number {
  const groups = axis.groups.map(({ label }) => measure(label));
  const wanted = Math.max(labelRoom(axis, 0, rows - 1, measure), ...groups) + GUTTER_SPACE;
  return Math.ceil(Math.max(LEAST_GUTTER, Math.min(most, MOST_GUTTER, wanted)));
}

/** What canvases write and draw lines with. */
export interface InkColours {
  ink: string;
  ink2: string;
  ink3: string;
  paper: string;
  accent: string;
  font: string;
}

/** Reads styles: once a theme, not once a frame. */
export function readInk(): InkColours {
  const style = getComputedStyle(document.documentElement);
  const css = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
  return {
    ink: css('--ink', '#1e2024'),
    ink2: css('--ink-2', '#50545c'),
    ink3: css('--ink-3', '#666a72'),
    paper: css('--paper', '#fafaf7'),
    accent: css('--accent', '#2b3a78'),
    font: css('--sans', 'sans-serif'),
  };
}

export interface AxisMark {
  /** Where the label stands, pixels from the window's edge. */
  at: number;
  text: string;
  /** Where the group begins, null for a tick of a single entry. */
  line: number | null;
}

/** Numbers at round distances (1, 2, 5 × 10^n) so that labels stand at least `apart` pixels from each other. */
export function ticks(first: number, last: number, pixelsAnEntry: number, apart: number): number[] {
  const least = apart / pixelsAnEntry;
  let step = 1;
  for (let i = 0; step < least; i++) step *= i % 3 === 1 ? 2.5 : 2;
  const marks: number[] = [];
  for (let at = Math.ceil(first / step) * step; at <= last; at += step) marks.push(at);
  return marks;
}

/** Groups when the axis has some and a single entry is too small for a label; otherwise ticks at round numbers. */
export function axisMarks(
  axis: MatrixAxis,
  first: number,
  pixelsAnEntry: number,
  length: number,
  entries: number,
  apart: number,
): AxisMark[] {
  const last = Math.min(entries - 1, Math.floor(first + length / pixelsAnEntry));
  if (axis.groups.length > 0 && pixelsAnEntry < apart) {
    return axis.groups.flatMap(({ start, label }, i) => {
      const end = axis.groups[i + 1]?.start ?? entries;
      if (end <= first || start > last) return [];
      const line = (start - first) * pixelsAnEntry;
      const from = Math.max(0, line);
      const to = Math.min(length, (end - first) * pixelsAnEntry);
      return to - from < apart * 0.7 ? [] : [{ at: (from + to) / 2, text: label, line: from }];
    });
  }
  return ticks(Math.ceil(first), last, pixelsAnEntry, apart).map((index) => ({
    at: (index - first + 0.5) * pixelsAnEntry,
    text: axis.label(index),
    line: null,
  }));
}

/** Room that the longest of a few labels needs: the first, the last and the middle one in sight. */
export function labelRoom(axis: MatrixAxis, first: number, last: number, measure: (text: string) => number): number {
  // A 1 is narrower than other digits: "unit 351" has less than "unit 200" needs.
  const room = (index: number) => measure(axis.label(Math.max(0, index)).replace(/\d/g, '0'));
  const probes = [first, Math.floor((first + last) / 2), last].map(room);
  return Math.max(...probes);
}

const ROWS_APART = 18;
const COLUMNS_APART = 56;

/** The marks of both axes for a window. `measure` gives the width of a text in the same pixels. */
export function marksOf(
  rowAxis: MatrixAxis,
  columnAxis: MatrixAxis,
  window: MatrixWindow,
  extent: Extent,
  ratio: number,
  measure: (text: string) => number,
): { rows: AxisMark[]; columns: AxisMark[] } {
  const { rows, columns, width, height } = extent;
  const firstColumn = Math.ceil(window.column);
  const lastColumn = Math.min(columns - 1, Math.floor(window.column + width / window.pixelsAColumn));
  const hasGroups = columnAxis.groups.length > 0 && window.pixelsAColumn < COLUMNS_APART * ratio;
  const needed = hasGroups ? 0 : labelRoom(columnAxis, firstColumn, lastColumn, measure) + 12 * ratio;
  const apart = Math.max(COLUMNS_APART * ratio, needed);
  return {
    rows: axisMarks(rowAxis, window.row, window.pixelsARow, height, rows, ROWS_APART * ratio),
    columns: axisMarks(columnAxis, window.column, window.pixelsAColumn, width, columns, apart),
  };
}

/** Draws labels into the gutters and faint lines between groups; the context's origin is the canvas corner. */
export function drawAxes(
  context: CanvasRenderingContext2D,
  marks: { rows: readonly AxisMark[]; columns: readonly AxisMark[] },
  drawn: { width: number; height: number },
  extent: Extent,
  gutter: number,
  ratio: number,
  ink: InkColours,
): void {
  const left = gutter * ratio;
  const top = GUTTER_TOP * ratio;
  context.fillStyle = ink.ink2;
  context.strokeStyle = ink.ink3;
  context.lineWidth = ratio;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const { at, text, line } of marks.rows) {
    // A label that the lower edge would cut off is left out.
    if (at <= extent.height - 5 * ratio)
      context.fillText(clipped(context, text, left - 10 * ratio), left - 8 * ratio, top + at);
    if (line !== null) strokeLine(context, left, top + line, left + drawn.width, top + line);
  }
  context.textAlign = 'left';
  for (const { at, text, line } of marks.columns) {
    const x = left + (line ?? at);
    if (x + context.measureText(text).width <= left + extent.width) context.fillText(text, x, top - 11 * ratio);
    if (line !== null) strokeLine(context, left + line, top, left + line, top + drawn.height);
  }
}

/** The text, shortened until it fits. */
function clipped(context: CanvasRenderingContext2D, text: string, width: number): string {
  let shown = text;
  while (shown.length > 1 && context.measureText(shown).width > width) shown = `${shown.slice(0, -2)}…`;
  return shown;
}

function strokeLine(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.globalAlpha = 0.55;
  context.beginPath();
  context.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  context.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.stroke();
  context.globalAlpha = 1;
}

/** A ring around the drawn block that holds a cell; the origin is the window's corner. */
export function drawRing(
  context: CanvasRenderingContext2D,
  window: MatrixWindow,
  cell: Cell,
  block: number,
  weight: number,
  ratio: number,
  ink: InkColours,
): void {
  const least = 7 * ratio;
  const row = Math.floor(cell.row / block) * block;
  const column = Math.floor(cell.column / block) * block;
  const width = Math.max(least, block * window.pixelsAColumn + 2 * ratio);
  const height = Math.max(least, block * window.pixelsARow + 2 * ratio);
  const x = (column + block / 2 - window.column) * window.pixelsAColumn - width / 2;
  const y = (row + block / 2 - window.row) * window.pixelsARow - height / 2;
  context.lineWidth = (weight + 2) * ratio;
  context.strokeStyle = ink.paper;
  context.strokeRect(x, y, width, height);
  context.lineWidth = weight * ratio;
  context.strokeStyle = ink.ink;
  context.strokeRect(x, y, width, height);
}
