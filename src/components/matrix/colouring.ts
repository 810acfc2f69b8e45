// From values to pixels: what colour a cell or a block has. A scale (domain and map, with colours of their own for zero, for values
// outside the domain and for non-finite ones) or a list of categories. Pure; the canvas is elsewhere.
import type { Rgb } from '../legendColours';
import type { ColourMap } from './colourMaps';
import { type Domain, positionIn } from './domain';

/** Packed for Uint32 pixels, ABGR as in a little-endian ImageData. */
export const pack = ([red, green, blue]: Rgb): number => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

export interface ScaleColouring {
  type: 'scale';
  domain: Domain;
  map: ColourMap;
  /** Colour of exactly 0, such as a block without a selected cell; null: as the map has it. */
  zero: Rgb | null;
}

export interface CategoryColouring {
  type: 'categories';
  /** By code; other codes are drawn as non-finite. */
  colours: readonly Rgb[];
  nonFinite: Rgb;
}

/** How single cells and blocks are coloured. */
export type Colouring = ScaleColouring | CategoryColouring;

/** The packed colour of a value. */
export function colourOf(colouring: Colouring): (value: number) => number {
  if (colouring.type === 'categories') {
    const colours = colouring.colours.map(pack);
    const other = pack(colouring.nonFinite);
    return (value) => colours[value] ?? other;
  }
  const { map, domain } = colouring;
  const ramp = Uint32Array.from(map.ramp, pack);
  const [below, above, nonFinite] = [pack(map.below), pack(map.above), pack(map.nonFinite)];
  const zero = colouring.zero && pack(colouring.zero);
  const position = positionIn(domain);
  const last = ramp.length - 1;
  return (value) => {
    if (value === 0 && zero !== null) return zero;
    const at = position(value);
    if (at >= 0 && at <= 1) return ramp[Math.round(at * last)]!;
    return at < 0 ? below : at > 1 ? above : nonFinite;
  };
}

/** Colours `values` into `pixels`, entry by entry. NaN stands for "holds a non-finite cell". */
export function paintValues(
  pixels: Uint32Array,
  values: Float32Array | Uint8Array,
  colour: (value: number) => number,
): void {
  if (values instanceof Uint8Array) {
    // 256 possible values: each coloured once.
    const table = Uint32Array.from({ length: 256 }, (_, value) => colour(value));
    for (let i = 0; i < values.length; i++) pixels[i] = table[values[i]!]!;
    return;
  }
  let previous = Number.NaN;
  let painted = colour(previous);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== previous) {
      previous = value;
      painted = colour(value);
    }
    pixels[i] = painted;
  }
}
