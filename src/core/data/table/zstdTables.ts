// Entropy coding of Zstandard (RFC 8878, section 4): bits read backwards, FSE tables, Huffman tables. Every index is checked: hostile bytes end in an
// error and never in a loop.

/** The data is no Zstandard frame that can be decoded. */
export const brokenZstd = (): Error => new Error('the Zstandard data is broken');

/** Bits of bytes [begin, end), from the last one on; below the first bit there are zeros, and `left` is negative. */
export class BackwardBits {
  /** Bits that are left. */
  left: number;
  constructor(
    private readonly bytes: Uint8Array,
    private readonly begin: number,
    end: number,
  ) {
    const last = bytes[end - 1] ?? 0;
    if (end <= begin || last === 0) throw brokenZstd();
    // The highest set bit ends the stream and is no part of it.
    this.left = (end - begin) * 8 - 1 - (Math.clz32(last) - 24);
  }

  /** The next `count` bits (24 at most) without taking them. */
  peek(count: number): number {
    const at = this.left - count;
    if (at < 0) return at <= -count ? 0 : (this.#at(0, count + at) << -at) >>> 0;
    return this.#at(at, count);
  }

  read(count: number): number {
    if (count > 24) return this.read(count - 16) * 65536 + this.read(16);
    const value = this.peek(count);
    this.left -= count;
    return value;
  }

  #at(bit: number, count: number): number {
    const { bytes } = this;
    const from = this.begin + (bit >> 3);
    const word = bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24);
    return (word >>> (bit & 7)) & ((1 << count) - 1);
  }
}

export interface FseTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** The decoding table of normalised counts (−1: less than one) that add up to 2^log. */
export function fseTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log;
  if (counts.reduce((sum, count) => sum + Math.abs(count), 0) !== size) throw brokenZstd();
  const symbols = new Uint8Array(size);
  const next = counts.map((count) => Math.abs(count));
  let high = size - 1;
  for (const [symbol, count] of counts.entries()) if (count === -1) symbols[high--] = symbol;
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (const [symbol, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol;
      // The step and the size share no factor, and a free place is left for as long as there are counts.
      do at = (at + step) & (size - 1);
      while (at > high);
    }
  }
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (let i = 0; i < size; i++) {
    const state = next[symbols[i]!]!++;
    bits[i] = log - (31 - Math.clz32(state));
    bases[i] = (state << bits[i]!) - size;
  }
  return { log, symbols, bits, bases };
}

/** A table that always gives one symbol. */
export const constantTable = (symbol: number): FseTable => ({
  log: 0,
  symbols: Uint8Array.of(symbol),
  bits: new Uint8Array(1),
  bases: new Uint16Array(1),
});

/** A table description that begins at `begin` and lies before `end`; `next`: the first byte behind it. */
export function readFseTable(
  bytes: Uint8Array,
  begin: number,
  end: number,
  most: { readonly log: number; readonly symbol: number },
): { table: FseTable; next: number } {
  let bit = begin * 8;
  const peek = (count: number): number => {
    const from = bit >> 3;
    const word = (bytes[from] ?? 0) | ((bytes[from + 1] ?? 0) << 8) | ((bytes[from + 2] ?? 0) << 16);
    return (word >>> (bit & 7)) & ((1 << count) - 1);
  };
  const log = peek(4) + 5;
  bit += 4;
  if (log > most.log) throw brokenZstd();
  const counts: number[] = [];
  let [remaining, threshold, width] = [(1 << log) + 1, 1 << log, log + 1];
  while (remaining > 1) {
    if (counts.length > most.symbol || bit > end * 8) throw brokenZstd();
    const short = 2 * threshold - 1 - remaining;
    const low = peek(width - 1);
    let count = low;
    if (low < short) bit += width - 1;
    else {
      count = peek(width);
      if (count >= threshold) count -= short;
      bit += width;
    }
    count--;
    remaining -= Math.abs(count);
    counts.push(count);
    for (let repeats = count === 0 ? 3 : 0; repeats === 3; ) {
      repeats = peek(2);
      bit += 2;
      for (let i = 0; i < repeats; i++) counts.push(0);
      if (counts.length > most.symbol + 1) throw brokenZstd();
    }
    for (; remaining < threshold && threshold > 1; width--) threshold >>= 1;
  }
  const next = (bit + 7) >> 3;
  if (remaining !== 1 || next > end) throw brokenZstd();
  return { table: fseTable(counts, log), next };
}

export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

const MAX_HUFFMAN_LOG = 11;

function fseWeights(bytes: Uint8Array, begin: number, end: number): number[] {
  const { table, next } = readFseTable(bytes, begin, end, { log: 6, symbol: 255 });
  const stream = new BackwardBits(bytes, next, end);
  const states = [stream.read(table.log), stream.read(table.log)];
  const weights: number[] = [];
  for (let turn = 0; weights.length < 255; turn = 1 - turn) {
    const state = states[turn]!;
    weights.push(table.symbols[state]!);
    states[turn] = table.bases[state]! + stream.read(table.bits[state]!);
    if (stream.left < 0) {
      weights.push(table.symbols[states[1 - turn]!]!);
      return weights;
    }
  }
  throw brokenZstd();
}

/** A Huffman description that begins at `begin`. */
export function readHuffman(bytes: Uint8Array, begin: number, end: number): { table: HuffmanTable; next: number } {
  if (begin >= end) throw brokenZstd();
  const head = bytes[begin]!;
  const next = begin + 1 + (head < 128 ? head : (head - 126) >> 1);
  if (next > end) throw brokenZstd();
  const nibble = (i: number): number => (bytes[begin + 1 + (i >> 1)]! >> (i % 2 === 0 ? 4 : 0)) & 15;
  const weights =
    head < 128 ? fseWeights(bytes, begin + 1, next) : Array.from({ length: head - 127 }, (_, i) => nibble(i));
  if (weights.length > 255 || weights.some((weight) => weight > MAX_HUFFMAN_LOG)) throw brokenZstd();
  const sum = weights.reduce((total, weight) => total + (weight > 0 ? 1 << (weight - 1) : 0), 0);
  if (sum === 0) throw brokenZstd();
  const log = 32 - Math.clz32(sum);
  const rest = (1 << log) - sum;
  // The last weight is what is missing to a power of two.
  if (log > MAX_HUFFMAN_LOG || (rest & (rest - 1)) !== 0) throw brokenZstd();
  weights.push(32 - Math.clz32(rest));
  const symbols = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    for (const [symbol, own] of weights.entries()) {
      if (own !== weight) continue;
      symbols.fill(symbol, at, at + (1 << (weight - 1)));
      bits.fill(log + 1 - weight, at, at + (1 << (weight - 1)));
      at += 1 << (weight - 1);
    }
  }
  if (at !== 1 << log) throw brokenZstd();
  return { table: { log, symbols, bits }, next };
}
