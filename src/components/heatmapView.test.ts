import { describe, expect, it } from 'vitest';
import { cellAt, clampView, fitView, followCell, moveCell, ticks, zoomView } from './heatmapView';

const extent = { rows: 100, columns: 50, width: 200, height: 200 };

describe('heatmap window', () => {
  it('fits the whole matrix, in whole pixels from three on', () => {
    expect(fitView(extent)).toEqual({ row: 0, column: 0, pixelsAColumn: 2, pixelsARow: 2 });
    expect(fitView({ ...extent, height: 1000, width: 190 }).pixelsAColumn).toBe(3);
    expect(fitView({ ...extent, rows: 400 }).pixelsARow).toBe(0.5);
  });

  it('draws vectors as bands', () => {
    expect(fitView({ rows: 1, columns: 100, width: 200, height: 200 })).toEqual({
      row: 0,
      column: 0,
      pixelsAColumn: 2,
      pixelsARow: 40,
    });
  });

  it('zooms about a point and never below the fit', () => {
    const view = zoomView(fitView(extent), 2, 60, 100, extent);
    // Entry under (60, 100) before: column 30, row 50; at 4 pixels: 30 − 15 and 50 − 25, clipped to 100 − 50 and 50 − 50 = 0.
    expect(view).toEqual({ row: 25, column: 0, pixelsAColumn: 4, pixelsARow: 4 });
    expect(zoomView(view, 0.01, 0, 0, extent)).toEqual(fitView(extent));
    expect(zoomView(view, 1000, 0, 0, extent).pixelsAColumn).toBe(48);
  });

  it('stays on the matrix and follows a cell', () => {
    const view = { row: 0, column: 0, pixelsAColumn: 10, pixelsARow: 10 };
    expect(clampView({ ...view, row: 99, column: -3 }, extent)).toEqual({ ...view, row: 80, column: 0 });
    expect(followCell(view, { row: 30, column: 3 }, extent)).toEqual({ ...view, row: 11 });
    expect(followCell(view, { row: 3, column: 3 }, extent)).toBe(view);
  });

  it('finds the cell under a point', () => {
    const view = { row: 10, column: 5, pixelsAColumn: 4, pixelsARow: 4 };
    expect(cellAt(view, 9, 3, extent)).toEqual({ row: 10, column: 7 });
    expect(cellAt(view, 190, 3, extent)).toBeNull();
  });

  it('moves by keys and stops at the edges', () => {
    expect(moveCell({ row: 0, column: 3 }, 'ArrowUp', false, 100, 50)).toEqual({ row: 0, column: 3 });
    expect(moveCell({ row: 0, column: 3 }, 'ArrowRight', true, 100, 50)).toEqual({ row: 0, column: 19 });
    expect(moveCell({ row: 95, column: 3 }, 'PageDown', false, 100, 50)).toEqual({ row: 99, column: 3 });
    expect(moveCell({ row: 7, column: 3 }, 'End', false, 100, 50)).toEqual({ row: 7, column: 49 });
    expect(moveCell({ row: 7, column: 3 }, 'x', false, 100, 50)).toBeNull();
  });

  it('spaces ticks roundly', () => {
    expect(ticks(0, 100, 2, 40)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(ticks(13, 60, 1, 30)).toEqual([50]);
    expect(ticks(0, 3, 50, 20)).toEqual([0, 1, 2, 3]);
  });
});
