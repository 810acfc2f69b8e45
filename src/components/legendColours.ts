// Colour scales: cividis for densities, a diverging scale symmetric about a middle, and CSS colours as numbers for canvases. Pure.

export type Rgb = readonly [red: number, green: number, blue: number];

/** Nine evenly spaced colours of cividis (Nuñez, Anderton & Renslow 2018), dark to light. */
const CIVIDIS: readonly Rgb[] = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [254, 232, 56],
];

export const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  Math.round(from[0] + (to[0] - from[0]) * share),
  Math.round(from[1] + (to[1] - from[1]) * share),
  Math.round(from[2] + (to[2] - from[2]) * share),
];

/** Cividis at `position` in [0, 1]. */
export function cividis(position: number): Rgb {
  const at = Math.max(0, Math.min(1, position)) * (CIVIDIS.length - 1);
  const below = Math.min(Math.floor(at), CIVIDIS.length - 2);
  return mix(CIVIDIS[below]!, CIVIDIS[below + 1]!, at - below);
}

/** Perceived brightness in [0, 1] (Rec. 709 weights on the plain values). */
export const luminance = ([red, green, blue]: Rgb): number => (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;

/** Reads `#rgb`, `#rrggbb`, `rgb(r, g, b)` and `rgb(r g b / a)`; null for anything else. */
export function parseColour(text: string): Rgb | null {
  const value = text.trim();
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(value);
  if (short) return [hex(short[1]! + short[1]!), hex(short[2]! + short[2]!), hex(short[3]! + short[3]!)];
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(value);
  if (long) return [hex(long[1]!), hex(long[2]!), hex(long[3]!)];
  const numbers = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/i.exec(value);
  return numbers ? [Number(numbers[1]), Number(numbers[2]), Number(numbers[3])] : null;
}

const hex = (text: string): number => Number.parseInt(text, 16);

/** Where a value stands on a diverging scale: which side of the middle, and how far out in [0, 1]. Both sides share one reach. */
export interface Divergence {
  side: 'low' | 'middle' | 'high';
  strength: number;
}

/** Symmetric about `middle`: equal distances get equal strength. `reach` is the distance of full colour; NaN stays in the middle. */
export function diverge(value: number, middle: number, reach: number): Divergence {
  const distance = value - middle;
  if (Number.isNaN(distance) || distance === 0 || reach <= 0) return { side: 'middle', strength: 0 };
  return { side: distance < 0 ? 'low' : 'high', strength: Math.min(1, Math.abs(distance) / reach) };
}

/** The CSS colour of a divergence in the theme's reward colours (follows light and dark by itself). */
export function divergingCss({ side, strength }: Divergence): string {
  if (side === 'middle') return 'var(--reward-mid)';
  return `color-mix(in srgb, var(--reward-${side}) ${(strength * 100).toFixed(1)}%, var(--reward-mid))`;
}

/** The CSS colour of a one-sided value in [0, 1]: paper to the forgetting hue's reward tone. */
export const sequentialCss = (share: number): string =>
  divergingCss({ side: share > 0 ? 'low' : 'middle', strength: Math.min(1, Math.max(0, share)) });
