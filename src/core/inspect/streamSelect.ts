// The exact global rule of neuronMask.ts over two checkpoints that need not fit into memory: same band, same ranks, same ties. What
// comes out is not the mask but all that decides each of its bits; lazyMask.ts reads them.
import { magnitudeOf } from '../masks/deltas';
import { countedDensities, type TensorDensity } from '../masks/densities';
import { LOW_BINS, LOW_BITS, type RankOrder } from '../masks/magnitudeIndex';
import { bandCounts, bandEdges, type MaskRule, type NeuronMask } from '../masks/neuronMask';
import { type MagnitudeScan, scanMagnitudes } from './magnitudeScan';
import type { CheckpointPairing } from './pairing';
import { type EdgeOptions, rankEnds, type StreamedEnd } from './rankEnds';
import type { PassProgress, StreamOptions } from './streamChunks';

export interface SelectionProgress extends PassProgress {
  /** 1: the histogram. 2: the edges. 3: ties, where many patterns made it necessary. */
  pass: 1 | 2 | 3;
  passes: 2 | 3;
  /** Of all passes to be made, 0 … 1. Falls back once should a third pass turn out to be needed. */
  done: number;
}

export interface StreamedTensor extends TensorDensity {
  inScope: boolean;
  /** Entries equal to the threshold at which the selection ends. */
  ties: number;
}

export interface StreamedSelection {
  scan: MagnitudeScan;
  rule: MaskRule;
  order: RankOrder;
  selected: number;
  /** N: entries in scope. */
  total: number;
  kLower: number;
  kUpper: number;
  /** Shares of N. */
  requestedShare: number;
  achievedShare: number;
  threshold: number | null;
  tiesAtThreshold: number;
  edges: NeuronMask['edges'];
  /** Where the skipped entries end, and the selected ones. */
  from: StreamedEnd;
  to: StreamedEnd;
  /** Of the bins at both ends: entries per pattern of the lower 15 bits. */
  within: ReadonlyMap<number, Float64Array>;
  /** All pairs, those out of scope with nothing selected. */
  tensors: readonly StreamedTensor[];
}

export interface SelectOptions extends Omit<StreamOptions, 'onProgress'>, Pick<EdgeOptions, 'patternBytes'> {
  onProgress?: (progress: SelectionProgress) => void;
  /** The first pass, where it was made before: another band then takes one pass. */
  scan?: MagnitudeScan;
}

/**
 * Select in two passes over both files. Throws RangeError unless 0 ≤ lower ≤ upper ≤ 100, NonFiniteDeltaError at the first change
 * that is NaN or infinite, FileError where a file cannot be read, and the signal's reason.
 */
export async function streamSelect(
  pairing: CheckpointPairing,
  { lower, upper, order }: MaskRule,
  options: SelectOptions = {},
): Promise<StreamedSelection> {
  bandCounts(0, lower, upper);
  const { onProgress, scan: known, patternBytes, chunkBytes, signal } = options;
  const progress = { pass: 1 as 1 | 2 | 3, passes: 2 as 2 | 3 };
  const common = {
    ...(chunkBytes === undefined ? {} : { chunkBytes }),
    ...(signal === undefined ? {} : { signal }),
    onProgress: (of: PassProgress) => {
      const { pass, passes } = progress;
      const skipped = known ? 1 : 0;
      const done = (pass - 1 - skipped + of.bytes / Math.max(1, of.totalBytes)) / (passes - skipped);
      onProgress?.({ ...of, pass, passes, done });
    },
  };
  const scan = known ?? (await scanMagnitudes(pairing, common));
  const { kLower, kUpper } = bandCounts(scan.total, lower, upper);
  progress.pass = 2;
  const { ends, within } = await rankEnds(scan, order, [kLower, kUpper], {
    ...common,
    ...(patternBytes === undefined ? {} : { patternBytes }),
    onThirdPass: () => Object.assign(progress, { pass: 3, passes: 3 }),
  });
  const [from, to] = [ends[0]!, ends[1]!];
  const selected = kUpper - kLower;
  const edges = bandEdges(from, to, selected);
  return {
    scan,
    rule: { lower, upper, order },
    order,
    selected,
    total: scan.total,
    kLower,
    kUpper,
    requestedShare: (upper - lower) / 100,
    achievedShare: scan.total > 0 ? selected / scan.total : 0,
    threshold: edges.upper?.threshold ?? null,
    tiesAtThreshold: edges.upper?.ties ?? 0,
    edges,
    from,
    to,
    within,
    tensors: tensorTable(scan, from, to),
  };
}

function tensorTable({ pairing, pairs }: MagnitudeScan, from: StreamedEnd, to: StreamedEnd): StreamedTensor[] {
  const places = new Map(pairs.map(({ name }, i) => [name, i]));
  const selectedOf = ({ name }: { name: string }) => {
    const at = places.get(name);
    return at === undefined ? 0 : to.counts[at]! - from.counts[at]!;
  };
  const specs = pairing.pairs.map(({ name, shape }) => ({ name, shape }));
  return countedDensities(specs, selectedOf, (name) => places.has(name)).map((row) => {
    const at = places.get(row.name);
    return { ...row, inScope: at !== undefined, ties: at === undefined ? 0 : to.tiesOf[at]! };
  });
}

/**
 * How many entries in scope are larger than a magnitude, and how many equal to it: of a magnitude in a bin that the selection has
 * resolved. Throws RangeError for others.
 */
export function aroundBits({ scan, within }: StreamedSelection, bits: number): { larger: number; equal: number } {
  const bin = bits >>> LOW_BITS;
  const low = within.get(bin) ?? (scan.counts[bin] === 0 ? new Float64Array(LOW_BINS) : null);
  if (!low) throw new RangeError(`The selection has not resolved the magnitudes about ${magnitudeOf(bits)}.`);
  const at = bits & (LOW_BINS - 1);
  let larger = 0;
  for (let i = bin + 1; i < scan.counts.length; i++) larger += scan.counts[i]!;
  for (let i = at + 1; i < LOW_BINS; i++) larger += low[i]!;
  return { larger, equal: low[at]! };
}
