import { describe, expect, it } from 'vitest';
import { logTicks, positionOf, tickTexts, updateTicks, valueAt } from './axes';

describe('scales', () => {
  const log = { kind: 'log', low: 0.01, high: 100 } as const;
  it('put 1 in the middle of 0.01 to 100, and back', () => {
    expect(positionOf(log, 1)).toBeCloseTo(0.5, 12);
    expect(valueAt(log, 0.75)).toBeCloseTo(10, 12);
    expect(positionOf({ kind: 'linear', low: 2, high: 6 }, 3)).toBe(0.25);
  });
  it('have no place for 0 and below on a logarithmic axis', () => {
    expect(positionOf(log, 0)).toBeNaN();
    expect(positionOf(log, -1)).toBeNaN();
  });
});

describe('logarithmic ticks', () => {
  it('are powers of ten over many decades', () => {
    expect(logTicks(0.03, 40)).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(logTicks(1e-8, 1, 4)).toEqual([1e-8, 1e-6, 1e-4, 1e-2, 1]);
  });
  it('have 2 and 5 between them over few', () => {
    expect(logTicks(0.3, 0.6)).toEqual([0.2, 0.5, 1]);
    expect(logTicks(1, 100)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logTicks(1, 1)).toEqual([1, 2]);
    expect(logTicks(10, 10)).toEqual([10, 20]);
  });
  it('are written shortly', () => {
    expect(tickTexts([1e-5, 0.01, 1, 100], 'log')).toEqual(['1e−5', '0.01', '1', '100']);
  });
});

describe('linear ticks', () => {
  it('lose no digit to rounding', () => {
    expect(tickTexts([0, 2e-5, 4e-5], 'linear')).toEqual(['0', '2e−5', '4e−5']);
    expect(tickTexts([1.2e-4, 1.25e-4, 1.3e-4], 'linear')).toEqual(['1.2e−4', '1.25e−4', '1.3e−4']);
    expect(tickTexts([0, 20000, 40000], 'linear')).toEqual(['0', '20\u202f000', '40\u202f000']);
    expect(tickTexts([-0.5, 0, 0.5], 'linear')).toEqual(['−0.5', '0.0', '0.5']);
  });
  it('of updates are whole and inside', () => {
    expect(updateTicks({ kind: 'linear', low: 3, high: 110 }, 4).map(({ text }) => text)).toEqual(['50', '100']);
    expect(updateTicks({ kind: 'linear', low: 0, high: 2 }, 4).map(({ text }) => text)).toEqual(['0', '1', '2']);
    expect(updateTicks({ kind: 'log', low: 1, high: 1000 }, 4).map(({ text }) => text)).toEqual([
      '1',
      '10',
      '100',
      '1\u202f000',
    ]);
  });
});
