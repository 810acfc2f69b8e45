// What the passes know of a selection without reading a file again: a cell's rank, a tensor's distribution of changes, the released
// script's rule beside ours. Exact, or said not to be.

import { scanMagnitudes } from '../core/inspect/magnitudeScan';
import type { TensorPair } from '../core/inspect/pairing';
import type { MaskParity } from '../core/inspect/parity';
import { streamedHistogram, unrankedHistogram } from '../core/inspect/streamedHistogram';
import { aroundBits, type StreamedSelection } from '../core/inspect/streamSelect';
import type { CellFacts } from '../core/masks/cellFacts';
import type { ReferenceComparison } from '../core/masks/compareReference';
import { magnitudeBits } from '../core/masks/deltas';
import type { MagnitudeHistogram } from '../core/masks/magnitudeHistogram';
import { LOW_BITS } from '../core/masks/magnitudeIndex';
import type { CellReading } from './atlasProtocol';

/** Rank and ties of an entry, exact where the passes resolved its magnitude and it stands alone. */
export function streamedFacts(
  selection: StreamedSelection,
  tensor: string,
  cell: Pick<CellFacts, 'row' | 'column' | 'flat' | 'value' | 'selected'>,
): Pick<CellReading, 'facts' | 'rankWithin'> {
  const { scan, order, within } = selection;
  const facts: CellFacts = { ...cell, rank: null, ties: null, total: scan.total };
  if (!isCounted(selection, tensor)) return { facts };
  const bits = magnitudeBits(cell.value);
  const bin = bits >>> LOW_BITS;
  const isAlone = scan.counts[bin] === 1;
  const isKnown = within.has(bin) || isAlone || bits === 0;
  const { larger, equal } = isKnown && within.has(bin) ? aroundBits(selection, bits) : ofBin(selection, bits);
  const first = (order === 'most' ? larger : scan.total - larger - equal) + 1;
  if (isKnown && equal === 1) return { facts: { ...facts, rank: first, ties: 1 } };
  return { facts: { ...facts, ties: isKnown ? equal : null }, rankWithin: [first, first + equal - 1] };
}

/** How many entries are larger than a whole bin, and how many in it; of an unchanged entry, among the unchanged. */
function ofBin({ scan }: StreamedSelection, bits: number): { larger: number; equal: number } {
  const bin = bits >>> LOW_BITS;
  let larger = 0;
  for (let i = bin + 1; i < scan.counts.length; i++) larger += scan.counts[i]!;
  const { zeros } = scan.all;
  if (bits === 0) return { larger: larger + scan.counts[0]! - zeros, equal: zeros };
  return { larger, equal: scan.counts[bin]! };
}

/** Did the passes count the changes of a tensor? Not those out of scope. */
export const isCounted = ({ scan }: StreamedSelection, tensor: string): boolean =>
  scan.pairs.some(({ name }) => name === tensor);

/** A tensor out of scope is read for it. Throws what scanMagnitudes throws. */
export async function streamedMagnitudes(
  selection: StreamedSelection,
  pair: TensorPair,
  signal: AbortSignal,
): Promise<MagnitudeHistogram> {
  const { scan } = selection;
  const alone = { ...scan.pairing, pairs: [{ ...pair, inScope: true }] };
  const { edges, selected, others, zeros } = isCounted(selection, pair.name)
    ? streamedHistogram(
        selection,
        scan.pairs.findIndex(({ name }) => name === pair.name),
      )
    : unrankedHistogram((await scanMagnitudes(alone, { signal })).all);
  return { edges, selected: Uint32Array.from(selected), others: Uint32Array.from(others), zeros };
}

/**
 * Our selection beside the released script's, from a pass that counted both and no tensor twice. The entries of each rule are a stretch of one ranking, so
 * what they do not share follows from where the stretches begin and end.
 */
export function streamedReference(
  { kLower, kUpper, total, selected }: StreamedSelection,
  { reference }: Pick<MaskParity, 'reference'>,
): ReferenceComparison {
  if (!reference.applies) return reference;
  const more = (edge: 'lower' | 'upper') =>
    reference.causes.reduce((sum, cause) => sum + (cause.edge === edge ? cause.more : 0), 0);
  const [begin, end] = [kLower - more('lower'), kUpper + more('upper')];
  const taken = Math.max(0, end - begin);
  const shared = Math.max(0, Math.min(end, kUpper) - Math.max(begin, kLower));
  const difference = taken - selected;
  const differingBits = taken + selected - 2 * shared;
  const causes = differingBits > 0 ? reference.causes : [];
  const what = difference > 0 ? 'more weights' : difference < 0 ? 'fewer weights' : 'as many, but other weights';
  return {
    applies: true,
    selected: taken,
    achievedShare: total > 0 ? taken / total : 0,
    ...{ difference, differingBits, causes, cutTensors: reference.cutTensors },
    why:
      differingBits === 0
        ? 'The reference rule takes the same weights.'
        : `The reference rule takes ${what}: ${causes.map(({ text }) => text).join('; ')}.`,
  };
}
