// The first pass over a pair of checkpoints: how often each pattern of the upper 16 magnitude bits occurs among the changes of all
// tensors in scope, and a coarser histogram of each tensor for drawing. What it keeps does not grow with the tensors' sizes.
import { NonFiniteDeltaError } from '../masks/deltas';
import { HIGH_BINS, LOW_BITS } from '../masks/magnitudeIndex';
import { type ChangeCounter, type RawPair, withCounter } from './changeCounter';
import { BLOCK, changesInto, isFloatDtype, rawFloats } from './floats';
import type { CheckpointPairing, TensorPair } from './pairing';
import {
  type Chunk,
  DEFAULT_CHUNK_BYTES,
  planChunks,
  type StreamItem,
  type StreamOptions,
  streamChunks,
} from './streamChunks';

/** Magnitude bits that the bins of a tensor's histogram leave out: eight bins an octave stay. */
export const DRAWN_BITS = 20;
const FINE_PER_DRAWN = DRAWN_BITS - LOW_BITS;
const DRAWN_BINS = HIGH_BINS >>> FINE_PER_DRAWN;

/** The changes of one tensor, or of all. */
export interface MagnitudeCounts {
  /** Changes that are exactly zero; in no bin. */
  zeros: number;
  /** Bin first + i counts the magnitudes whose bits, shifted down by DRAWN_BITS, are first + i. Empty when nothing moved. */
  first: number;
  counts: Float64Array;
}

export interface MagnitudeScan {
  pairing: CheckpointPairing;
  /** Those in scope: what is ranked, in order. */
  pairs: readonly TensorPair[];
  /** N: entries over those. */
  total: number;
  /** Entries per pattern of the upper 16 magnitude bits, smallest magnitudes first; as magnitudeIndex.ts, but beyond 2³². */
  counts: Float64Array;
  all: MagnitudeCounts;
  /** Of each of `pairs`. */
  tensors: readonly MagnitudeCounts[];
}

/** Both files of each pair. */
export const pairItems = (
  { before, after }: Pick<CheckpointPairing, 'before' | 'after'>,
  pairs: readonly TensorPair[],
): StreamItem[] =>
  pairs.map((pair) => ({
    size: pair.size,
    parts: [
      { checkpoint: before, tensor: pair.before },
      { checkpoint: after, tensor: pair.after },
    ],
  }));

/** What was read of a pair. */
export function rawPair(pair: TensorPair, [before, after]: readonly Uint8Array[]): RawPair {
  const [from, to] = [pair.before.dtype, pair.after.dtype];
  if (!(isFloatDtype(from) && isFloatDtype(to))) throw new TypeError(`"${pair.name}" does not hold floats.`);
  return [rawFloats(from, before!), rawFloats(to, after!)];
}

/**
 * One pass over both files. Throws NonFiniteDeltaError at the first change that is NaN or infinite, FileError where a file cannot be
 * read, and the signal's reason.
 */
export function scanMagnitudes(pairing: CheckpointPairing, options: StreamOptions = {}): Promise<MagnitudeScan> {
  return withCounter(options.chunkBytes ?? DEFAULT_CHUNK_BYTES, (counter) => scan(pairing, options, counter));
}

async function scan(
  pairing: CheckpointPairing,
  options: StreamOptions,
  counter: ChangeCounter,
): Promise<MagnitudeScan> {
  const pairs = pairing.pairs.filter(({ inScope }) => inScope);
  const items = pairItems(pairing, pairs);
  const tensors = pairs.map(emptyCounts);
  const sums = emptySums();
  const visit = (chunk: Chunk, bytes: readonly Uint8Array[]) => {
    const pair = pairs[chunk.item]!;
    const size = chunk.end - chunk.begin;
    const raw = rawPair(pair, bytes);
    if (sums.sinceFlush + size > MOST_COUNTED) flush(counter, sums);
    sums.zeros += counter.tally(raw, size);
    sums.sinceFlush += size;
    if (counter.hasNonFinite()) throw new NonFiniteDeltaError(pair.name, chunk.begin + firstNonFinite(raw, size));
    if (chunk.end === pair.size) tensors[chunk.item] = endTensor(counter, sums);
  };
  await streamChunks(items, planChunks(items, options.chunkBytes), visit, options);
  const total = pairs.reduce((sum, { size }) => sum + size, 0);
  return { pairing, pairs, total, counts: sums.counts, all: trimmed(sums.allZeros, sums.all), tensors };
}

/** What was counted: of all tensors, and of the present one. */
const emptySums = () => ({
  counts: new Float64Array(HIGH_BINS),
  all: new Float64Array(DRAWN_BINS),
  allZeros: 0,
  drawn: new Float64Array(DRAWN_BINS),
  zeros: 0,
  /** Changes that the counter holds. */
  sinceFlush: 0,
});
type Sums = ReturnType<typeof emptySums>;

const flushed = new Uint32Array(HIGH_BINS);

function flush(counter: ChangeCounter, sums: Sums): void {
  counter.takeHigh(flushed);
  for (let bin = 0; bin < HIGH_BINS; bin++) {
    const count = flushed[bin]!;
    if (count === 0) continue;
    sums.counts[bin]! += count;
    sums.drawn[bin >>> FINE_PER_DRAWN]! += count;
  }
  sums.sinceFlush = 0;
}

function endTensor(counter: ChangeCounter, sums: Sums): MagnitudeCounts {
  flush(counter, sums);
  const { drawn, all, zeros } = sums;
  drawn[0]! -= zeros;
  for (let bin = 0; bin < DRAWN_BINS; bin++) all[bin]! += drawn[bin]!;
  sums.allZeros += zeros;
  const counts = trimmed(zeros, drawn);
  drawn.fill(0);
  sums.zeros = 0;
  return counts;
}

/** As many as one count of 32 bits holds. */
const MOST_COUNTED = 2 ** 32 - 1;

const emptyCounts = (): MagnitudeCounts => ({ zeros: 0, first: 0, counts: new Float64Array(0) });

function trimmed(zeros: number, bins: Float64Array): MagnitudeCounts {
  const first = bins.findIndex((count) => count > 0);
  if (first < 0) return { ...emptyCounts(), zeros };
  return { zeros, first, counts: bins.slice(first, bins.findLastIndex((count) => count > 0) + 1) };
}

/** The counts say that there is one; only then is it looked for. */
function firstNonFinite([before, after]: RawPair, size: number): number {
  const floats = new Float32Array(BLOCK);
  for (let begin = 0; begin < size; begin += BLOCK) {
    const count = Math.min(BLOCK, size - begin);
    changesInto(before, after, begin, count, floats);
    const found = floats.findIndex((value, i) => i < count && !Number.isFinite(value));
    if (found >= 0) return begin + found;
  }
  throw new RangeError('No change is infinite or NaN.');
}
