import { describe, expect, it } from 'vitest';
import { luminance, parseColour, type Rgb } from '../legendColours';
import { divergingMap, OVERLAY, overlayColours, rampCss, sequentialMap, type Theme, themeOf } from './colourMaps';

// Colour blindness after Machado, Oliveira & Fernandes 2009, full severity, on linear RGB; distance in CIELAB (1976).
const VISION = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function lab(colour: Rgb, vision: readonly number[]): [number, number, number] {
  const linear = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const [r, g, b] = [0, 1, 2].map((i) =>
    Math.min(
      1,
      Math.max(
        0,
        linear.reduce((sum, part, k) => sum + vision[3 * i + k]! * part, 0),
      ),
    ),
  ) as [number, number, number];
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** The smallest distance of two colours over all kinds of vision. */
const distance = (a: Rgb, b: Rgb): number =>
  Math.min(
    ...Object.values(VISION).map((vision) => {
      const [one, other] = [lab(a, vision), lab(b, vision)];
      return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
    }),
  );

// --paper and --quiet of the theme.
const GROUNDS: Record<Theme, readonly Rgb[]> = {
  light: [parseColour('#fafaf7')!, parseColour('#e6e6e0')!],
  dark: [parseColour('#17181b')!, parseColour('#2b2e33')!],
};
const THEMES = ['light', 'dark'] as const;

describe.each(THEMES)('colour maps, %s', (theme) => {
  it('keep what is outside apart from map, ground and each other, for every kind of vision', () => {
    for (const map of [sequentialMap(theme), divergingMap(theme)]) {
      const special = [map.below, map.above, map.nonFinite];
      for (const [i, colour] of special.entries()) {
        for (const other of [...map.ramp, ...GROUNDS[theme], ...special.filter((_, k) => k !== i)]) {
          expect(distance(colour, other)).toBeGreaterThan(20);
        }
      }
    }
  });

  it('lets a nearly empty block differ from an empty one', () => {
    for (const ground of GROUNDS[theme]) expect(distance(sequentialMap(theme).ramp[0]!, ground)).toBeGreaterThan(19);
  });

  it('runs evenly from light to dark or back, and symmetric from the middle', () => {
    const sizes = sequentialMap(theme).ramp.map(luminance);
    const rising = theme === 'dark';
    for (let i = 1; i < sizes.length; i++)
      expect(rising ? sizes[i]! >= sizes[i - 1]! - 0.01 : sizes[i]! <= sizes[i - 1]! + 0.01).toBe(true);
    const { ramp } = divergingMap(theme);
    expect(ramp.length % 2).toBe(1);
    const middle = (ramp.length - 1) / 2;
    expect(distance(ramp[middle]!, GROUNDS[theme][0]!)).toBeLessThan(8);
    expect(distance(ramp[0]!, ramp.at(-1)!)).toBeGreaterThan(40);
  });

  it('tells A, B, both and neither apart for every kind of vision', () => {
    const colours = overlayColours(theme);
    expect(Object.values(OVERLAY)).toEqual([0, 1, 2, 3]);
    for (const [i, one] of colours.entries()) {
      for (const other of colours.slice(i + 1)) expect(distance(one, other)).toBeGreaterThan(45);
    }
  });
});

describe('ramps', () => {
  it('know their theme and become CSS', () => {
    expect(themeOf([250, 250, 247])).toBe('light');
    expect(themeOf([23, 24, 27])).toBe('dark');
    expect(
      rampCss(
        [
          [0, 0, 0],
          [9, 9, 9],
          [255, 1, 2],
        ],
        3,
      ),
    ).toEqual(['rgb(0 0 0)', 'rgb(9 9 9)', 'rgb(255 1 2)']);
  });
});
