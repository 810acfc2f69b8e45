// A streamed selection's mask where it is looked at: read again from the two files, page by page, and decided by thresholds and cuts.
// The mask as a whole is never made. Nothing is drawn in here.
import { bitsOf } from '../masks/deltas';
import { BLOCK, changesInto } from './floats';
import { rawPair } from './magnitudeScan';
import { maskStretch, stretches } from './maskBits';
import type { CheckpointPairing, TensorPair } from './pairing';
import type { StreamedSelection } from './streamSelect';
import { type Area, areaRanges, checkRange, gatherPages, PAGE, pageCache, type Range } from './tiles';

/** Bits of a mask by tensor: 0 or 1 an entry, row-major. All throw RangeError for what is not in the mask, FileError for the files. */
export interface LazyMask {
  has(name: string): boolean;
  /** Entries [begin, end). */
  bits(name: string, begin: number, end: number): Promise<Uint8Array>;
  /** A rectangle; rows and columns as gridOf of tiles.ts has them. */
  block(name: string, area: Area): Promise<Uint8Array>;
}

/** after − before in float32, of any paired tensor. */
export interface LazyChanges {
  has(name: string): boolean;
  changes(name: string, begin: number, end: number): Promise<Float32Array>;
  changeBlock(name: string, area: Area): Promise<Float32Array>;
}

const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024;

/** The pages of changes of a pairing, which masks of several selections may share. */
export interface ChangePages extends LazyChanges {
  /** The pair that holds a tensor, tied ones under their own names too. Throws RangeError. */
  pair(name: string): TensorPair;
  /** Calls `copy` for each piece of the ranges, with the changes of a page from `from` on. */
  gather(
    pair: TensorPair,
    ranges: readonly Range[],
    copy: (changes: Float32Array, from: number, count: number, to: number, index: number) => void,
  ): Promise<void>;
}

/** Keeps up to `cacheBytes` of changes. */
export function changePages(pairing: CheckpointPairing, cacheBytes = DEFAULT_CACHE_BYTES): ChangePages {
  const byName = new Map(pairing.pairs.map((pair) => [pair.name, pair]));
  for (const { name, sameAs } of pairing.tied) {
    const pair = byName.get(sameAs);
    if (pair) byName.set(name, pair);
  }
  const pair = (name: string): TensorPair => {
    const found = byName.get(name);
    if (!found) throw new RangeError(`The checkpoints have no pair of tensors "${name}".`);
    return found;
  };
  const cache = pageCache<Float32Array>(cacheBytes);
  const gather: ChangePages['gather'] = (of, ranges, copy) =>
    gatherPages(
      ranges,
      (page) =>
        cache.get(`${page} ${of.name}`, () =>
          readChanges(pairing, of, page * PAGE, Math.min(of.size, (page + 1) * PAGE)),
        ),
      copy,
    );
  const collect = async (of: TensorPair, ranges: readonly Range[], size: number) => {
    const out = new Float32Array(size);
    await gather(of, ranges, (changes, from, count, to) => out.set(changes.subarray(from, from + count), to));
    return out;
  };
  return {
    has: (name) => byName.has(name),
    pair,
    gather,
    async changes(name, begin, end) {
      checkRange(name, pair(name).size, begin, end);
      return collect(pair(name), [[begin, end]], end - begin);
    },
    async changeBlock(name, area) {
      const { ranges, size } = areaRanges(name, pair(name).shape, area);
      return collect(pair(name), ranges, size);
    },
  };
}

/** Entries [begin, end) of the changes of one of the pairing's pairs, straight from both files. Throws what readBytes throws. */
export async function readChanges(
  { before, after }: Pick<CheckpointPairing, 'before' | 'after'>,
  pair: TensorPair,
  begin: number,
  end: number,
): Promise<Float32Array<ArrayBuffer>> {
  const bytes = await Promise.all([
    before.readBytes(pair.before.name, begin, end),
    after.readBytes(pair.after.name, begin, end),
  ]);
  const [from, to] = rawPair(pair, bytes);
  const changes = new Float32Array(end - begin);
  for (let at = 0; at < changes.length; at += BLOCK) {
    changesInto(from, to, at, Math.min(BLOCK, changes.length - at), changes.subarray(at));
  }
  return changes;
}

/** 0 or 1 for `count` changes, the first being entry `index` of the scan's pair `tensor`: from changes[from] on, into out[to…]. */
export function maskOfChanges(
  selection: StreamedSelection,
  tensor: number,
  { changes, from, count, index }: { changes: Float32Array; from: number; count: number; index: number },
  out: Uint8Array,
  to: number,
): void {
  const bits = bitsOf(changes);
  for (const stretch of stretches(selection, tensor, index, index + count)) {
    const skipped = stretch.begin - index;
    maskStretch(stretch, bits, from + skipped, stretch.end - stretch.begin, out, to + skipped);
  }
}

/** The mask of a selection. Tensors out of scope have zeros; tied ones the bits of the one that was counted. */
export function lazyMask(
  selection: StreamedSelection,
  pages: ChangePages = changePages(selection.scan.pairing),
): LazyMask {
  const places = new Map(selection.scan.pairs.map(({ name }, i) => [name, i]));
  const collect = async (pair: TensorPair, ranges: readonly Range[], size: number) => {
    const out = new Uint8Array(size);
    const tensor = places.get(pair.name);
    if (tensor === undefined || selection.selected === 0) return out;
    await pages.gather(pair, ranges, (changes, from, count, to, index) =>
      maskOfChanges(selection, tensor, { changes, from, count, index }, out, to),
    );
    return out;
  };
  return {
    has: pages.has,
    async bits(name, begin, end) {
      const pair = pages.pair(name);
      checkRange(name, pair.size, begin, end);
      return collect(pair, [[begin, end]], end - begin);
    },
    async block(name, area) {
      const pair = pages.pair(name);
      const { ranges, size } = areaRanges(name, pair.shape, area);
      return collect(pair, ranges, size);
    },
  };
}
