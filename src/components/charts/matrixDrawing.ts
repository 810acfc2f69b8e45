// A small matrix of numbers: a square a cell, its number in it, darker for more. Pure.
import type { ShapeMark } from './chartPicture';
import type { Drawing, Spot, SpotSource } from './spots';
import type { Size } from './useSize';

export interface MatrixCell {
  /** null: not measured. */
  value: number | null;
  text: string;
  name: string;
  lines: readonly string[];
}

export interface MatrixInput {
  rows: readonly string[];
  columns: readonly string[];
  /** Row by row. */
  cells: readonly (readonly MatrixCell[])[];
  /** The value of the fullest colour. */
  full: number;
  axis: string;
  colour: string;
}

const LEFT = 84;
const TOP = 22;
const CELL_HEIGHT = 44;
const WIDEST_CELL = 110;

export const matrixSource = (input: MatrixInput): SpotSource => ({
  swatches: [],
  height: () => TOP + input.rows.length * CELL_HEIGHT,
  draw: (size) => drawMatrix(input, size),
});

function drawMatrix({ rows, columns, cells, full, axis, colour }: MatrixInput, { width }: Size): Drawing {
  const cell = Math.min(WIDEST_CELL, (width - LEFT) / columns.length);
  const marks: ShapeMark[] = [];
  const spots: Spot[] = [];
  const write = (x: number, y: number, text: string, anchor: 'start' | 'middle', ink = 'var(--ink-2)') =>
    marks.push({ type: 'text', x, y, text, size: 12.5, colour: ink, anchor });
  for (const [c, column] of columns.entries()) write(LEFT + (c + 0.5) * cell, 14, column, 'middle');
  rows.forEach((row, r) => {
    const y = TOP + r * CELL_HEIGHT;
    write(0, y + CELL_HEIGHT / 2 + 4, row, 'start', 'var(--ink)');
    cells[r]!.forEach(({ value, text, name, lines }, c) => {
      const x = LEFT + c * cell;
      const corners = [
        [x + 1, y + 1],
        [x + cell - 1, y + 1],
        [x + cell - 1, y + CELL_HEIGHT - 1],
        [x + 1, y + CELL_HEIGHT - 1],
      ] as const;
      // Never so full that ink on it would be hard to read.
      const opacity = value === null ? 0 : 0.06 + 0.34 * Math.max(0, Math.min(1, value / full));
      marks.push({ type: 'area', points: corners, colour, opacity });
      write(x + cell / 2, y + CELL_HEIGHT / 2 + 4, text, 'middle', 'var(--ink)');
      spots.push({ key: `${r}·${c}`, x: x + cell / 2, y: y + CELL_HEIGHT / 2, name, lines, pick: null });
    });
  });
  return { x: { title: axis, ticks: [], hasGrid: false }, y: null, marks, spots };
}
