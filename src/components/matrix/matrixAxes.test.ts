import { describe, expect, it } from 'vitest';
import { axisMarks, gutterFor, labelRoom, type MatrixAxis, marksOf, ticks } from './matrixAxes';

const heads: MatrixAxis = {
  title: 'heads',
  label: (i) => `head ${Math.floor(i / 16)}, dim ${i % 16}`,
  groups: [0, 16, 32, 48].map((start) => ({ start, label: `head ${start / 16}` })),
};
const plain: MatrixAxis = { title: 'dims', label: (i) => `dim ${i}`, groups: [] };
const measure = (text: string) => text.length * 7;

describe('axes', () => {
  it('spaces ticks roundly', () => {
    expect(ticks(0, 100, 2, 40)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(ticks(13, 60, 1, 30)).toEqual([50]);
    expect(ticks(0, 3, 50, 20)).toEqual([0, 1, 2, 3]);
  });

  it('names groups while single entries are too small, then entries', () => {
    expect(axisMarks(heads, 8, 4, 128, 64, 18)).toEqual([
      { at: 16, text: 'head 0', line: 0 },
      { at: 64, text: 'head 1', line: 32 },
      { at: 112, text: 'head 2', line: 96 },
    ]);
    expect(axisMarks(heads, 16, 20, 40, 64, 18)).toEqual([
      { at: 10, text: 'head 1, dim 0', line: null },
      { at: 30, text: 'head 1, dim 1', line: null },
      { at: 50, text: 'head 1, dim 2', line: null },
    ]);
  });

  it('keeps column labels from running into each other', () => {
    const window = { row: 0, column: 0, pixelsARow: 60, pixelsAColumn: 60 };
    const extent = { rows: 64, columns: 64, width: 600, height: 600 };
    const { columns } = marksOf(plain, heads, window, extent, 1, measure);
    for (const [i, mark] of columns.slice(1).entries())
      expect(mark.at - columns[i]!.at).toBeGreaterThanOrEqual(measure(mark.text));
  });

  it('leaves room for row labels, within bounds', () => {
    expect(labelRoom(plain, 0, 4095, measure)).toBe(8 * 7);
    // Digits of different widths: the label at the end is "dim 111", one before it "dim 100".
    const proportional = (text: string) => [...text].reduce((sum, sign) => sum + (sign === '1' ? 4 : 7), 0);
    expect(labelRoom(plain, 100, 111, proportional)).toBe(7 * 7);
    expect(gutterFor(plain, 4096, 500, measure)).toBe(8 * 7 + 12);
    // A 1 is narrower than other digits: "dim 351" must leave room for "dim 200".
    const narrowOnes = (text: string) => measure(text) - 3 * (text.split('1').length - 1);
    expect(gutterFor(plain, 352, 500, narrowOnes)).toBe(7 * 7 + 12);
    expect(gutterFor(heads, 64, 500, measure)).toBe(14 * 7 + 12);
    expect(gutterFor(heads, 64, 60, measure)).toBe(60);
    expect(gutterFor({ ...plain, label: () => 'a' }, 4, 500, measure)).toBe(40);
  });
});
