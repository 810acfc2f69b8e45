import { describe, expect, it } from 'vitest';
import {
  cellAt,
  centreOn,
  clampWindow,
  fitWindow,
  followCell,
  inSight,
  keepWindow,
  minimapSize,
  panWindow,
  placeOf,
  windowAt,
  windowFromMinimap,
  windowOnMinimap,
  zoomToCell,
  zoomWindow,
} from './matrixWindow';

const extent = { rows: 100, columns: 50, width: 200, height: 200 };

describe('matrix window', () => {
  it('fits the whole matrix, in whole pixels from three on', () => {
    expect(fitWindow(extent)).toEqual({ row: 0, column: 0, pixelsAColumn: 2, pixelsARow: 2 });
    expect(fitWindow({ ...extent, height: 1000, width: 190 }).pixelsAColumn).toBe(3);
    expect(fitWindow({ ...extent, rows: 400 }).pixelsARow).toBe(0.5);
  });

  it('draws vectors and very long matrices as bands', () => {
    expect(fitWindow({ rows: 1, columns: 100, width: 200, height: 200 })).toMatchObject({
      pixelsAColumn: 2,
      pixelsARow: 40,
    });
    expect(fitWindow({ rows: 4, columns: 11008, width: 1101, height: 400 }).pixelsARow).toBe(10);
    expect(fitWindow({ rows: 8000, columns: 4, width: 500, height: 400 })).toMatchObject({
      pixelsARow: 0.05,
      pixelsAColumn: 10,
    });
  });

  it('zooms about a point and never below the fit', () => {
    const window = zoomWindow(fitWindow(extent), 2, 60, 100, extent);
    // Entry under (60, 100) before: column 30, row 50; at 4 pixels: 30 − 15 and 50 − 25, clipped to 100 − 50 and 50 − 50 = 0.
    expect(window).toEqual({ row: 25, column: 0, pixelsAColumn: 4, pixelsARow: 4 });
    expect(zoomWindow(window, 0.01, 0, 0, extent)).toEqual(fitWindow(extent));
    expect(zoomWindow(window, 1000, 0, 0, extent).pixelsAColumn).toBe(48);
  });

  it('moves in small steps too, such as those of a pinch', () => {
    const at3 = { row: 0, column: 0, pixelsAColumn: 10, pixelsARow: 10 };
    expect(zoomWindow(at3, 1.02, 0, 0, extent).pixelsAColumn).toBeCloseTo(10.2, 12);
  });

  it('goes as far as the fingers go: rounded at every step, 3 pixels × 140 / 30 had become 25', () => {
    let window = { row: 0, column: 0, pixelsAColumn: 3, pixelsARow: 3 };
    for (let apart = 30; apart < 140; apart += 5) window = zoomWindow(window, (apart + 5) / apart, 0, 0, extent, true);
    expect(window.pixelsAColumn).toBeCloseTo((3 * 140) / 30, 10);
  });

  it('reaches single cells of 4096 × 11008 in two steps about a cell', () => {
    const large = { rows: 4096, columns: 11008, width: 1100, height: 410 };
    const cell = { row: 2717, column: 7001 };
    const first = zoomToCell(fitWindow(large), cell, large);
    expect(first.pixelsAColumn).toBeCloseTo((1100 / 11008) * 16, 10);
    const second = zoomToCell(first, cell, large);
    expect(second.pixelsAColumn).toBeGreaterThan(20);
    expect(cellAt(second, 550, 205, large)).toEqual(cell);
  });

  it('is never smaller than the fit after a change of size', () => {
    const window = { row: 30, column: 10, pixelsAColumn: 2.5, pixelsARow: 2.5 };
    expect(keepWindow(window, extent)).toEqual({ ...window, row: 20, column: 0 });
    expect(keepWindow(window, { ...extent, width: 400, height: 500 })).toEqual({
      row: 0,
      column: 0,
      pixelsAColumn: 5,
      pixelsARow: 5,
    });
  });

  it('stays on the matrix, pans and follows a cell', () => {
    const window = { row: 0, column: 0, pixelsAColumn: 10, pixelsARow: 10 };
    expect(clampWindow({ ...window, row: 99, column: -3 }, extent)).toEqual({ ...window, row: 80, column: 0 });
    expect(panWindow(window, 55, 20, extent)).toEqual({ ...window, row: 2, column: 5.5 });
    expect(followCell(window, { row: 30, column: 3 }, extent)).toEqual({ ...window, row: 11 });
    expect(followCell(window, { row: 3, column: 3 }, extent)).toBe(window);
    expect(centreOn(window, { row: 50, column: 25 }, extent)).toEqual({ ...window, row: 40.5, column: 15.5 });
  });

  it('finds the cell under a point and what is in sight', () => {
    const window = { row: 10, column: 5.5, pixelsAColumn: 4, pixelsARow: 4 };
    expect(cellAt(window, 9, 3, extent)).toEqual({ row: 10, column: 7 });
    expect(cellAt(window, 190, 3, extent)).toBeNull();
    expect(inSight(window, extent)).toEqual({ firstRow: 10, endRow: 60, firstColumn: 5, endColumn: 50 });
    expect(inSight({ ...window, column: 0.25 }, { ...extent, width: 40 })).toMatchObject({
      firstColumn: 0,
      endColumn: 11,
    });
  });
});

describe('places', () => {
  it('say the entry in the middle and CSS pixels an entry, and come back', () => {
    // Two device pixels a CSS pixel; 200 / 16 = 12.5 entries in sight from 20 and 30 on.
    const window = { row: 20, column: 30, pixelsARow: 16, pixelsAColumn: 16 };
    const place = { row: 26.25, column: 36.25, pixelsARow: 8, pixelsAColumn: 8 };
    expect(placeOf(window, extent, 2)).toEqual(place);
    expect(windowAt(place, extent, 2)).toEqual(window);
    expect(placeOf(fitWindow(extent), extent, 2)).toBeNull();
  });

  it('show the same entry in the middle of another screen, within matrix and zoom', () => {
    const place = { row: 50.5, column: 20.5, pixelsARow: 10, pixelsAColumn: 10 };
    expect(windowAt(place, { ...extent, width: 100 }, 1)).toEqual({
      row: 40.5,
      column: 15.5,
      pixelsARow: 10,
      pixelsAColumn: 10,
    });
    const far = windowAt({ row: 1e6, column: 0, pixelsARow: 500, pixelsAColumn: 0.001 }, extent, 1);
    expect(far).toEqual({ row: 100 - 200 / 48, column: 0, pixelsARow: 48, pixelsAColumn: 2 });
  });

  it('of a matrix that is smaller than the window is its own middle', () => {
    const wide = { rows: 10, columns: 10, width: 400, height: 100 };
    const window = { row: 2, column: 0, pixelsARow: 20, pixelsAColumn: 20 };
    expect(placeOf(window, wide, 1)).toEqual({ row: 4.5, column: 5, pixelsARow: 20, pixelsAColumn: 20 });
    expect(windowAt(placeOf(window, wide, 1)!, wide, 1)).toEqual(window);
  });
});

describe('minimap', () => {
  const size = { width: 100, height: 200 };
  const window = { row: 20, column: 10, pixelsAColumn: 10, pixelsARow: 10 };

  it('keeps the proportions and a least side', () => {
    expect(minimapSize(4096, 11008, 88, 64)).toEqual({ width: 88, height: 4096 * (88 / 11008) });
    expect(minimapSize(1, 1000, 88, 64)).toEqual({ width: 88, height: 8 });
  });

  it('shows where the window is, never smaller than can be seen', () => {
    // 20 of 50 columns from 10 on, 20 of 100 rows from 20 on.
    expect(windowOnMinimap(window, extent, size)).toEqual({ x: 20, y: 40, width: 40, height: 40 });
    const large = { rows: 4096, columns: 11008, width: 480, height: 480 };
    const end = windowOnMinimap({ row: 4086, column: 10998, pixelsAColumn: 48, pixelsARow: 48 }, large, size);
    expect(end).toEqual({ x: 95, y: 195, width: 5, height: 5 });
  });

  it('puts the window under a point and back', () => {
    const moved = windowFromMinimap(window, extent, size, 60, 120);
    expect(moved).toEqual({ ...window, row: 50, column: 20 });
    expect(windowOnMinimap(moved, extent, size)).toEqual({ x: 40, y: 100, width: 40, height: 40 });
    expect(windowFromMinimap(window, extent, size, -50, 900)).toEqual({ ...window, row: 80, column: 0 });
  });
});
