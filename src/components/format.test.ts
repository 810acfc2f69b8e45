import { describe, expect, it } from 'vitest';
import { countOf, formatCount, formatNumber, formatPercent, formatShare } from './format';

describe('numbers for people', () => {
  it('groups thousands with thin spaces', () => {
    expect(formatCount(563444)).toBe('563\u202f444');
    expect(formatCount(-1850)).toBe('−1\u202f850');
    expect(formatCount(999)).toBe('999');
  });

  it('keeps three significant digits', () => {
    expect(formatNumber(0.41237)).toBe('0.412');
    expect(formatNumber(-12.345)).toBe('−12.3');
    expect(formatNumber(1234.5)).toBe('1\u202f235');
    expect(formatNumber(0.0000123)).toBe('1.23e−5');
    expect(formatNumber(0)).toBe('0');
    expect(formatNumber(null)).toBe('–');
    expect(formatNumber(Number.NaN)).toBe('–');
    expect(formatNumber(Number.NEGATIVE_INFINITY)).toBe('−∞');
  });

  it('writes shares as per cent', () => {
    expect(formatShare(0.05)).toBe('5\u202f%');
    expect(formatShare(0.0512345)).toBe('5.12\u202f%');
    expect(formatPercent(99.96)).toBe('100\u202f%');
    expect(formatPercent(0.00412)).toBe('0.00412\u202f%');
  });

  it('agrees in number', () => {
    expect(countOf(1, 'pair')).toBe('1 pair');
    expect(countOf(2, 'answer to', 'answers to')).toBe('2 answers to');
  });
});
