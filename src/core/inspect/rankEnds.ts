// The second pass over a pair of checkpoints: where "the first k in rank" end, exactly. The first pass tells the bin of the upper 16
// magnitude bits that holds the k-th entry; this one counts, piece by piece, what lies above that bin and how often each pattern of
// the lower 15 bits occurs in it. That gives the threshold, its ties in every piece, and so the piece where the last tie that is taken
// lies; only that piece is read once more. Pieces keep the patterns they hold, not all that there are: a bin holds a few thousandths
// of spread changes, and coarse ones (bfloat16) have few patterns. Should they need more than the cap, they are dropped, and the
// pieces that hold entries of the bin are counted in a third pass against the threshold, which is then known.
import { MAGNITUDE } from '../masks/deltas';
import { binHolding, LOW_BINS, LOW_BITS, type RankEnd, type RankOrder } from '../masks/magnitudeIndex';
import { type ChangeCounter, type RawPair, withCounter } from './changeCounter';
import { BLOCK, changesInto } from './floats';
import { type MagnitudeScan, pairItems, rawPair } from './magnitudeScan';
import {
  type Chunk,
  DEFAULT_CHUNK_BYTES,
  planChunks,
  type StreamItem,
  type StreamOptions,
  streamChunks,
} from './streamChunks';

/** An entry's place: one of the scan's pairs, and a flat index in it. */
export interface Place {
  tensor: number;
  index: number;
}

/** The end of "the first k in rank" over files. */
export interface StreamedEnd extends RankEnd {
  k: number;
  /** Of the entries equal to `bits`, those before this place are taken; null when all are. */
  cut: Place | null;
  /** Of each of the scan's pairs: how many of its entries are among the first k, and how many are equal to `bits`. */
  counts: Float64Array;
  tiesOf: Float64Array;
}

export interface EdgeOptions extends StreamOptions {
  /** Bytes that the patterns of the pieces may take at each edge before they are dropped. */
  patternBytes?: number;
  /** Called before a third pass. */
  onThirdPass?: () => void;
}

export interface ResolvedEnds {
  ends: StreamedEnd[];
  /** Of each bin that was resolved: entries per pattern of the lower 15 bits. */
  within: ReadonlyMap<number, Float64Array>;
}

const DEFAULT_PATTERN_BYTES = 96 * 1024 * 1024;
const BYTES_A_PATTERN = 6;

/**
 * Ends of the first k in rank, for each of `ks`, in one pass (none when all are 0). Throws RangeError unless 0 ≤ k ≤ N, FileError where
 * a file cannot be read, and the signal's reason.
 */
export async function rankEnds(
  scan: MagnitudeScan,
  order: RankOrder,
  ks: readonly number[],
  options: EdgeOptions = {},
): Promise<ResolvedEnds> {
  const wrong = ks.find((k) => !(Number.isSafeInteger(k) && k >= 0 && k <= scan.total));
  if (wrong !== undefined) throw new RangeError(`There is no rank ${wrong} of ${scan.total}.`);
  const pass = { scan, order, items: pairItems(scan.pairing, scan.pairs), chunks: [] as Chunk[], options };
  pass.chunks = planChunks(pass.items, options.chunkBytes);
  const needed = ks.filter((k) => k > 0).map((k) => binHolding(scan.counts, order, k)[0]);
  const edges = new Map([...new Set(needed)].map((bin) => [bin, edgeBin(bin, options)]));
  if (edges.size > 0) {
    await withCounter(options.chunkBytes ?? DEFAULT_CHUNK_BYTES, (counter) =>
      streamChunks(pass.items, pass.chunks, countEdges(scan, [...edges.values()], counter), options),
    );
  }
  const found = new Map<number, StreamedEnd>();
  for (const k of ks) if (!found.has(k)) found.set(k, startOfEnd(pass, edges, k));
  await countChunks(pass, edges, [...found.values()]);
  const ends = ks.map((k) => found.get(k)!);
  return { ends, within: new Map([...edges].map(([bin, { low }]) => [bin, low])) };
}

interface Pass {
  scan: MagnitudeScan;
  order: RankOrder;
  items: StreamItem[];
  chunks: Chunk[];
  options: EdgeOptions;
}

/** What the second pass keeps about a bin of the upper bits. */
interface EdgeBin {
  bin: number;
  /** Over all pieces: entries per pattern of the lower bits. */
  low: Float64Array;
  /** Of each piece: entries above the bin, and in it. */
  above: number[];
  inside: number[];
  /** Of each piece, from starts[piece] on: the patterns it holds with their counts. null once they have grown beyond the cap. */
  log: { starts: number[]; patterns: Uint16Array; counts: Uint32Array; used: number } | null;
  most: number;
}

function edgeBin(bin: number, { patternBytes = DEFAULT_PATTERN_BYTES }: EdgeOptions): EdgeBin {
  const log = { starts: [0], patterns: new Uint16Array(1024), counts: new Uint32Array(1024), used: 0 };
  const most = Math.floor(patternBytes / BYTES_A_PATTERN);
  return { bin, low: new Float64Array(LOW_BINS), above: [], inside: [], log, most };
}

const floats = new Float32Array(BLOCK);
const bits = new Int32Array(floats.buffer);

/** The visit of the second pass. Several bins are counted one after the other. */
function countEdges({ pairs }: MagnitudeScan, edges: readonly EdgeBin[], counter: ChangeCounter) {
  return ({ item, begin, end }: Chunk, bytes: readonly Uint8Array[]): void => {
    const raw = rawPair(pairs[item]!, bytes);
    for (const edge of edges) {
      edge.above.push(counter.countBin(raw, end - begin, edge.bin));
      keepPiece(edge, counter);
    }
  };
}

/** Sums what `visit` gives for the changes of each block, which it finds in `bits`. */
function eachBlock([before, after]: RawPair, size: number, visit: (count: number) => number): number {
  let sum = 0;
  for (let begin = 0; begin < size; begin += BLOCK) {
    const count = Math.min(BLOCK, size - begin);
    changesInto(before, after, begin, count, floats);
    sum += visit(count);
  }
  return sum;
}

/** Moves the counts of a piece into what is kept. */
function keepPiece(edge: EdgeBin, counter: ChangeCounter): void {
  const log = reserve(edge, counter.patterns);
  let inside = 0;
  counter.takeLow((pattern, count) => {
    inside += count;
    edge.low[pattern]! += count;
    if (!log) return;
    log.patterns[log.used] = pattern;
    log.counts[log.used++] = count;
  });
  log?.starts.push(log.used);
  edge.inside.push(inside);
}

function reserve(edge: EdgeBin, more: number): EdgeBin['log'] {
  const { log, most } = edge;
  if (!log) return null;
  const needed = log.used + more;
  if (needed > most) {
    edge.log = null;
    return null;
  }
  if (needed > log.patterns.length) {
    const length = Math.max(needed, Math.min(most, 2 * log.patterns.length));
    const [patterns, counts] = [new Uint16Array(length), new Uint32Array(length)];
    patterns.set(log.patterns);
    counts.set(log.counts);
    Object.assign(log, { patterns, counts });
  }
  return log;
}

/** Threshold and ties of an end; its counts are still to come. */
function startOfEnd({ scan, order }: Pass, edges: ReadonlyMap<number, EdgeBin>, k: number): StreamedEnd {
  const [counts, tiesOf] = [new Float64Array(scan.pairs.length), new Float64Array(scan.pairs.length)];
  const common = { k, cut: null, counts, tiesOf };
  if (k === 0) return { ...common, bits: -1, ties: 0, taken: 0 };
  const [bin, before] = binHolding(scan.counts, order, k);
  const { low } = edges.get(bin)!;
  const [lowBin, beforeInBin] = binHolding(low, order, k - before);
  return { ...common, bits: (bin << LOW_BITS) | lowBin, ties: low[lowBin]!, taken: k - before - beforeInBin };
}

/** Entries of a piece above a threshold, and equal to it. */
interface PieceCount {
  above: number;
  equal: number;
}

async function countChunks(
  pass: Pass,
  edges: ReadonlyMap<number, EdgeBin>,
  ends: readonly StreamedEnd[],
): Promise<void> {
  const asked = ends.filter(({ k }) => k > 0);
  const edgeOf = ({ bits: threshold }: StreamedEnd) => edges.get(threshold >>> LOW_BITS)!;
  const again = asked.filter((end) => edgeOf(end).log === null);
  const exact = again.length > 0 ? await thirdPass(pass, again, edgeOf) : null;
  for (const end of asked) {
    const edge = edgeOf(end);
    await settle(
      pass,
      end,
      (piece) => exact?.get(end)?.get(piece) ?? countPiece(edge, piece, end.bits & (LOW_BINS - 1)),
    );
  }
}

/** From the patterns of a piece. A piece without entries in the bin needs none. */
function countPiece({ above, log }: EdgeBin, piece: number, threshold: number): PieceCount {
  let [more, equal] = [above[piece]!, 0];
  if (!log) return { above: more, equal };
  for (let at = log.starts[piece]!; at < log.starts[piece + 1]!; at++) {
    if (log.patterns[at]! > threshold) more += log.counts[at]!;
    else if (log.patterns[at]! === threshold) equal = log.counts[at]!;
  }
  return { above: more, equal };
}

/** Over the pieces that hold entries of an edge's bin. */
async function thirdPass(
  { scan, items, chunks, options }: Pass,
  ends: readonly StreamedEnd[],
  edgeOf: (end: StreamedEnd) => EdgeBin,
): Promise<Map<StreamedEnd, Map<number, PieceCount>>> {
  options.onThirdPass?.();
  const pieces = chunks.flatMap((_, piece) => (ends.some((end) => edgeOf(end).inside[piece]! > 0) ? [piece] : []));
  const found = new Map(ends.map((end) => [end, new Map<number, PieceCount>()]));
  const visit = (chunk: Chunk, bytes: readonly Uint8Array[], at: number) => {
    const raw = rawPair(scan.pairs[chunk.item]!, bytes);
    for (const end of ends) {
      const count: PieceCount = { above: 0, equal: 0 };
      eachBlock(raw, chunk.end - chunk.begin, (size) => addAround(size, end.bits, count));
      found.get(end)!.set(pieces[at]!, count);
    }
  };
  const again = pieces.map((piece) => chunks[piece]!);
  await streamChunks(items, again, visit, options);
  return found;
}

function addAround(count: number, threshold: number, into: PieceCount): number {
  let [above, equal] = [0, 0];
  for (let i = 0; i < count; i++) {
    const magnitude = bits[i]! & MAGNITUDE;
    above += (threshold - magnitude) >>> 31;
    if (magnitude === threshold) equal++;
  }
  into.above += above;
  into.equal += equal;
  return 0;
}

/** Counts of each tensor, and the place where the ties that are taken end. */
async function settle(pass: Pass, end: StreamedEnd, count: (piece: number) => PieceCount): Promise<void> {
  let left = end.taken;
  for (const [piece, chunk] of pass.chunks.entries()) {
    const { above, equal } = count(piece);
    const before = pass.order === 'most' ? above : chunk.end - chunk.begin - above - equal;
    const taken = Math.min(left, equal);
    end.counts[chunk.item]! += before + taken;
    end.tiesOf[chunk.item]! += equal;
    if (equal > left && end.cut === null) {
      end.cut = { tensor: chunk.item, index: left > 0 ? await tieEnd(pass, chunk, end.bits, left) : chunk.begin };
    }
    left -= taken;
  }
}

/** The index behind the `nth` tie of a piece. */
async function tieEnd({ scan, items, options }: Pass, chunk: Chunk, threshold: number, nth: number): Promise<number> {
  let found = -1;
  let left = nth;
  const visit = (_: Chunk, bytes: readonly Uint8Array[]) => {
    let at = chunk.begin;
    eachBlock(rawPair(scan.pairs[chunk.item]!, bytes), chunk.end - chunk.begin, (count) => {
      for (let i = 0; i < count && found < 0; i++) {
        if ((bits[i]! & MAGNITUDE) === threshold && --left === 0) found = at + i + 1;
      }
      at += count;
      return 0;
    });
  };
  const { signal, chunkBytes } = options;
  await streamChunks(items, [chunk], visit, { ...(signal ? { signal } : {}), ...(chunkBytes ? { chunkBytes } : {}) });
  if (found < 0) throw new RangeError('The files have changed since they were counted: choose them again.');
  return found;
}
