// Up to eight masks counted alone and two by two, in one pass over all the files that they come from: selections of a pair of checkpoints,
// each bit decided by threshold and cut, and mask files of any format. What the counts say is masks/agreement.ts's.
import { BYTES_OF } from '../files/checkpoint';
import { type CountedTensor, checkCount, matchedPlaces } from '../masks/agreement';
import { countBoth, countOnes } from '../masks/countBits';
import { BLOCK, changesInto } from './floats';
import { pairItems, rawPair } from './magnitudeScan';
import { maskStretch, stretches } from './maskBits';
import { type MaskTensor, type MaskTensors, maskInto } from './maskTensors';
import type { TensorPair } from './pairing';
import {
  type Chunk,
  planChunks,
  type StreamItem,
  type StreamOptions,
  type StreamPart,
  streamBytes,
  streamChunks,
} from './streamChunks';
import type { StreamedSelection } from './streamSelect';

/** All selections are of one pair of checkpoints. */
export type StreamedMask = { from: 'selection'; selection: StreamedSelection } | { from: 'file'; file: MaskTensors };

/** Of one tensor, which mask takes its bits from where. */
type Source =
  /** `place`: among the scan's pairs; null where the selection holds nothing of it. */
  | { selection: StreamedSelection; place: number | null }
  /** `part`: which of the bytes read are the file's. */
  | { mask: MaskTensor; part: number };

interface Item extends StreamItem {
  name: string;
  shape: readonly number[];
  /** Both checkpoints' come first where a selection needs them. */
  pair: TensorPair | null;
  /** Of each mask; null where it has no such tensor. */
  sources: readonly (Source | null)[];
}

/**
 * Tied tensors are counted once. Throws RangeError for more masks than are compared, FileError for a value of a mask file that is neither
 * 0 nor 1 or a file that cannot be read, and the signal's reason.
 */
export async function countStreamed(
  masks: readonly StreamedMask[],
  options: StreamOptions = {},
): Promise<CountedTensor[]> {
  checkCount(masks.length);
  const items = itemsOf(masks);
  const counts = items.map(() => masks.map(() => masks.map(() => 0)));
  const blocks = masks.map(() => new Uint8Array(BLOCK));
  const visit = ({ item, begin, end }: Chunk, bytes: readonly Uint8Array[]) => {
    for (let at = begin; at < end; at += BLOCK) {
      const count = Math.min(BLOCK, end - at);
      decode(items[item]!, bytes, begin, at, count, blocks);
      add(items[item]!, count, blocks, counts[item]!);
    }
  };
  await streamChunks(items, planChunks(items, options.chunkBytes), visit, options);
  return items.map(({ name, shape, size, sources }, i) => {
    const both = counts[i]!.map((row, a) => row.slice(0, a + 1));
    return { name, shape, entries: size, ones: sources.map((source, a) => source && both[a]![a]!), both };
  });
}

/** What counting them reads. */
export const agreementBytes = (masks: readonly StreamedMask[]): number => streamBytes(itemsOf(masks));

function itemsOf(masks: readonly StreamedMask[]): Item[] {
  const made = masks.map((mask) => (mask.from === 'selection' ? mask.selection : null));
  const files = masks.map((mask) =>
    mask.from === 'file' ? mask.file.tensors.filter(({ sameAs }) => sameAs === null) : [],
  );
  const pairing = made.find((selection) => selection !== null)?.scan.pairing;
  const pairs = pairing?.pairs ?? [];
  const ranked = made.map((selection) => {
    const taken = selection && selection.selected > 0 ? selection.scan.pairs : [];
    return new Map(taken.map(({ name }, i) => [name, i]));
  });
  return matchedPlaces(made.map((selection, i) => (selection ? pairs : files[i]!))).map(({ name, shape, at }): Item => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const ours = at.find((place, i) => place !== null && made[i]) ?? null;
    const pair = ours === null ? null : pairs[ours]!;
    const parts: StreamPart[] = pair && pairing ? [...pairItems(pairing, [pair])[0]!.parts] : [];
    const sources = at.map((place, i): Source | null => {
      if (place === null) return null;
      const selection = made[i];
      if (selection) return { selection, place: ranked[i]!.get(name) ?? null };
      const mask = files[i]![place]!;
      return { mask, part: parts.push(mask) - 1 };
    });
    return { name, shape, size, parts, pair, sources };
  });
}

const floats = new Float32Array(BLOCK);
const bits = new Int32Array(floats.buffer);

/** Entries at … at + count − 1 of every mask, from a chunk that begins with entry `begin`. */
function decode(
  { pair, sources }: Item,
  bytes: readonly Uint8Array[],
  begin: number,
  at: number,
  count: number,
  out: readonly Uint8Array[],
): void {
  if (pair && sources.some((source) => source && 'place' in source && source.place !== null)) {
    const [before, after] = rawPair(pair, bytes);
    changesInto(before, after, at - begin, count, floats);
  }
  for (const [i, source] of sources.entries()) {
    if (source === null) continue;
    if ('mask' in source) {
      const { mask, part } = source;
      const width = mask.packed ? 1 / 8 : BYTES_OF[mask.tensor.dtype];
      const stored = bytes[part]!.subarray((at - begin) * width, Math.ceil((at - begin + count) * width));
      maskInto(mask, stored, at, count, out[i]!);
    } else if (source.place === null) out[i]!.fill(0, 0, count);
    else {
      for (const stretch of stretches(source.selection, source.place, at, at + count)) {
        const from = stretch.begin - at;
        maskStretch(stretch, bits, from, stretch.end - stretch.begin, out[i]!, from);
      }
    }
  }
}

function add({ sources }: Item, count: number, blocks: readonly Uint8Array[], into: number[][]): void {
  for (const [i, source] of sources.entries()) {
    if (source === null) continue;
    const own = blocks[i]!.subarray(0, count);
    into[i]![i]! += countOnes(own);
    for (let j = 0; j < i; j++) {
      if (sources[j] !== null) into[i]![j]! += countBoth(own, blocks[j]!.subarray(0, count));
    }
  }
}
