// Zstandard frames (RFC 8878) decoded into a buffer of known size. No dictionaries and no checksums, as Parquet needs none; every length is
// checked before it is followed, so that hostile bytes end in an error in time that grows with the output alone.
import {
  BackwardBits,
  brokenZstd,
  constantTable,
  type FseTable,
  fseTable,
  type HuffmanTable,
  readFseTable,
  readHuffman,
} from './zstdTables';

const MAX_BLOCK = 128 * 1024;

interface State {
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  done: number;
  huffman: HuffmanTable | null;
  /** Literal lengths, offsets, match lengths. */
  readonly tables: (FseTable | null)[];
  readonly repeats: [number, number, number];
}

const times = (count: number, value: number): number[] => new Array<number>(count).fill(value);
const LENGTHS = {
  counts: [4, 3, ...times(11, 2), 1, 1, 1, ...times(9, 2), 3, 2, ...times(5, 1), ...times(4, -1)],
  bases: [...Array(16).keys(), 16, 18, 20, 22, 24, 28, 32, 40, 48, ...Array.from({ length: 11 }, (_, i) => 64 << i)],
  bits: [...times(16, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, ...Array.from({ length: 11 }, (_, i) => 6 + i)],
};
const MATCHES = {
  counts: [1, 4, 3, ...times(6, 2), ...times(37, 1), ...times(7, -1)],
  bases: [
    ...Array.from({ length: 32 }, (_, i) => i + 3),
    ...[35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99],
    ...Array.from({ length: 10 }, (_, i) => (128 << i) + 3),
  ],
  bits: [...times(32, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, ...Array.from({ length: 10 }, (_, i) => 7 + i)],
};
const OFFSET_COUNTS = [...times(6, 1), 2, 2, 2, ...times(15, 1), ...times(5, -1)];

/** In the order in which a block describes them. */
const KINDS = [
  { most: { log: 9, symbol: 35 }, standard: fseTable(LENGTHS.counts, 6) },
  { most: { log: 8, symbol: 30 }, standard: fseTable(OFFSET_COUNTS, 5) },
  { most: { log: 9, symbol: 52 }, standard: fseTable(MATCHES.counts, 6) },
] as const;

function byteAt(bytes: Uint8Array, at: number, end = bytes.length): number {
  if (at >= end) throw brokenZstd();
  return bytes[at]!;
}

function huffmanStream(table: HuffmanTable, input: Uint8Array, begin: number, end: number, into: Uint8Array): void {
  const stream = new BackwardBits(input, begin, end);
  for (let i = 0; i < into.length; i++) {
    const entry = stream.peek(table.log);
    into[i] = table.symbols[entry]!;
    stream.left -= table.bits[entry]!;
  }
  if (stream.left !== 0) throw brokenZstd();
}

function compressedLiterals(state: State, begin: number, end: number, size: number, streams: 1 | 4): Uint8Array {
  const { input, huffman } = state;
  if (!huffman) throw brokenZstd();
  const literals = new Uint8Array(size);
  if (streams === 1) {
    huffmanStream(huffman, input, begin, end, literals);
    return literals;
  }
  if (begin + 6 > end) throw brokenZstd();
  const part = Math.ceil(size / 4);
  let at = begin + 6;
  for (let i = 0; i < 4; i++) {
    const length = i < 3 ? input[begin + 2 * i]! | (input[begin + 2 * i + 1]! << 8) : end - at;
    if (length > end - at || 3 * part > size) throw brokenZstd();
    huffmanStream(huffman, input, at, at + length, literals.subarray(i * part, i < 3 ? (i + 1) * part : size));
    at += length;
  }
  return literals;
}

/** The literals of a block that begins at `begin`, and where its sequences begin. */
function readLiterals(state: State, begin: number, end: number): { literals: Uint8Array; next: number } {
  const { input } = state;
  const head = byteAt(input, begin, end);
  const [kind, format] = [head & 3, (head >> 2) & 3];
  const headLength = kind < 2 ? (format % 2 === 0 ? 1 : format === 1 ? 2 : 3) : format < 2 ? 3 : format + 2;
  let head40 = 0;
  for (let i = 0; i < headLength; i++) head40 += byteAt(input, begin + i, end) * 2 ** (8 * i);
  const width = format < 2 ? 10 : format === 2 ? 14 : 18;
  const size = kind < 2 ? Math.floor(head40 / (headLength === 1 ? 8 : 16)) : Math.floor(head40 / 16) % 2 ** width;
  const at = begin + headLength;
  if (size > MAX_BLOCK) throw brokenZstd();
  if (kind === 1) return { literals: new Uint8Array(size).fill(byteAt(input, at, end)), next: at + 1 };
  const length = kind === 0 ? size : Math.floor(head40 / 2 ** (4 + width));
  if (length > end - at) throw brokenZstd();
  if (kind === 0) return { literals: input.subarray(at, at + size), next: at + size };
  let from = at;
  if (kind === 2) {
    const { table, next } = readHuffman(input, at, at + length);
    state.huffman = table;
    from = next;
  }
  return { literals: compressedLiterals(state, from, at + length, size, format === 0 ? 1 : 4), next: at + length };
}

/** The distance of a match, by the rules for repeated ones. */
function distanceOf(value: number, hasLiterals: boolean, repeats: [number, number, number]): number {
  const place = value > 3 ? 3 : value - 1 + (hasLiterals ? 0 : 1);
  const distance = value > 3 ? value - 3 : place < 3 ? repeats[place]! : repeats[0] - 1;
  if (place >= 2) repeats[2] = repeats[1];
  if (place >= 1) repeats[1] = repeats[0];
  repeats[0] = distance;
  return distance;
}

function copyLiterals(state: State, literals: Uint8Array): void {
  if (literals.length > state.output.length - state.done) throw brokenZstd();
  state.output.set(literals, state.done);
  state.done += literals.length;
}

function copyMatch(state: State, distance: number, length: number): void {
  const { output, done } = state;
  if (distance < 1 || distance > done || length > output.length - done) throw brokenZstd();
  for (let i = 0; i < length; i++) output[done + i] = output[done + i - distance]!;
  state.done += length;
}

function readTables(state: State, begin: number, end: number): number {
  const modes = byteAt(state.input, begin, end);
  let at = begin + 1;
  for (const [i, { most, standard }] of KINDS.entries()) {
    const mode = (modes >> (6 - 2 * i)) & 3;
    if (mode === 0) state.tables[i] = standard;
    else if (mode === 1) {
      const symbol = byteAt(state.input, at++, end);
      if (symbol > most.symbol) throw brokenZstd();
      state.tables[i] = constantTable(symbol);
    } else if (mode === 2) {
      const { table, next } = readFseTable(state.input, at, end, most);
      state.tables[i] = table;
      at = next;
    }
  }
  return at;
}

function runSequences(state: State, literals: Uint8Array, begin: number, end: number, count: number): void {
  const at = readTables(state, begin, end);
  const [lengths, offsets, matches] = state.tables;
  if (!lengths || !offsets || !matches) throw brokenZstd();
  const stream = new BackwardBits(state.input, at, end);
  let [l, o, m] = [stream.read(lengths.log), stream.read(offsets.log), stream.read(matches.log)];
  let used = 0;
  const limit = state.done + MAX_BLOCK;
  for (let i = 0; i < count; i++) {
    const offsetCode = offsets.symbols[o]!;
    const value = 2 ** offsetCode + stream.read(offsetCode);
    const matchCode = matches.symbols[m]!;
    const match = MATCHES.bases[matchCode]! + stream.read(MATCHES.bits[matchCode]!);
    const lengthCode = lengths.symbols[l]!;
    const length = LENGTHS.bases[lengthCode]! + stream.read(LENGTHS.bits[lengthCode]!);
    if (stream.left < 0 || length > literals.length - used) throw brokenZstd();
    copyLiterals(state, literals.subarray(used, used + length));
    used += length;
    copyMatch(state, distanceOf(value, length > 0, state.repeats), match);
    if (state.done > limit) throw brokenZstd();
    if (i === count - 1) break;
    l = lengths.bases[l]! + stream.read(lengths.bits[l]!);
    m = matches.bases[m]! + stream.read(matches.bits[m]!);
    o = offsets.bases[o]! + stream.read(offsets.bits[o]!);
  }
  if (stream.left !== 0) throw brokenZstd();
  copyLiterals(state, literals.subarray(used));
}

function compressedBlock(state: State, begin: number, end: number): void {
  const { literals, next } = readLiterals(state, begin, end);
  const first = byteAt(state.input, next, end);
  if (first === 0) {
    copyLiterals(state, literals);
    return;
  }
  const second = first < 128 ? 0 : byteAt(state.input, next + 1, end);
  if (first < 128) runSequences(state, literals, next + 1, end, first);
  else if (first < 255) runSequences(state, literals, next + 2, end, (first - 128) * 256 + second);
  else runSequences(state, literals, next + 3, end, second + byteAt(state.input, next + 2, end) * 256 + 0x7f00);
}

/** One frame from `begin`; gives where it ends. */
function frame(input: Uint8Array, begin: number, output: Uint8Array, done: number): { end: number; done: number } {
  const flags = byteAt(input, begin + 4);
  const isSingle = (flags & 32) !== 0;
  if ((flags & 8) !== 0 || (flags & 3) !== 0) throw brokenZstd();
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6]!;
  let at = begin + 5 + (isSingle ? 0 : 1) + sizeBytes;
  const state: State = { input, output, done, huffman: null, tables: [null, null, null], repeats: [1, 4, 8] };
  for (let isLast = false; !isLast; ) {
    const head = byteAt(input, at) | (byteAt(input, at + 1) << 8) | (byteAt(input, at + 2) << 16);
    isLast = (head & 1) === 1;
    const [kind, size] = [(head >> 1) & 3, head >> 3];
    at += 3;
    if (size > MAX_BLOCK || kind === 3) throw brokenZstd();
    const end = at + (kind === 1 ? 1 : size);
    if (end > input.length) throw brokenZstd();
    if (kind === 0) copyLiterals(state, input.subarray(at, end));
    else if (kind === 1) copyLiterals(state, new Uint8Array(size).fill(input[at]!));
    else compressedBlock(state, at, end);
    at = end;
  }
  return { end: at + ((flags & 4) !== 0 ? 4 : 0), done: state.done };
}

/** The bytes that `input` packs in one or more frames. Throws Error unless they are whole and exactly `outputLength`. */
export function zstdDecode(input: Uint8Array, outputLength: number): Uint8Array {
  const output = new Uint8Array(outputLength);
  let [at, done] = [0, 0];
  while (at < input.length) {
    if (at + 8 > input.length) throw brokenZstd();
    const view = new DataView(input.buffer, input.byteOffset + at, 8);
    const magic = view.getUint32(0, true);
    if (magic === 0xfd2fb528) ({ end: at, done } = frame(input, at, output, done));
    else if (magic >>> 4 === 0x184d2a5) at += 8 + view.getUint32(4, true);
    else throw brokenZstd();
  }
  if (done !== outputLength) throw brokenZstd();
  return output;
}
