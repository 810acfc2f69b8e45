// The distribution of |Δ| of a streamed selection for drawing, of all tensors or of one: eight bins an octave, the selected and the
// others counted apart. Exact counts, from what the passes kept; no file is read.
import { magnitudeOf } from '../masks/deltas';
import type { RankOrder } from '../masks/magnitudeIndex';
import { DRAWN_BITS, type MagnitudeCounts } from './magnitudeScan';
import type { StreamedEnd } from './rankEnds';
import type { StreamedSelection } from './streamSelect';

export interface StreamedHistogram {
  /** Borders of the bins, smallest first; a bin holds [edges[i], edges[i + 1]). Empty when nothing moved. */
  edges: Float64Array;
  selected: Float64Array;
  others: Float64Array;
  /** Weights that did not move: on no logarithmic axis. */
  zeros: { selected: number; others: number };
}

/** Of all tensors in scope, or of one of the scan's pairs. */
export function streamedHistogram(selection: StreamedSelection, tensor?: number): StreamedHistogram {
  const { scan, order, from, to } = selection;
  const counts = tensor === undefined ? scan.all : scan.tensors[tensor];
  if (!counts) throw new RangeError(`The selection has ${scan.tensors.length} tensors; there is no number ${tensor}.`);
  const inTo = countInside(counts, order, to, tensor);
  const inFrom = countInside(counts, order, from, tensor);
  const selected = inTo.map((count, i) => count - inFrom[i]!);
  return {
    edges: edgesOf(counts),
    selected: selected.slice(1),
    others: counts.counts.map((count, i) => count - selected[i + 1]!),
    zeros: { selected: selected[0]!, others: counts.zeros - selected[0]! },
  };
}

/** Of a tensor that a selection does not rank: nothing of it is selected. */
export const unrankedHistogram = (counts: MagnitudeCounts): StreamedHistogram => ({
  edges: edgesOf(counts),
  selected: new Float64Array(counts.counts.length),
  others: counts.counts,
  zeros: { selected: 0, others: counts.zeros },
});

function edgesOf({ first, counts }: MagnitudeCounts): Float64Array {
  const borders = counts.length === 0 ? 0 : counts.length + 1;
  return Float64Array.from({ length: borders }, (_, i) => borderOf(first + i));
}

const borderOf = (bin: number): number => magnitudeOf(bin << DRAWN_BITS);

/**
 * Of the zeros and of each bin, how many entries are among the first k: all of the bins before the threshold's, none behind it, and
 * of the threshold's own what is left of the entries among the first k.
 */
function countInside(
  { zeros, first, counts }: MagnitudeCounts,
  order: RankOrder,
  { k, bits, counts: perTensor }: StreamedEnd,
  tensor: number | undefined,
): Float64Array {
  const cells = Float64Array.of(zeros, ...counts);
  let left = tensor === undefined ? k : perTensor[tensor]!;
  const inside = new Float64Array(cells.length);
  // A threshold below all bins lies between them and the zeros.
  const own = bits === 0 ? 0 : Math.max(0.5, (bits >>> DRAWN_BITS) - first + 1);
  for (let step = 0; step < cells.length && k > 0; step++) {
    const cell = order === 'most' ? cells.length - 1 - step : step;
    if (order === 'most' ? cell < own : cell > own) break;
    inside[cell] = cell === own ? left : cells[cell]!;
    left -= cells[cell]!;
  }
  return inside;
}
