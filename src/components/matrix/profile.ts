// Values per row or per column along a matrix's edge: the largest under each pixel, so that a single hot row among thousands stays
// visible. Pixels and hovering; the canvas part is at the end.

export interface Profile {
  /** What the values are: "selected per row". */
  label: string;
  values: Float32Array;
  format(value: number): string;
}

/** First and last (exclusive) entry under a pixel; every pixel has at least one while it is on the axis. */
export function entriesUnder(pixel: number, first: number, pixelsAnEntry: number, entries: number): [number, number] {
  const from = Math.max(0, Math.floor(first + pixel / pixelsAnEntry));
  const to = Math.min(entries, Math.max(from + 1, Math.ceil(first + (pixel + 1) / pixelsAnEntry - 1e-9)));
  return [from, to];
}

/** The entry with the largest finite value under a pixel; null outside the axis or when none is finite. */
export function peakUnder(values: Float32Array, pixel: number, first: number, pixelsAnEntry: number): number | null {
  const [from, to] = entriesUnder(pixel, first, pixelsAnEntry, values.length);
  let best: number | null = null;
  for (let i = from; i < to; i++) {
    if (Number.isFinite(values[i]!) && (best === null || values[i]! > values[best]!)) best = i;
  }
  return best;
}

/** The largest value under each of `length` pixels; NaN where there is none. */
export function maxPerPixel(values: Float32Array, length: number, first: number, pixelsAnEntry: number): Float32Array {
  return Float32Array.from({ length }, (_, pixel) => {
    const at = peakUnder(values, pixel, first, pixelsAnEntry);
    return at === null ? Number.NaN : values[at]!;
  });
}

/** Largest finite value and where; null when there is none. */
export function peakOf(values: Float32Array): number | null {
  let best: number | null = null;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!) && (best === null || values[i]! > values[best]!)) best = i;
  }
  return best;
}

/** Bars from the edge next to the matrix outwards; a value above 0 is never thinner than a pixel. */
export function drawProfile(
  context: CanvasRenderingContext2D,
  bars: Float32Array,
  most: number,
  along: 'rows' | 'columns',
  depth: number,
  offset: number,
): void {
  for (let pixel = 0; pixel < bars.length; pixel++) {
    const value = bars[pixel]!;
    if (!(value > 0) || !(most > 0)) continue;
    const size = Math.max(1, Math.round((value / most) * depth));
    if (along === 'rows') context.fillRect(0, offset + pixel, size, 1);
    else context.fillRect(offset + pixel, 0, 1, size);
  }
}
