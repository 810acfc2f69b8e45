// Questions that take a whole tensor, or all, to answer: how often which value occurs, rows' and columns' counts, the next selected entry,
// concentration. Strip by strip; what would be gigabytes is sampled and says so, or is refused.
import { addValues, binOf, emptyHistogram, type ValueHistogram } from '../components/matrix/valueHistogram';
import { readChanges } from '../core/inspect/lazyMask';
import type { StreamedSelection } from '../core/inspect/streamSelect';
import { type Concentration, concentration, type RankedSquares } from '../core/masks/concentration';
import { bitsOf, MAGNITUDE } from '../core/masks/deltas';
import { HIGH_BINS, LOW_BITS } from '../core/masks/magnitudeIndex';
import { profileOfCounts, type TensorProfile } from '../core/masks/profiles';
import type { Cell, LayerHistogram } from './atlasProtocol';
import type { TensorCells } from './inspectCells';
import { RefusedError } from './inspectFailure';
import { MOST_UNASKED_BYTES } from './inspectProtocol';
import { STRIP_CELLS, strips } from './inspectTiles';

/** Bytes of files up to which all tensors are gone through for one histogram, or one tensor is. */
const MOST_COUNTED_BYTES = 256 << 20;
const MOST_TENSOR_BYTES = 2 ** 31;
/** Stretches of a sample, and their entries over all tensors. */
const SAMPLE_STRETCH = 1 << 14;
const SAMPLE_ENTRIES = 1 << 23;

/** Of all the tensors together; a sample of evenly spread stretches where they are too large. */
export async function histogramThrough(tensors: readonly TensorCells[], signal: AbortSignal): Promise<LayerHistogram> {
  const bytes = tensors.reduce((sum, cells) => sum + cells.bytes, 0);
  const isWhole = bytes <= (tensors.length === 1 ? MOST_TENSOR_BYTES : MOST_COUNTED_BYTES);
  const histogram = emptyHistogram();
  if (isWhole) {
    for (const cells of tensors) for await (const { cells: part } of strips(cells, signal)) addValues(histogram, part);
    return histogram;
  }
  const entries = tensors.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const share = SAMPLE_ENTRIES / entries;
  for (const cells of tensors) await sample(cells, share, histogram, signal);
  return { ...histogram, sampledOf: entries };
}

/** Small tensors whole; of large ones a share in stretches at equal distances. */
async function sample(cells: TensorCells, share: number, histogram: ValueHistogram, signal: AbortSignal) {
  const size = cells.rows * cells.columns;
  const stretches = Math.max(1, Math.ceil((size * share) / SAMPLE_STRETCH));
  for (let i = 0; i < stretches; i++) {
    signal.throwIfAborted();
    const begin = Math.floor((size * i) / stretches);
    addValues(histogram, await cells.range(begin, Math.min(size, begin + SAMPLE_STRETCH)));
  }
}

/** Of 0 and 1, from how many there are of each. */
export function maskHistogram(selected: number, entries: number): LayerHistogram {
  const histogram = emptyHistogram();
  histogram.counts[binOf(0)] = entries - selected;
  histogram.counts[binOf(1)] = selected;
  histogram.finite = entries;
  if (entries > 0) Object.assign(histogram, { min: selected < entries ? 0 : 1, max: selected > 0 ? 1 : 0 });
  return histogram;
}

export async function profileThrough(cells: TensorCells, signal: AbortSignal): Promise<TensorProfile> {
  const { rows, columns } = cells;
  const [byRow, byColumn] = [new Uint32Array(rows), new Uint32Array(columns)];
  for await (const { row, cells: part } of strips(cells, signal)) {
    for (let i = 0, at = 0; at < part.length; i++) {
      let count = 0;
      for (let column = 0; column < columns; column++, at++) {
        const bit = part[at]!;
        count += bit;
        byColumn[column]! += bit;
      }
      byRow[row + i] = count;
    }
  }
  return profileOfCounts(byRow, byColumn);
}

/** The nearest selected entry in reading order, behind or before `from`; null when there is none. */
export async function nextThrough(
  { rows, columns, range }: TensorCells,
  from: Cell | null,
  direction: 1 | -1,
  signal: AbortSignal,
): Promise<Cell | null> {
  const size = rows * columns;
  const start = from && from.row * columns + from.column;
  // Small reads first: the next one is near where any are.
  let length = 1 << 12;
  if (direction === 1) {
    for (let at = start === null ? 0 : start + 1; at < size; ) {
      signal.throwIfAborted();
      const end = Math.min(size, at + length);
      const found = (await range(at, end)).indexOf(1);
      if (found >= 0) return cellAt(at + found, columns);
      at = end;
      length = Math.min(STRIP_CELLS, length * 4);
    }
    return null;
  }
  for (let end = start ?? size; end > 0; ) {
    signal.throwIfAborted();
    const begin = Math.max(0, end - length);
    const found = (await range(begin, end)).lastIndexOf(1);
    if (found >= 0) return cellAt(begin + found, columns);
    end = begin;
    length = Math.min(STRIP_CELLS, length * 4);
  }
  return null;
}

const cellAt = (flat: number, columns: number): Cell => ({ row: Math.floor(flat / columns), column: flat % columns });

/** Exact, in one more pass over both files. Throws RefusedError where that would be gigabytes: it then comes with the groups. */
export async function concentrationThrough(
  selection: StreamedSelection,
  percent: number,
  bytes: number,
  signal: AbortSignal,
): Promise<Concentration | null> {
  if (bytes > MOST_UNASKED_BYTES) {
    throw new RefusedError(
      'How concentrated the change is takes one more pass over both files, under “Coarser selections”.',
    );
  }
  const { scan } = selection;
  const squares = new Float64Array(HIGH_BINS);
  for (const pair of scan.pairs) {
    for (let begin = 0; begin < pair.size; begin += STRIP_CELLS) {
      signal.throwIfAborted();
      const changes = await readChanges(scan.pairing, pair, begin, Math.min(pair.size, begin + STRIP_CELLS));
      const bits = bitsOf(changes);
      for (let i = 0; i < bits.length; i++) squares[(bits[i]! & MAGNITUDE) >>> LOW_BITS]! += changes[i]! * changes[i]!;
    }
  }
  return concentrationOf(selection, squares, percent);
}

/** From the sums of squares of each bin of the upper bits; `percent` must be an end of the selection. */
export function concentrationOf(
  { scan, within, from, to }: StreamedSelection,
  squares: Float64Array,
  percent: number,
): Concentration | null {
  const index: RankedSquares = {
    total: scan.total,
    counts: scan.counts,
    squares: () => squares,
    within: (bin) => within.get(bin) ?? missing(bin),
    end: (_, k) => [from, to].find((end) => end.k === k) ?? missing(k),
  };
  return concentration(index, percent);
}

function missing(what: number): never {
  throw new RangeError(`The passes have not resolved ${what}.`);
}
