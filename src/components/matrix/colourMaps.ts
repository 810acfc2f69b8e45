// The colour maps of the pictures, for light and dark: cividis for sizes, orange–paper–blue for signed values, four colours for two
// masks, and colours of their own for what has no place on a map. Distances are checked in simulated colour blindness. Pure.
import { cividis, luminance, mix, type Rgb } from '../legendColours';

export type Theme = 'light' | 'dark';

/** The theme that a ground belongs to. */
export const themeOf = (ground: Rgb): Theme => (luminance(ground) < 0.5 ? 'dark' : 'light');

/** Outside of every map: values below and above the domain, and values that are not finite. */
export interface SpecialColours {
  below: Rgb;
  above: Rgb;
  nonFinite: Rgb;
}

export interface ColourMap extends SpecialColours {
  /** Colours from the low to the high end of the domain; an odd number where the middle has a meaning. */
  ramp: readonly Rgb[];
  diverging: boolean;
}

const NON_FINITE: Rgb = [176, 0, 255];

const SEQUENTIAL_ENDS: Record<Theme, Pick<SpecialColours, 'below' | 'above'>> = {
  light: { below: [79, 179, 234], above: [106, 32, 0] },
  dark: { below: [102, 187, 255], above: [122, 48, 0] },
};

/** The part of cividis that is used: without the end near the ground, so that a nearly empty block still differs from an empty one. */
const SPAN: Record<Theme, readonly [low: number, high: number]> = { light: [0.9, 0], dark: [0.2, 1] };

/** Cividis with its strong end away from the ground: on paper dark means much, on a dark ground light does. */
export const sequentialMap = (theme: Theme): ColourMap => ({
  ramp: Array.from({ length: 256 }, (_, i) => cividis(SPAN[theme][0] + (SPAN[theme][1] - SPAN[theme][0]) * (i / 255))),
  diverging: false,
  nonFinite: NON_FINITE,
  ...SEQUENTIAL_ENDS[theme],
});

/** Low, half low, middle, half high, high. */
const DIVERGING: Record<Theme, readonly Rgb[]> = {
  light: [
    [176, 86, 10],
    [226, 151, 72],
    [243, 242, 238],
    [125, 176, 230],
    [42, 111, 192],
  ],
  dark: [
    [235, 164, 90],
    [143, 84, 20],
    [38, 40, 44],
    [35, 84, 143],
    [111, 176, 245],
  ],
};

const DIVERGING_ENDS: Record<Theme, Pick<SpecialColours, 'below' | 'above'>> = {
  light: { below: [69, 24, 0], above: [0, 20, 60] },
  dark: { below: [255, 240, 192], above: [214, 240, 255] },
};

/** Orange below 0, the quiet ground at 0, blue above 0, equally strong at equal distance. */
export function divergingMap(theme: Theme): ColourMap {
  const stops = DIVERGING[theme];
  const ramp = Array.from({ length: 255 }, (_, i): Rgb => {
    const at = (i / 254) * (stops.length - 1);
    const below = Math.min(Math.floor(at), stops.length - 2);
    return mix(stops[below]!, stops[below + 1]!, at - below);
  });
  return { ramp, diverging: true, nonFinite: NON_FINITE, ...DIVERGING_ENDS[theme] };
}

/** Codes of a two-mask overlay: bit 0 is in A, bit 1 is in B. */
export const OVERLAY = { neither: 0, onlyA: 1, onlyB: 2, both: 3 } as const;

/** Colours by overlay code: neither, A only, B only, both. Orange, blue and ink differ in brightness too. */
export const overlayColours = (theme: Theme): readonly [neither: Rgb, onlyA: Rgb, onlyB: Rgb, both: Rgb] =>
  theme === 'dark'
    ? [
        [43, 46, 51],
        [224, 138, 46],
        [63, 143, 224],
        [242, 240, 234],
      ]
    : [
        [230, 230, 224],
        [217, 115, 13],
        [47, 128, 208],
        [30, 32, 36],
      ];

export const cssColour = (colour: Rgb): string => `rgb(${colour.join(' ')})`;

/** `count` evenly spaced CSS colours of a ramp, for gradients. */
export const rampCss = (ramp: readonly Rgb[], count = 17): string[] =>
  Array.from({ length: count }, (_, i) => cssColour(ramp[Math.round((i / (count - 1)) * (ramp.length - 1))]!));
