import { describe, expect, it } from 'vitest';
import { cividis, diverge, divergingCss, parseColour, sequentialCss } from './legendColours';

describe('colour scales', () => {
  it('runs through cividis', () => {
    expect(cividis(0)).toEqual([0, 34, 78]);
    expect(cividis(1)).toEqual([254, 232, 56]);
    expect(cividis(1 / 16)).toEqual([9, 44, 95]);
    expect(cividis(7)).toEqual(cividis(1));
  });

  it('is symmetric about the middle', () => {
    expect(diverge(0.25, 0.5, 0.5)).toEqual({ side: 'low', strength: 0.5 });
    expect(diverge(0.75, 0.5, 0.5)).toEqual({ side: 'high', strength: 0.5 });
    expect(diverge(-3, 0, 2)).toEqual({ side: 'low', strength: 1 });
    expect(diverge(0.001, 0, 2).strength).toBeCloseTo(diverge(-0.001, 0, 2).strength, 12);
    expect(diverge(0, 0, 2).side).toBe('middle');
    expect(diverge(Number.NaN, 0, 2).side).toBe('middle');
    expect(diverge(Number.NEGATIVE_INFINITY, 0, 2)).toEqual({ side: 'low', strength: 1 });
  });

  it('writes theme colours', () => {
    expect(divergingCss({ side: 'high', strength: 0.25 })).toBe(
      'color-mix(in srgb, var(--reward-high) 25.0%, var(--reward-mid))',
    );
    expect(sequentialCss(0)).toBe('var(--reward-mid)');
    expect(sequentialCss(2)).toContain('100.0%');
  });

  it('reads CSS colours', () => {
    expect(parseColour(' #b3186a')).toEqual([179, 24, 106]);
    expect(parseColour('#fff')).toEqual([255, 255, 255]);
    expect(parseColour('rgb(30 32 36 / 6%)')).toEqual([30, 32, 36]);
    expect(parseColour('rgba(1, 2, 3, 0.5)')).toEqual([1, 2, 3]);
    expect(parseColour('tomato')).toBeNull();
  });
});
