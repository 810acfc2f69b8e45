import { describe, expect, it } from 'vitest';
import { nextTab, pageOf } from './Choice';

describe('choices', () => {
  it('moves through tabs and around the ends', () => {
    expect(nextTab('ArrowRight', 2, 3)).toBe(0);
    expect(nextTab('ArrowLeft', 0, 3)).toBe(2);
    expect(nextTab('End', 0, 3)).toBe(2);
    expect(nextTab('a', 0, 3)).toBeNull();
  });

  it('cuts pages and falls back to one that exists', () => {
    const rows = [0, 1, 2, 3, 4];
    expect(pageOf(rows, 1, 2)).toEqual({ page: 1, pages: 3, rows: [2, 3] });
    expect(pageOf(rows, 9, 2)).toEqual({ page: 2, pages: 3, rows: [4] });
    expect(pageOf([], 4, 2)).toEqual({ page: 0, pages: 1, rows: [] });
  });
});
