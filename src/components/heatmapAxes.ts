// Axis labels, group lines, cursors and the minimap of a large heatmap. Canvas 2D only.
import type { HeatmapAxis } from './HeatmapMatrix';
import type { HeatmapView } from './heatmapPaint';
import { type Cell, type Extent, ticks } from './heatmapView';

/** Room for labels left of and above the matrix, CSS pixels. */
export const GUTTER_LEFT = 64;
export const GUTTER_TOP = 22;

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Labels for groups (heads) or single entries, as many as fit, and faint lines between groups. */
export function drawAxes(
  context: CanvasRenderingContext2D,
  view: HeatmapView,
  extent: Extent,
  ratio: number,
  rowAxis: HeatmapAxis,
  columnAxis: HeatmapAxis,
): void {
  const left = GUTTER_LEFT * ratio;
  const top = GUTTER_TOP * ratio;
  context.font = `${12 * ratio}px ${css('--sans') || 'sans-serif'}`;
  context.fillStyle = css('--ink-2');
  context.strokeStyle = css('--ink-3');
  context.lineWidth = ratio;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const { at, text, line } of axisMarks(
    rowAxis,
    view.row,
    view.pixelsARow,
    extent.height,
    extent.rows,
    18 * ratio,
  )) {
    context.fillText(clipped(context, text, left - 10 * ratio), left - 8 * ratio, top + at);
    if (line !== null) strokeLine(context, left, top + line, left + matrixWidth(view, extent), top + line);
  }
  context.textAlign = 'left';
  const columnMarks = axisMarks(columnAxis, view.column, view.pixelsAColumn, extent.width, extent.columns, 56 * ratio);
  for (const { at, text, line } of columnMarks) {
    const x = left + (line ?? at);
    if (x + context.measureText(text).width <= left + extent.width) context.fillText(text, x, top - 11 * ratio);
    if (line !== null) strokeLine(context, left + line, top, left + line, top + matrixHeight(view, extent));
  }
}

const matrixWidth = (view: HeatmapView, extent: Extent): number =>
  Math.min(extent.width, (extent.columns - view.column) * view.pixelsAColumn);
const matrixHeight = (view: HeatmapView, extent: Extent): number =>
  Math.min(extent.height, (extent.rows - view.row) * view.pixelsARow);

interface Mark {
  /** Where the label stands. */
  at: number;
  text: string;
  /** Where the group begins, null for a tick of a single entry. */
  line: number | null;
}

/** Groups when the axis has some and a single entry is too small for a label; otherwise ticks at round numbers. */
export function axisMarks(
  axis: HeatmapAxis,
  first: number,
  pixelsAnEntry: number,
  length: number,
  entries: number,
  apart: number,
): Mark[] {
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

/** The pinned cell as a solid ring, the hovered one as a thin ring, and where the window is when it shows only a part. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  view: HeatmapView,
  extent: Extent,
  ratio: number,
  cells: { pinned: Cell | null; hovered: Cell | null },
): void {
  const left = GUTTER_LEFT * ratio;
  const top = GUTTER_TOP * ratio;
  context.save();
  context.beginPath();
  context.rect(left - 4 * ratio, top - 4 * ratio, extent.width + 8 * ratio, extent.height + 8 * ratio);
  context.clip();
  if (cells.pinned) ring(context, view, ratio, cells.pinned, 2, left, top);
  if (cells.hovered) ring(context, view, ratio, cells.hovered, 1, left, top);
  context.restore();
  drawMinimap(context, view, extent, ratio);
}

function ring(
  context: CanvasRenderingContext2D,
  view: HeatmapView,
  ratio: number,
  cell: Cell,
  weight: number,
  left: number,
  top: number,
): void {
  const least = 7 * ratio;
  const width = Math.max(least, view.pixelsAColumn + 2 * ratio);
  const height = Math.max(least, view.pixelsARow + 2 * ratio);
  const x = left + (cell.column + 0.5 - view.column) * view.pixelsAColumn - width / 2;
  const y = top + (cell.row + 0.5 - view.row) * view.pixelsARow - height / 2;
  context.lineWidth = (weight + 2) * ratio;
  context.strokeStyle = css('--paper');
  context.strokeRect(x, y, width, height);
  context.lineWidth = weight * ratio;
  context.strokeStyle = css('--ink');
  context.strokeRect(x, y, width, height);
}

function drawMinimap(context: CanvasRenderingContext2D, view: HeatmapView, extent: Extent, ratio: number): void {
  const rowsShown = Math.min(extent.rows, extent.height / view.pixelsARow);
  const columnsShown = Math.min(extent.columns, extent.width / view.pixelsAColumn);
  if (rowsShown > extent.rows - 1 && columnsShown > extent.columns - 1) return;
  const size = 72 * ratio;
  const scale = size / Math.max(extent.rows, extent.columns);
  const width = Math.max(6 * ratio, extent.columns * scale);
  const height = Math.max(6 * ratio, extent.rows * scale);
  const x = GUTTER_LEFT * ratio + extent.width - width - 8 * ratio;
  const y = GUTTER_TOP * ratio + extent.height - height - 8 * ratio;
  context.fillStyle = css('--paper');
  context.globalAlpha = 0.88;
  context.fillRect(x - 4 * ratio, y - 4 * ratio, width + 8 * ratio, height + 8 * ratio);
  context.globalAlpha = 1;
  context.lineWidth = ratio;
  context.strokeStyle = css('--ink-3');
  context.strokeRect(x, y, width, height);
  context.fillStyle = css('--accent');
  const part = {
    x: x + (view.column / extent.columns) * width,
    y: y + (view.row / extent.rows) * height,
    width: Math.max(3 * ratio, (columnsShown / extent.columns) * width),
    height: Math.max(3 * ratio, (rowsShown / extent.rows) * height),
  };
  context.fillRect(part.x, part.y, part.width, part.height);
}
