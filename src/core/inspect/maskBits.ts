// One bit of a streamed selection from one change and its place. A tensor falls into at most three stretches, at the places where the
// ties of the two ends are no longer taken; within a stretch an interval of magnitudes decides. No files in here.
import { MAGNITUDE } from '../masks/deltas';
import type { RankOrder } from '../masks/magnitudeIndex';
import type { StreamedEnd } from './rankEnds';
import type { StreamedSelection } from './streamSelect';

/** Entries [begin, end) of a tensor: selected are those with least ≤ magnitude bits < limit. */
export interface Stretch {
  begin: number;
  end: number;
  least: number;
  limit: number;
}

/** Entries [begin, end) of the scan's pair `tensor` as stretches. */
export function stretches(
  { order, from, to }: Pick<StreamedSelection, 'order' | 'from' | 'to'>,
  tensor: number,
  begin: number,
  end: number,
): Stretch[] {
  const cuts = [from, to].map(({ cut }) => tiesEnd(cut, tensor)).filter((cut) => cut > begin && cut < end);
  const borders = [begin, ...[...new Set(cuts)].sort((a, b) => a - b), end];
  return borders.slice(1).map((last, i) => {
    const first = borders[i]!;
    const inner = bound(order, to, first < tiesEnd(to.cut, tensor));
    const outer = bound(order, from, first < tiesEnd(from.cut, tensor));
    const [least, limit] = order === 'most' ? [inner, outer] : [outer, inner];
    return { begin: first, end: last, least, limit };
  });
}

/** Up to which index of a tensor ties are taken. */
function tiesEnd(cut: StreamedEnd['cut'], tensor: number): number {
  if (cut === null || tensor < cut.tensor) return Number.POSITIVE_INFINITY;
  return tensor === cut.tensor ? cut.index : 0;
}

/** The border between what is among the first k and what is not: the smaller bits are below it. */
function bound(order: RankOrder, { k, bits }: StreamedEnd, takesTies: boolean): number {
  if (k === 0) return order === 'most' ? MAGNITUDE : 0;
  return takesTies === (order === 'most') ? bits : bits + 1;
}

/**
 * 0 or 1 for the entries of one stretch, by the bits of their changes: `count` of them from bits[at], into out[to…]. No branch, since
 * which entries are selected cannot be foreseen.
 */
export function maskStretch(
  { least, limit }: Pick<Stretch, 'least' | 'limit'>,
  bits: Int32Array,
  at: number,
  count: number,
  out: Uint8Array,
  to: number,
): void {
  const below = least - 1;
  for (let i = 0; i < count; i++) {
    const key = bits[at + i]! & MAGNITUDE;
    out[to + i] = ((below - key) & (key - limit)) >>> 31;
  }
}
