// The first pass over a pair of checkpoints: how often each pattern of the upper 16 magnitude bits occurs among the changes of all
// tensors in scope, and a coarser histogram of each tensor for drawing. What it keeps does not grow with the tensors' sizes.
import { MAGNITUDE, NOT_FINITE, NonFiniteDeltaError } from '../masks/deltas';
import { HIGH_BINS, LOW_BITS } from '../masks/magnitudeIndex';
import { BLOCK, changesInto, isFloatDtype, type RawFloats, rawFloats } from './floats';
import type { CheckpointPairing, TensorPair } from './pairing';
import { type Chunk, planChunks, type StreamItem, type StreamOptions, streamChunks } from './streamChunks';

/** Magnitude bits that the bins of a tensor's histogram leave out: eight bins an octave stay. */
export const DRAWN_BITS = 20;
const FINE_PER_DRAWN = DRAWN_BITS - LOW_BITS;

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
export function rawPair(
  pair: TensorPair,
  [before, after]: readonly Uint8Array[],
): [before: RawFloats, after: RawFloats] {
  const [from, to] = [pair.before.dtype, pair.after.dtype];
  if (!(isFloatDtype(from) && isFloatDtype(to))) throw new TypeError(`"${pair.name}" does not hold floats.`);
  return [rawFloats(from, before!), rawFloats(to, after!)];
}

/**
 * One pass over both files. Throws NonFiniteDeltaError at the first change that is NaN or infinite, FileError where a file cannot be
 * read, and the signal's reason.
 */
export async function scanMagnitudes(pairing: CheckpointPairing, options: StreamOptions = {}): Promise<MagnitudeScan> {
  const pairs = pairing.pairs.filter(({ inScope }) => inScope);
  const items = pairItems(pairing, pairs);
  const tensors = pairs.map(emptyCounts);
  const counts = new Float64Array(HIGH_BINS);
  const drawn = new Float64Array(HIGH_BINS >>> FINE_PER_DRAWN);
  const fine = new Uint32Array(HIGH_BINS);
  const all = { zeros: 0, bins: new Float64Array(drawn.length) };
  let zeros = 0;
  let sinceFlush = 0;
  const flush = () => {
    for (let bin = 0; bin < HIGH_BINS; bin++) {
      const count = fine[bin]!;
      if (count === 0) continue;
      counts[bin]! += count;
      drawn[bin >>> FINE_PER_DRAWN]! += count;
    }
    fine.fill(0);
    sinceFlush = 0;
  };
  const chunks = planChunks(items, options.chunkBytes);
  const visit = (chunk: Chunk, bytes: readonly Uint8Array[]) => {
    const pair = pairs[chunk.item]!;
    const size = chunk.end - chunk.begin;
    const raw = rawPair(pair, bytes);
    if (sinceFlush + size > MOST_COUNTED) flush();
    zeros += tallyChunk(raw, size, fine);
    sinceFlush += size;
    checkFinite(pair, chunk, raw, fine);
    if (chunk.end < pair.size) return;
    flush();
    drawn[0]! -= zeros;
    for (let bin = 0; bin < drawn.length; bin++) all.bins[bin]! += drawn[bin]!;
    all.zeros += zeros;
    tensors[chunk.item] = trimmed(zeros, drawn);
    drawn.fill(0);
    zeros = 0;
  };
  await streamChunks(items, chunks, visit, options);
  const total = pairs.reduce((sum, { size }) => sum + size, 0);
  return { pairing, pairs, total, counts, all: trimmed(all.zeros, all.bins), tensors };
}

/** As many as one count of 32 bits holds. */
const MOST_COUNTED = 2 ** 32 - 1;

const emptyCounts = (): MagnitudeCounts => ({ zeros: 0, first: 0, counts: new Float64Array(0) });

function trimmed(zeros: number, bins: Float64Array): MagnitudeCounts {
  const first = bins.findIndex((count) => count > 0);
  if (first < 0) return { ...emptyCounts(), zeros };
  return { zeros, first, counts: bins.slice(first, bins.findLastIndex((count) => count > 0) + 1) };
}

const floats = new Float32Array(BLOCK);
const bits = new Int32Array(floats.buffer);

/** Adds a chunk's changes to the histogram; gives how many of them are zero. */
function tallyChunk([before, after]: readonly [RawFloats, RawFloats], size: number, fine: Uint32Array): number {
  let zeros = 0;
  for (let begin = 0; begin < size; begin += BLOCK) {
    const count = Math.min(BLOCK, size - begin);
    changesInto(before, after, begin, count, floats);
    zeros += tallyBlock(count, fine);
  }
  return zeros;
}

function tallyBlock(count: number, fine: Uint32Array): number {
  let zeros = 0;
  for (let i = 0; i < count; i++) {
    const magnitude = bits[i]! & MAGNITUDE;
    zeros += (magnitude - 1) >>> 31;
    fine[magnitude >>> LOW_BITS]!++;
  }
  return zeros;
}

/** The counts say whether there is one; only then is it looked for. */
function checkFinite(
  pair: TensorPair,
  chunk: Chunk,
  [before, after]: readonly [RawFloats, RawFloats],
  fine: Uint32Array,
): void {
  let wrong = 0;
  for (let bin = NOT_FINITE >>> LOW_BITS; bin < HIGH_BINS; bin++) wrong |= fine[bin]!;
  if (wrong === 0) return;
  const size = chunk.end - chunk.begin;
  for (let begin = 0; begin < size; begin += BLOCK) {
    const count = Math.min(BLOCK, size - begin);
    changesInto(before, after, begin, count, floats);
    const found = bits.findIndex((value, i) => i < count && (value & MAGNITUDE) >= NOT_FINITE);
    if (found >= 0) throw new NonFiniteDeltaError(pair.name, chunk.begin + begin + found);
  }
}
