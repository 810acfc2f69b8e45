import { describe, expect, it } from 'vitest';
import { actionOf, stepCell } from './matrixKeys';

const press = (key: string, more = {}) =>
  actionOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

describe('matrix keys', () => {
  it('moves the cursor and pans', () => {
    expect(press('ArrowUp')).toEqual({ type: 'move', rows: -1, columns: 0 });
    expect(press('ArrowRight', { shiftKey: true })).toEqual({ type: 'pan', rows: 0, columns: 1 / 8 });
    expect(press('PageDown')).toEqual({ type: 'page', direction: 1 });
    expect(press('End')).toEqual({ type: 'edge', column: 'last', row: null });
    expect(press('Home', { ctrlKey: true })).toEqual({ type: 'edge', column: 'first', row: 'first' });
  });

  it('zooms and goes on', () => {
    expect(press('+')).toEqual({ type: 'zoom', factor: 1.6 });
    expect(press('Enter')).toEqual({ type: 'zoomToCell' });
    expect(press('0')).toEqual({ type: 'fit' });
    expect(press('n')).toEqual({ type: 'next', direction: 1 });
    expect(press('N', { shiftKey: true })).toEqual({ type: 'next', direction: -1 });
  });

  it("leaves the browser's keys alone", () => {
    expect(press('Tab')).toBeNull();
    expect(press('+', { ctrlKey: true })).toBeNull();
    expect(press('ArrowLeft', { altKey: true })).toBeNull();
    expect(press('n', { metaKey: true })).toBeNull();
  });

  it('stops at the edges', () => {
    const size = { rows: 100, columns: 50 };
    expect(stepCell({ row: 0, column: 3 }, -1, 0, size)).toEqual({ row: 0, column: 3 });
    expect(stepCell({ row: 95, column: 3 }, 16, 64, size)).toEqual({ row: 99, column: 49 });
  });
});
