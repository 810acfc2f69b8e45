// The distribution of |Δ| on a logarithmic axis, selected weights and the others counted apart. Exact counts; no bin is smoothed.
import { exp, log } from '../math';
import { bitsOf, MAGNITUDE, magnitudeBits, magnitudeOf } from './deltas';
import { LOW_BITS, type MagnitudeIndex } from './magnitudeIndex';
import type { Mask } from './tensorKinds';

export interface MagnitudeHistogram {
  /** Borders of the bins as float32 numbers, smallest first; a bin holds [edges[i], edges[i + 1]), the last its upper border too. */
  edges: Float64Array;
  selected: Uint32Array;
  others: Uint32Array;
  /** Weights that did not move: on no logarithmic axis. */
  zeros: { selected: number; others: number };
}

/**
 * `bins` bins of equal width on a logarithmic axis from the smallest change that is not zero to the largest; none when nothing moved.
 * Tensors that the mask lacks count as not selected. Throws RangeError unless there is at least one bin.
 */
export function magnitudeHistogram(index: MagnitudeIndex, mask: Mask, bins = 80): MagnitudeHistogram {
  if (!(Number.isInteger(bins) && bins >= 1)) throw new RangeError(`A histogram needs at least one bin, not ${bins}.`);
  const zeros = index.around(0).equal;
  const borders = zeros < index.total ? borderBits(index, zeros, bins) : new Int32Array(0);
  const starts = startBins(borders);
  const counts = [0, 1].map(() => new Uint32Array(Math.max(0, borders.length - 1)));
  const still = [0, 0];
  for (const { name, values } of index.deltas) {
    const bits = bitsOf(values);
    const selected = mask.get(name) ?? new Uint8Array(values.length);
    for (let i = 0; i < bits.length; i++) {
      const key = bits[i]! & MAGNITUDE;
      const side = selected[i]! & 1;
      if (key === 0) {
        still[side]!++;
        continue;
      }
      let bin = starts[key >>> LOW_BITS]!;
      while (key >= borders[bin + 1]!) bin++;
      counts[side]![bin]!++;
    }
  }
  const edges = Float64Array.from(borders, magnitudeOf);
  // The last border was moved up by one pattern, so that the largest change falls below it.
  if (edges.length > 0) edges[edges.length - 1] = magnitudeOf(borders.at(-1)! - 1);
  return { edges, selected: counts[1]!, others: counts[0]!, zeros: { selected: still[1]!, others: still[0]! } };
}

function borderBits(index: MagnitudeIndex, zeros: number, bins: number): Int32Array {
  const least = index.end('least', zeros + 1).bits;
  const most = index.end('most', 1).bits;
  const [from, to] = [log(magnitudeOf(least)), log(magnitudeOf(most))];
  const count = least === most ? 1 : bins;
  return Int32Array.from({ length: count + 1 }, (_, i) => {
    if (i === 0) return least;
    if (i === count) return most + 1;
    return Math.min(most, Math.max(least, magnitudeBits(exp(from + ((to - from) * i) / count))));
  });
}

/** For each pattern of the upper magnitude bits, the histogram's bin of its smallest member: where a search begins. */
function startBins(borders: Int32Array): Uint16Array {
  const starts = new Uint16Array(1 << (31 - LOW_BITS));
  let bin = 0;
  for (let high = 0; high < starts.length; high++) {
    while (bin + 2 < borders.length && high << LOW_BITS >= borders[bin + 1]!) bin++;
    starts[high] = bin;
  }
  return starts;
}
