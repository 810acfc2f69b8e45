import { describe, expect, it } from 'vitest';
import { drawProfile, entriesUnder, maxPerPixel, peakOf, peakUnder } from './profile';

describe('profiles', () => {
  it('shows the largest value under a pixel', () => {
    const values = Float32Array.of(1, 9, 2, 3, Number.NaN, Number.NaN, 0, 4);
    expect([...maxPerPixel(values, 4, 0, 0.5)]).toEqual([9, 3, Number.NaN, 4]);
    expect(peakUnder(values, 0, 0, 0.5)).toBe(1);
    expect(peakUnder(values, 9, 0, 0.5)).toBeNull();
    expect(peakOf(values)).toBe(1);
    expect(peakOf(Float32Array.of(Number.NaN))).toBeNull();
  });

  it('keeps one hot row among 4096 in 480 pixels', () => {
    const values = new Float32Array(4096);
    values[1234] = 1;
    const bars = maxPerPixel(values, 480, 0, 480 / 4096);
    const lit = [...bars].flatMap((value, pixel) => (value > 0 ? [pixel] : []));
    expect(lit).toContain(Math.floor((1234 * 480) / 4096));
    expect(lit.length).toBeLessThanOrEqual(2);
  });

  it('repeats a value over the pixels of a large entry', () => {
    expect([...maxPerPixel(Float32Array.of(5, 6), 4, 0.5, 2)]).toEqual([5, 6, 6, Number.NaN]);
    expect(entriesUnder(3, 0, 10, 5)).toEqual([0, 1]);
  });

  it('draws a small value at least one pixel long', () => {
    const drawn: number[][] = [];
    const context = { fillRect: (...box: number[]) => drawn.push(box) } as unknown as CanvasRenderingContext2D;
    drawProfile(context, Float32Array.of(100, 0, 0.001), 100, 'rows', 50, 22);
    expect(drawn).toEqual([
      [0, 22, 50, 1],
      [0, 24, 1, 1],
    ]);
  });
});
