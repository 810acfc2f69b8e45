// Which part of a matrix is on screen: fit, zoom about a point, pan, follow a cell; the same for the minimap. Device pixels; pure.

export interface Cell {
  row: number;
  column: number;
}

/** The matrix and the window it is seen through. */
export interface Extent {
  rows: number;
  columns: number;
  /** Device pixels. */
  width: number;
  height: number;
}

/** The entry at the window's top left corner (fractions allowed) and how many device pixels an entry takes. */
export interface MatrixWindow {
  row: number;
  column: number;
  pixelsARow: number;
  pixelsAColumn: number;
}

/** Pixels of a cell at most. */
export const MOST_PIXELS = 48;
/** A drawn side is at least this long: vectors and very long matrices become bands. */
const LEAST_SIDE = 40;
/** A step to the cell under cursor or pointer: 4096 × 11008 is at single cells after two. */
export const CELL_STEP = 16;

const roundScale = (scale: number): number => (scale >= 3 ? Math.min(Math.floor(scale), MOST_PIXELS) : scale);

const stretched = (scale: number, entries: number, room: number): number =>
  scale * entries >= LEAST_SIDE ? scale : Math.max(scale, Math.min(LEAST_SIDE, room) / entries);

/** The whole matrix with square cells, as large as the window allows; whole pixels per cell from 3 on. */
export function fitWindow({ rows, columns, width, height }: Extent): MatrixWindow {
  const square = roundScale(Math.min(width / columns, height / rows));
  return {
    row: 0,
    column: 0,
    pixelsARow: stretched(square, rows, height),
    pixelsAColumn: stretched(square, columns, width),
  };
}

/** Keeps the window on the matrix. */
export function clampWindow(window: MatrixWindow, extent: Extent): MatrixWindow {
  const lastRow = Math.max(0, extent.rows - extent.height / window.pixelsARow);
  const lastColumn = Math.max(0, extent.columns - extent.width / window.pixelsAColumn);
  return {
    ...window,
    row: Math.max(0, Math.min(lastRow, window.row)),
    column: Math.max(0, Math.min(lastColumn, window.column)),
  };
}

/** The same window in a place that has changed its size: on the matrix, and never smaller than the fit. */
export function keepWindow(window: MatrixWindow, extent: Extent): MatrixWindow {
  const fit = fitWindow(extent);
  const pixelsARow = Math.max(fit.pixelsARow, window.pixelsARow);
  const pixelsAColumn = Math.max(fit.pixelsAColumn, window.pixelsAColumn);
  return clampWindow({ ...window, pixelsARow, pixelsAColumn }, extent);
}

/**
 * Zooms by `factor`, keeping the entry under (x, y) where it is. Never smaller than the fit, never above MOST_PIXELS a cell.
 * `isSmooth`: one of many small zooms (wheel, pinch), which multiply to what the hand did only while none of them is rounded.
 */
export function zoomWindow(
  window: MatrixWindow,
  factor: number,
  x: number,
  y: number,
  extent: Extent,
  isSmooth = false,
): MatrixWindow {
  const fit = fitWindow(extent);
  const scaled = (now: number, least: number): number => {
    const wanted = Math.max(least, Math.min(Math.max(MOST_PIXELS, least), now * factor));
    // Whole pixels where cells are large, but never back to where the zoom began.
    const whole = wanted >= 3 && !isSmooth ? Math.round(wanted) : wanted;
    return Math.max(least, whole === now ? wanted : whole);
  };
  const pixelsARow = scaled(window.pixelsARow, fit.pixelsARow);
  const pixelsAColumn = scaled(window.pixelsAColumn, fit.pixelsAColumn);
  return clampWindow(
    {
      row: window.row + y / window.pixelsARow - y / pixelsARow,
      column: window.column + x / window.pixelsAColumn - x / pixelsAColumn,
      pixelsARow,
      pixelsAColumn,
    },
    extent,
  );
}

/** Zooms in one CELL_STEP (or `factor`) and puts the cell into the middle. */
export function zoomToCell(window: MatrixWindow, cell: Cell, extent: Extent, factor = CELL_STEP): MatrixWindow {
  return centreOn(zoomWindow(window, factor, 0, 0, extent), cell, extent);
}

/** The same scale with a cell in the middle. */
export const centreOn = (window: MatrixWindow, cell: Cell, extent: Extent): MatrixWindow =>
  clampWindow(
    {
      ...window,
      row: cell.row + 0.5 - extent.height / window.pixelsARow / 2,
      column: cell.column + 0.5 - extent.width / window.pixelsAColumn / 2,
    },
    extent,
  );

/** Moves the window by device pixels. */
export const panWindow = (window: MatrixWindow, x: number, y: number, extent: Extent): MatrixWindow =>
  clampWindow(
    { ...window, row: window.row + y / window.pixelsARow, column: window.column + x / window.pixelsAColumn },
    extent,
  );

/** Moves the window just far enough to show a cell. */
export function followCell(window: MatrixWindow, cell: Cell, extent: Extent): MatrixWindow {
  const row = Math.max(Math.min(window.row, cell.row), cell.row + 1 - extent.height / window.pixelsARow);
  const column = Math.max(Math.min(window.column, cell.column), cell.column + 1 - extent.width / window.pixelsAColumn);
  return row === window.row && column === window.column ? window : clampWindow({ ...window, row, column }, extent);
}

/** The cell under a point of the window, null outside the matrix. */
export function cellAt(window: MatrixWindow, x: number, y: number, extent: Extent): Cell | null {
  const row = Math.floor(window.row + y / window.pixelsARow);
  const column = Math.floor(window.column + x / window.pixelsAColumn);
  return row >= 0 && column >= 0 && row < extent.rows && column < extent.columns ? { row, column } : null;
}

/** What a window shows, on a screen of any size: the entry in its middle (fractions allowed) and CSS pixels an entry. */
export interface MatrixPlace {
  row: number;
  column: number;
  pixelsARow: number;
  pixelsAColumn: number;
}

/** Rounded to a hundredth of an entry and four digits of scale; null: the whole matrix. `ratio`: device pixels a CSS pixel. */
export function placeOf(window: MatrixWindow, extent: Extent, ratio: number): MatrixPlace | null {
  if (sameWindow(window, fitWindow(extent))) return null;
  const middle = (first: number, shown: number, entries: number): number =>
    Math.round((first + Math.min(entries, first + shown)) * 50) / 100;
  const scale = (pixels: number): number => Number((pixels / ratio).toPrecision(4));
  return {
    row: middle(window.row, extent.height / window.pixelsARow, extent.rows),
    column: middle(window.column, extent.width / window.pixelsAColumn, extent.columns),
    pixelsARow: scale(window.pixelsARow),
    pixelsAColumn: scale(window.pixelsAColumn),
  };
}

/** The window that shows a place, as far as the matrix and the zoom's limits allow. */
export function windowAt(place: MatrixPlace, extent: Extent, ratio: number): MatrixWindow {
  const fit = fitWindow(extent);
  const scaled = (pixels: number, least: number): number =>
    Math.min(Math.max(MOST_PIXELS, least), Math.max(least, pixels * ratio));
  const pixelsARow = scaled(place.pixelsARow, fit.pixelsARow);
  const pixelsAColumn = scaled(place.pixelsAColumn, fit.pixelsAColumn);
  const middle = { row: place.row - 0.5, column: place.column - 0.5 };
  return centreOn({ row: 0, column: 0, pixelsARow, pixelsAColumn }, middle, extent);
}

export const sameWindow = (a: MatrixWindow, b: MatrixWindow): boolean =>
  a.row === b.row && a.column === b.column && a.pixelsARow === b.pixelsARow && a.pixelsAColumn === b.pixelsAColumn;

/** Rows and columns that are in sight, first inclusive, last exclusive. */
export function inSight(window: MatrixWindow, extent: Extent) {
  return {
    firstRow: Math.floor(window.row),
    endRow: Math.min(extent.rows, Math.ceil(window.row + extent.height / window.pixelsARow - 1e-9)),
    firstColumn: Math.floor(window.column),
    endColumn: Math.min(extent.columns, Math.ceil(window.column + extent.width / window.pixelsAColumn - 1e-9)),
  };
}

/** Size of a minimap that keeps the matrix's proportions within a box, each side at least `least`. */
export function minimapSize(rows: number, columns: number, width: number, height: number, least = 8) {
  const scale = Math.min(width / columns, height / rows);
  return { width: Math.max(least, columns * scale), height: Math.max(least, rows * scale) };
}

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where the window lies on a minimap of the given size; at least `least` long both ways, and inside. */
export function windowOnMinimap(
  window: MatrixWindow,
  extent: Extent,
  size: { width: number; height: number },
  least = 5,
): Rectangle {
  const along = (first: number, shown: number, entries: number, length: number): [number, number] => {
    const part = Math.min(length, Math.max(least, (Math.min(entries, shown) / entries) * length));
    return [Math.min(length - part, (first / entries) * length), part];
  };
  const [x, width] = along(window.column, extent.width / window.pixelsAColumn, extent.columns, size.width);
  const [y, height] = along(window.row, extent.height / window.pixelsARow, extent.rows, size.height);
  return { x, y, width, height };
}

/** The window with its middle under a point of the minimap. */
export const windowFromMinimap = (
  window: MatrixWindow,
  extent: Extent,
  size: { width: number; height: number },
  x: number,
  y: number,
): MatrixWindow =>
  centreOn(
    window,
    { row: (y / size.height) * extent.rows - 0.5, column: (x / size.width) * extent.columns - 0.5 },
    extent,
  );
