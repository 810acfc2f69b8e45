// What a chart says in words and numbers: the place of an update, what has no place on the axes, the value of a line at an update. No React.
import type { Band, DrawnLine, DrawnSegment, Fault } from './plot';
import { lowerBound } from './points';

/** "forgetting step 12"; the update alone outside every band. */
export function placeText(bands: readonly Band[], x: number): string {
  const band = bands.find(({ start, length }) => x > start && x <= start + length) ?? (x === 0 ? bands[0] : undefined);
  return band ? `${band.label} step ${x - band.start}` : `update ${x}`;
}

/** One sentence a kind of fault: "NaN at 2 updates, first at Forgetting step 12." */
export function faultSentences(faults: readonly Fault[], bands: readonly Band[]): string[] {
  const kinds = ['NaN', '∞', '−∞', 'false 0', '≤ 0'] as const;
  return kinds.flatMap((kind) => {
    const own = faults.filter((fault) => fault.kind === kind).map(({ x }) => x);
    if (own.length === 0) return [];
    const first = placeText(
      bands,
      own.reduce((least, x) => Math.min(least, x)),
    );
    const where = own.length === 1 ? `at ${first}` : `at ${own.length} updates, first at ${first}`;
    if (kind === '≤ 0') return [`Values ≤ 0 have no place on a logarithmic axis: ${where}.`];
    return [kind === 'false 0' ? `Exactly 0, which it cannot be, ${where}.` : `${kind} ${where}.`];
  });
}

/** What a line says at an update: the value of the nearest step in its band; null where it says nothing. */
export function valueNear(
  line: DrawnLine,
  bands: readonly Band[],
  x: number,
): { x: number; value: number; smoothed: number | null; colour: string } | null {
  let best: { segment: DrawnSegment; i: number; distance: number } | null = null;
  const band = bands.find(({ start, length }) => x > start && x <= start + length) ?? bands[0];
  for (const segment of line.drawn) {
    const { steps, count, offset } = segment;
    if (count === 0 || (band && segment.band !== band.key)) continue;
    const after = lowerBound(steps, count, x - offset);
    for (const i of [after - 1, after]) {
      if (i < 0 || i >= count) continue;
      const distance = Math.abs(offset + steps[i]! - x);
      if (!best || distance < best.distance) best = { segment, i, distance };
    }
  }
  if (!best || (!line.isSparse && best.distance > 1)) return null;
  const { segment, i } = best;
  const { values, smoothed, offset, steps, colour } = segment;
  return { x: offset + steps[i]!, value: values[i]!, smoothed: smoothed ? smoothed[i]! : null, colour };
}
