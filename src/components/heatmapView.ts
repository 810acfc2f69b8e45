// Where a heatmap's window stands over its matrix: fit, zoom about a point, pan, follow a cursor. Device pixels; pure.
import type { HeatmapView } from './heatmapPaint';

export interface Extent {
  rows: number;
  columns: number;
  /** Window size in device pixels. */
  width: number;
  height: number;
}

/** Matrices with fewer rows than this (norms, biases) are drawn as bands of fixed height. */
const FEW_ROWS = 8;
const BAND_PIXELS = 40;
export const MOST_PIXELS = 48;

const bandHeight = (extent: Extent): number | null =>
  extent.rows < FEW_ROWS ? Math.min(BAND_PIXELS, Math.floor(extent.height / extent.rows)) : null;

/** The whole matrix, as large as the window allows; whole pixels per entry from 3 on. */
export function fitView(extent: Extent): HeatmapView {
  const band = bandHeight(extent);
  const across = extent.width / extent.columns;
  const scale = roundScale(band === null ? Math.min(across, extent.height / extent.rows) : across);
  return { row: 0, column: 0, pixelsAColumn: scale, pixelsARow: band ?? scale };
}

const roundScale = (scale: number): number => (scale >= 3 ? Math.min(Math.floor(scale), MOST_PIXELS) : scale);

/** Zooms by `factor`, keeping the entry under (x, y) where it is. Never smaller than the fitted view. */
export function zoomView(view: HeatmapView, factor: number, x: number, y: number, extent: Extent): HeatmapView {
  const fit = fitView(extent);
  const wanted = Math.max(fit.pixelsAColumn, Math.min(MOST_PIXELS, view.pixelsAColumn * factor));
  const scale = wanted >= 3 ? Math.max(fit.pixelsAColumn, Math.round(wanted)) : wanted;
  const band = bandHeight(extent);
  const next = { ...view, pixelsAColumn: scale, pixelsARow: band ?? scale };
  return clampView(
    {
      ...next,
      column: view.column + x / view.pixelsAColumn - x / next.pixelsAColumn,
      row: view.row + y / view.pixelsARow - y / next.pixelsARow,
    },
    extent,
  );
}

/** Keeps the window on the matrix. */
export function clampView(view: HeatmapView, extent: Extent): HeatmapView {
  const lastRow = Math.max(0, extent.rows - extent.height / view.pixelsARow);
  const lastColumn = Math.max(0, extent.columns - extent.width / view.pixelsAColumn);
  return {
    ...view,
    row: Math.max(0, Math.min(lastRow, view.row)),
    column: Math.max(0, Math.min(lastColumn, view.column)),
  };
}

/** Moves the window just far enough to show a cell. */
export function followCell(view: HeatmapView, cell: Cell, extent: Extent): HeatmapView {
  const rowsShown = extent.height / view.pixelsARow;
  const columnsShown = extent.width / view.pixelsAColumn;
  const row = Math.max(Math.min(view.row, cell.row), cell.row + 1 - rowsShown);
  const column = Math.max(Math.min(view.column, cell.column), cell.column + 1 - columnsShown);
  return row === view.row && column === view.column ? view : clampView({ ...view, row, column }, extent);
}

export interface Cell {
  row: number;
  column: number;
}

/** The cell under a point of the window, null outside the matrix. */
export function cellAt(view: HeatmapView, x: number, y: number, extent: Extent): Cell | null {
  const row = Math.floor(view.row + y / view.pixelsARow);
  const column = Math.floor(view.column + x / view.pixelsAColumn);
  return row >= 0 && column >= 0 && row < extent.rows && column < extent.columns ? { row, column } : null;
}

const MOVES: Record<string, readonly [rows: number, columns: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-16, 0],
  PageDown: [16, 0],
};

/** The cell a key leads to (Shift: 16 cells; Home and End: ends of the row), null when the key does not move. */
export function moveCell(cell: Cell, key: string, shift: boolean, rows: number, columns: number): Cell | null {
  if (key === 'Home') return { ...cell, column: 0 };
  if (key === 'End') return { ...cell, column: columns - 1 };
  const move = MOVES[key];
  if (!move) return null;
  const stride = shift ? 16 : 1;
  return {
    row: Math.max(0, Math.min(rows - 1, cell.row + move[0] * stride)),
    column: Math.max(0, Math.min(columns - 1, cell.column + move[1] * stride)),
  };
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
