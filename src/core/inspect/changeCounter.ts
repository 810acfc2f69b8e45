// Counting changes by magnitude: what both passes over a pair of checkpoints spend their time in. Plain loops, which are the
// specification, and the same in WebAssembly (assembly/changes.ts) where the engine has its SIMD: about three times as fast.
import { MAGNITUDE, NOT_FINITE } from '../masks/deltas';
import { HIGH_BINS, LOW_BINS, LOW_BITS } from '../masks/magnitudeIndex';
import { CHANGES_MODULE } from './changesWasm';
import { BLOCK, changesInto, type FloatDtype, type RawFloats } from './floats';

/** What was read of the two files. */
export type RawPair = readonly [before: RawFloats, after: RawFloats];

export interface ChangeCounter {
  /** Adds the first `size` changes to the counts by the upper magnitude bits; gives how many are zero. At most 2³² − 1 until `takeHigh`. */
  tally(pair: RawPair, size: number): number;
  /** Is one of them infinite or NaN? */
  hasNonFinite(): boolean;
  /** Entries per pattern of the upper bits so far, into `into`; starts anew. */
  takeHigh(into: Uint32Array): void;
  /** How many of the first `size` changes lie above a bin of the upper bits. Those in it are counted by their lower bits, for `takeLow`. */
  countBin(pair: RawPair, size: number, bin: number): number;
  /** Gives each lower pattern that was met, with its count, and starts anew; how many patterns there are is known before. */
  takeLow(visit: (pattern: number, count: number) => void): void;
  readonly patterns: number;
}

/** One that a pass has done with, for the next: an engine sets many gigabytes of addresses aside for each memory. */
let idle: { bytes: number; counter: ChangeCounter } | null = null;

/**
 * Calls `work` with the fastest counter that the engine has, for pieces of at most `bytes` of each file, and gives what it gives. The
 * counter must be as it came once it is done.
 */
export async function withCounter<T>(bytes: number, work: (counter: ChangeCounter) => Promise<T>): Promise<T> {
  const counter = idle?.bytes === bytes ? idle.counter : (wasmCounter(bytes) ?? plainCounter());
  idle = null;
  const result = await work(counter);
  idle = { bytes, counter };
  return result;
}

const floats = new Float32Array(BLOCK);
const bits = new Int32Array(floats.buffer);

/** In plain loops, of pieces of any size. */
export function plainCounter(): ChangeCounter {
  const high = new Uint32Array(HIGH_BINS);
  const low = new Uint32Array(LOW_BINS);
  const list = new Uint16Array(LOW_BINS);
  let listed = 0;
  return {
    tally: (pair, size) => eachBlock(pair, size, (count) => tallyBlock(count, high)),
    hasNonFinite: () => isAny(high.subarray(FIRST_NON_FINITE)),
    takeHigh(into) {
      into.set(high);
      high.fill(0);
    },
    countBin: (pair, size, bin) =>
      eachBlock(pair, size, (count) => {
        let above = 0;
        for (let i = 0; i < count; i++) {
          const magnitude = bits[i]! & MAGNITUDE;
          above += (bin - (magnitude >>> LOW_BITS)) >>> 31;
          if (magnitude >>> LOW_BITS !== bin) continue;
          const pattern = magnitude & (LOW_BINS - 1);
          if (low[pattern]!++ === 0) list[listed++] = pattern;
        }
        return above;
      }),
    takeLow(visit) {
      visitLow(list.subarray(0, listed), low, visit);
      listed = 0;
    },
    get patterns() {
      return listed;
    },
  };
}

const FIRST_NON_FINITE = NOT_FINITE >>> LOW_BITS;

function isAny(counts: Uint32Array): boolean {
  let any = 0;
  for (let i = 0; i < counts.length; i++) any |= counts[i]!;
  return any !== 0;
}

function eachBlock([before, after]: RawPair, size: number, visit: (count: number) => number): number {
  let sum = 0;
  for (let begin = 0; begin < size; begin += BLOCK) {
    const count = Math.min(BLOCK, size - begin);
    changesInto(before, after, begin, count, floats);
    sum += visit(count);
  }
  return sum;
}

function tallyBlock(count: number, high: Uint32Array): number {
  let zeros = 0;
  for (let i = 0; i < count; i++) {
    const magnitude = bits[i]! & MAGNITUDE;
    zeros += (magnitude - 1) >>> 31;
    high[magnitude >>> LOW_BITS]!++;
  }
  return zeros;
}

function visitLow(list: Uint16Array, low: Uint32Array, visit: (pattern: number, count: number) => void): void {
  for (const pattern of list) {
    visit(pattern, low[pattern]!);
    low[pattern] = 0;
  }
}

/** As assembly/changes.ts numbers them. */
const DTYPES: Record<FloatDtype, number> = { F32: 0, F16: 1, BF16: 2, F64: 3 };

type FilePair = [beforeType: number, before: number, afterType: number, after: number, size: number];
interface ChangesExports {
  tally(...values: [...FilePair, tables: number, scratch: number]): number;
  countBin(...values: [...FilePair, bin: number, low: number, list: number, listed: number, scratch: number]): number;
}

let compiled: WebAssembly.Module | null | undefined;

/** null where the engine has no SIMD, or may not compile. */
function changesModule(): WebAssembly.Module | null {
  if (compiled !== undefined) return compiled;
  try {
    compiled = new WebAssembly.Module(Uint8Array.from(atob(CHANGES_MODULE), (letter) => letter.charCodeAt(0)));
  } catch {
    compiled = null;
  }
  return compiled;
}

const WASM_PAGE = 65_536;
/** Of three blocks of 2048 floats. */
const SCRATCH_BYTES = 3 * 2048 * 4;
/** Vectors are read to their end. */
const PADDING = 64;

/** In WebAssembly, in a memory that holds a piece of each file; null where the engine cannot. */
export function wasmCounter(bytes: number): ChangeCounter | null {
  const module = changesModule();
  if (!module) return null;
  const room = (Math.max(8, bytes) + PADDING + 15) & ~15;
  const at = { tables: 16, low: 0, list: 0, listed: 0, scratch: 0, before: 0, after: 0 };
  at.low = at.tables + 8 * HIGH_BINS;
  at.list = at.low + 4 * LOW_BINS;
  at.listed = at.list + 2 * LOW_BINS;
  at.scratch = at.listed + 16;
  at.before = at.scratch + SCRATCH_BYTES + PADDING;
  at.after = at.before + room;
  const memory = tryMemory(Math.ceil((at.after + room) / WASM_PAGE));
  if (!memory) return null;
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = instance.exports as unknown as ChangesExports;
  const heap = new Uint8Array(memory.buffer);
  const tables = new Uint32Array(memory.buffer, at.tables, 2 * HIGH_BINS);
  const low = new Uint32Array(memory.buffer, at.low, LOW_BINS);
  const list = new Uint16Array(memory.buffer, at.list, LOW_BINS);
  const listed = new Int32Array(memory.buffer, at.listed, 1);
  const put = ([before, after]: RawPair, size: number): FilePair => {
    copyTo(heap, at.before, before, size, room - PADDING);
    copyTo(heap, at.after, after, size, room - PADDING);
    return [DTYPES[before.dtype], at.before, DTYPES[after.dtype], at.after, size];
  };
  return {
    tally: (pair, size) => kernels.tally(...put(pair, size), at.tables, at.scratch) >>> 0,
    hasNonFinite: () =>
      isAny(tables.subarray(FIRST_NON_FINITE, HIGH_BINS)) || isAny(tables.subarray(HIGH_BINS + FIRST_NON_FINITE)),
    takeHigh(into) {
      for (let bin = 0; bin < HIGH_BINS; bin++) into[bin] = tables[bin]! + tables[HIGH_BINS + bin]!;
      tables.fill(0);
    },
    countBin: (pair, size, bin) =>
      kernels.countBin(...put(pair, size), bin, at.low, at.list, at.listed, at.scratch) >>> 0,
    takeLow(visit) {
      visitLow(list.subarray(0, listed[0]), low, visit);
      listed[0] = 0;
    },
    get patterns() {
      return listed[0]!;
    },
  };
}

function tryMemory(pages: number): WebAssembly.Memory | null {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch {
    return null;
  }
}

function copyTo(heap: Uint8Array, at: number, { values }: RawFloats, size: number, room: number): void {
  const bytes = size * values.BYTES_PER_ELEMENT;
  if (size > values.length || bytes > room) throw new RangeError(`${size} values do not fit into ${room} bytes.`);
  heap.set(new Uint8Array(values.buffer, values.byteOffset, bytes), at);
}
