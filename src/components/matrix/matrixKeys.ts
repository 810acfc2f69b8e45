// What a key does in a matrix: move the cursor, pan, zoom, go to the next cell of interest. Pure.
import type { Cell } from './matrixWindow';

export type MatrixAction =
  /** Cursor by rows and columns, counted in drawn blocks. */
  | { type: 'move'; rows: number; columns: number }
  | { type: 'page'; direction: 1 | -1 }
  | { type: 'edge'; column: 'first' | 'last'; row: 'first' | 'last' | null }
  /** Window by shares of itself. */
  | { type: 'pan'; rows: number; columns: number }
  | { type: 'zoom'; factor: number }
  | { type: 'zoomToCell' }
  | { type: 'fit' }
  | { type: 'next'; direction: 1 | -1 }
  | { type: 'clear' };

export interface Press {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

const ARROWS: Record<string, readonly [rows: number, columns: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Share of the window that Shift and an arrow pan. */
const PAN = 1 / 8;
/** A plain step of the zoom. */
export const ZOOM_STEP = 1.6;

/** Null when the key is none of the matrix's, so that the browser keeps it. */
export function actionOf({ key, shiftKey, ctrlKey, metaKey, altKey }: Press): MatrixAction | null {
  if (altKey || metaKey) return null;
  if (key === 'Home' || key === 'End') {
    const end = key === 'Home' ? 'first' : 'last';
    return { type: 'edge', column: end, row: ctrlKey ? end : null };
  }
  if (ctrlKey) return null;
  const arrow = ARROWS[key];
  if (arrow) {
    const [rows, columns] = arrow;
    return shiftKey ? { type: 'pan', rows: rows * PAN, columns: columns * PAN } : { type: 'move', rows, columns };
  }
  switch (key) {
    case '+':
    case '=':
      return { type: 'zoom', factor: ZOOM_STEP };
    case '-':
    case '_':
      return { type: 'zoom', factor: 1 / ZOOM_STEP };
    case '0':
      return { type: 'fit' };
    case 'Enter':
      return { type: 'zoomToCell' };
    case 'PageUp':
      return { type: 'page', direction: -1 };
    case 'PageDown':
      return { type: 'page', direction: 1 };
    case 'n':
      return { type: 'next', direction: 1 };
    case 'N':
      return { type: 'next', direction: -1 };
    case 'Escape':
      return { type: 'clear' };
    default:
      return null;
  }
}

/** The cursor after a step, kept on the matrix. */
export const stepCell = (cell: Cell, rows: number, columns: number, size: { rows: number; columns: number }): Cell => ({
  row: Math.max(0, Math.min(size.rows - 1, cell.row + rows)),
  column: Math.max(0, Math.min(size.columns - 1, cell.column + columns)),
});
