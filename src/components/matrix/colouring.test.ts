import { describe, expect, it } from 'vitest';
import type { Rgb } from '../legendColours';
import { type Colouring, colourOf, pack, paintValues } from './colouring';

const ramp = Array.from({ length: 256 }, (_, i): Rgb => [i, 0, 0]);
const map = { ramp, diverging: false, below: [0, 1, 0] as Rgb, above: [0, 2, 0] as Rgb, nonFinite: [0, 3, 0] as Rgb };
const scale: Colouring = { type: 'scale', domain: { kind: 'linear', low: 0, high: 1, threshold: 1 }, map, zero: null };

const paint = (colouring: Colouring, values: Float32Array | Uint8Array): number[] => {
  const pixels = new Uint32Array(values.length);
  paintValues(pixels, values, colourOf(colouring));
  return [...pixels];
};

describe('colouring', () => {
  it('packs red into the lowest byte', () => {
    expect(pack([1, 2, 3])).toBe(0xff030201);
  });

  it('gives values their place on the ramp, and what has none a colour of its own', () => {
    const values = Float32Array.of(0, 0.5, 1, -0.1, 1.1, Number.NaN, Number.POSITIVE_INFINITY, 0.5, 0.5);
    expect(paint(scale, values)).toEqual(
      [
        [0, 0, 0],
        [128, 0, 0],
        [255, 0, 0],
        [0, 1, 0],
        [0, 2, 0],
        [0, 3, 0],
        [0, 3, 0],
        [128, 0, 0],
        [128, 0, 0],
      ].map((colour) => pack(colour as unknown as Rgb)),
    );
  });

  it('has a colour for exactly 0 when asked', () => {
    const withZero: Colouring = { ...scale, zero: [9, 9, 9] };
    expect(paint(withZero, Float32Array.of(0, 1e-9))).toEqual([pack([9, 9, 9]), pack([0, 0, 0])]);
    expect(paint(withZero, Uint8Array.of(0, 1))).toEqual([pack([9, 9, 9]), pack([255, 0, 0])]);
  });

  it('paints categories by code', () => {
    const codes: Colouring = {
      type: 'categories',
      colours: [
        [1, 1, 1],
        [2, 2, 2],
      ],
      nonFinite: [7, 7, 7],
    };
    expect(paint(codes, Uint8Array.of(0, 1, 4))).toEqual([pack([1, 1, 1]), pack([2, 2, 2]), pack([7, 7, 7])]);
    expect(paint(codes, Float32Array.of(1, Number.NaN))).toEqual([pack([2, 2, 2]), pack([7, 7, 7])]);
  });
});
