import { describe, expect, it } from 'vitest';
import {
  type Domain,
  domainFitting,
  domainOf,
  domainTicks,
  positionIn,
  roundStep,
  symexp,
  symlog,
  tickText,
  valueAt,
  withKind,
} from './domain';
import { histogramOf } from './valueHistogram';

const linear: Domain = { kind: 'linear', low: -1, high: 3, threshold: 1 };
const log: Domain = { kind: 'log', low: 0.01, high: 100, threshold: 1 };
const signed: Domain = { kind: 'symlog', low: -100, high: 100, threshold: 1 };

describe('position in a domain', () => {
  it('is linear', () => {
    const at = positionIn(linear);
    expect([-1, 0, 1, 3].map(at)).toEqual([0, 0.25, 0.5, 1]);
    expect(at(-2)).toBeLessThan(0);
    expect(at(4)).toBeGreaterThan(1);
    expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(at)).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });

  it('is logarithmic, with everything up to 0 below', () => {
    const at = positionIn(log);
    expect(at(1)).toBeCloseTo(0.5, 12);
    expect(at(10)).toBeCloseTo(0.75, 12);
    expect(at(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(at(-5)).toBe(Number.NEGATIVE_INFINITY);
    expect([at(0.01), at(100)]).toEqual([0, 1]);
  });

  it('is linear within the threshold and logarithmic beyond, without a break', () => {
    expect(symlog(0.5, 1)).toBe(0.5);
    expect(symlog(-1, 1)).toBe(-1);
    expect(symlog(Math.E, 1)).toBeCloseTo(2, 12);
    expect(symlog(-100, 10)).toBeCloseTo(-1 - Math.log(10), 12);
    // Same slope on both sides of the threshold: 1 / threshold.
    const slope = (x: number) => (symlog(x + 1e-7, 2) - symlog(x, 2)) / 1e-7;
    expect(slope(1.9)).toBeCloseTo(0.5, 5);
    expect(slope(2.000001)).toBeCloseTo(0.5, 5);
    for (const value of [-30, -1, 0, 0.2, 7]) expect(symexp(symlog(value, 0.5), 0.5)).toBeCloseTo(value, 10);
  });

  it('puts 0 in the middle of a symmetric domain', () => {
    const at = positionIn(signed);
    expect(at(0)).toBe(0.5);
    expect(at(1)).toBeCloseTo(0.5 + 1 / (2 * (1 + Math.log(100))), 12);
    expect(at(5) + at(-5)).toBeCloseTo(1, 12);
  });

  it('goes back from positions', () => {
    for (const domain of [linear, log, signed]) {
      for (const value of [0.02, 1, 2.5]) expect(valueAt(domain, positionIn(domain)(value))).toBeCloseTo(value, 10);
    }
  });

  it('keeps a domain of one value', () => {
    const at = positionIn({ kind: 'linear', low: 2, high: 2, threshold: 1 });
    expect([1, 2, 3].map(at)).toEqual([-1, 0.5, 2]);
  });
});

describe('the domain that values ask for', () => {
  const values = histogramOf(Float32Array.from({ length: 1000 }, (_, i) => (i === 999 ? 1e6 : i / 1000)));

  it('spans all, or what the clip leaves', () => {
    expect(domainOf(values, { kind: 'linear', clip: null, diverging: false })).toMatchObject({ low: 0, high: 1e6 });
    const clipped = domainOf(values, { kind: 'linear', clip: [1, 99], diverging: false });
    expect(clipped.low).toBeCloseTo(0.01, 3);
    expect(clipped.high).toBeGreaterThanOrEqual(0.989);
    expect(clipped.high).toBeLessThan(1);
  });

  it('starts logarithms above 0', () => {
    const domain = domainOf(values, { kind: 'log', clip: null, diverging: false });
    expect(domain.low).toBeCloseTo(0.001, 5);
    expect(domainOf(histogramOf(Float32Array.of(-1, 0)), { kind: 'log', clip: null, diverging: false }).low).toBe(1e-3);
  });

  it('centres diverging ones on 0 and has no logarithm for them', () => {
    const both = histogramOf(Float32Array.of(-0.5, 0, 2));
    const domain = domainOf(both, { kind: 'log', clip: null, diverging: true });
    expect(domain.kind).toBe('symlog');
    expect(domain.low).toBe(-domain.high);
    expect(domain.high).toBeGreaterThanOrEqual(2);
    expect(domain.high).toBeLessThan(2.02);
    expect(domain.threshold).toBeCloseTo(domain.high / 1000, 12);
    expect(domainOf(histogramOf(new Float32Array(4)), { kind: 'linear', clip: null, diverging: true })).toMatchObject({
      low: -1,
      high: 1,
    });
  });

  it('has one without finite values, and keeps a given threshold', () => {
    const none = histogramOf(Float32Array.of(Number.NaN));
    expect(domainOf(none, { kind: 'linear', clip: [1, 99], diverging: false })).toMatchObject({ low: 0, high: 1 });
    expect(domainOf(values, { kind: 'symlog', clip: null, diverging: false, threshold: 0.01 }).threshold).toBe(0.01);
  });

  it('changes its kind, above 0 for logarithms', () => {
    expect(withKind(linear, 'log', histogramOf(Float32Array.of(-1, 0.5, 3)))).toEqual({
      ...linear,
      kind: 'log',
      low: 0.5,
    });
    expect(withKind(linear, 'log', null).low).toBeCloseTo(0.003, 12);
    expect(withKind(log, 'linear', null)).toEqual({ ...log, kind: 'linear' });
  });
});

describe('a domain from outside', () => {
  it('is centred for values with signs, and starts above 0 for a logarithm of sizes', () => {
    expect(domainFitting(linear, true, null)).toEqual({ ...linear, low: -3, high: 3 });
    expect(domainFitting(log, true, null)).toEqual({ ...log, kind: 'symlog', low: -100, high: 100 });
    expect(domainFitting({ ...linear, low: 0, high: 0 }, true, null)).toMatchObject({ low: -1, high: 1 });
    expect(domainFitting({ ...linear, kind: 'log' }, false, histogramOf(Float32Array.of(0.5, 3)))).toMatchObject({
      kind: 'log',
      low: 0.5,
      high: 3,
    });
    expect(domainFitting(linear, false, null)).toEqual(linear);
  });
});

describe('ticks', () => {
  it('are round and apart', () => {
    expect(domainTicks(linear, 0.2)).toEqual([-1, 0, 1, 2, 3].map((value) => ({ value, position: (value + 1) / 4 })));
    expect(domainTicks(log, 0.2).map(({ value }) => value)).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(domainTicks(signed, 0.1).map(({ value }) => value)).toEqual([-100, -10, 0, 10, 100]);
    expect(roundStep(0.3)).toBe(0.5);
    expect(roundStep(0)).toBe(0);
  });

  it('are written without trailing zeros', () => {
    expect([0.2, -10, 0, 1e-5, -2e6, 2.5e-4].map(tickText)).toEqual(['0.2', '−10', '0', '1e−5', '−2e6', '2.5e−4']);
  });
});
