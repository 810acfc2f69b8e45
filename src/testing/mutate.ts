// Damaged copies of good files, from a seed, and the loop that feeds them to a reader. What a reader must do with them: give a value or one
// of its own errors, soon, in little memory.
import type { Rng } from '../core/rng';
import { createRng } from '../core/rng';

/** Numbers that lengths, counts and offsets go wrong at. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 2 ** 40, 2 ** 53 - 1];

/** A damaged copy: one to four bit flips, overwritten numbers, cuts, inserted or repeated or moved bytes. */
export function mutate(rng: Rng, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let result = new Uint8Array(bytes);
  const times = 1 + rng.int(4);
  for (let i = 0; i < times; i++) result = rng.pick(MUTATIONS)(rng, result);
  return result;
}

type Mutation = (rng: Rng, bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

const place = (rng: Rng, bytes: Uint8Array): number => rng.int(bytes.length + 1);

function splice(bytes: Uint8Array, begin: number, end: number, inserted: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length - (end - begin) + inserted.length);
  result.set(bytes.subarray(0, begin));
  result.set(inserted, begin);
  result.set(bytes.subarray(end), begin + inserted.length);
  return result;
}

/** Some bytes of the file, up to 64. */
function slice(rng: Rng, bytes: Uint8Array): [begin: number, end: number] {
  const begin = place(rng, bytes);
  return [begin, Math.min(bytes.length, begin + rng.int(65))];
}

const MUTATIONS: readonly Mutation[] = [
  (rng, bytes) => {
    if (bytes.length > 0) {
      const at = rng.int(bytes.length);
      bytes[at] = bytes[at]! ^ (1 << rng.int(8));
    }
    return bytes;
  },
  (rng, bytes) => {
    if (bytes.length > 0) bytes[rng.int(bytes.length)] = rng.int(256);
    return bytes;
  },
  // A number of 1, 2, 4 or 8 bytes is replaced by one at the edge, or by one near what it was.
  (rng, bytes) => {
    const width = rng.pick([1, 2, 4, 8]);
    if (bytes.length < width) return bytes;
    const at = rng.int(bytes.length - width + 1);
    const isNear = rng.int(2) === 0;
    let carry = isNear ? rng.pick([-1, 1]) : 0;
    let edge = rng.pick([...EDGES, bytes.length, bytes.length - 1]);
    for (let i = 0; i < width; i++) {
      const value = isNear ? bytes[at + i]! + carry : edge % 256;
      bytes[at + i] = value & 0xff;
      carry = isNear ? Math.floor(value / 256) : 0;
      edge = Math.floor(edge / 256);
    }
    return bytes;
  },
  (rng, bytes) => bytes.slice(0, place(rng, bytes)),
  (rng, bytes) => bytes.slice(rng.int(Math.min(bytes.length, 16) + 1)),
  (rng, bytes) => splice(bytes, ...slice(rng, bytes), []),
  (rng, bytes) => {
    const at = place(rng, bytes);
    return splice(
      bytes,
      at,
      at,
      Array.from({ length: 1 + rng.int(16) }, () => rng.int(256)),
    );
  },
  (rng, bytes) => {
    const at = place(rng, bytes);
    return splice(bytes, at, at, bytes.slice(...slice(rng, bytes)));
  },
  (rng, bytes) => {
    const [begin, end] = slice(rng, bytes);
    return splice(bytes, begin, end, bytes.slice(...slice(rng, bytes)));
  },
];

/** How many damaged inputs a fuzz test takes: few in a plain run, as many as FUZZ says where it is set. */
export const fuzzCount = (quick: number): number => Number(process.env.FUZZ ?? quick);

/** How long a run of so many may take, for the test's limit. */
export const fuzzTimeout = (quick: number): number => 30_000 + fuzzCount(quick) * 50;

export interface FuzzOptions {
  /** The stream's name; the same name gives the same inputs. */
  name: string;
  /** Good files to damage. */
  seeds: readonly Uint8Array[];
  count: number;
  /** The reader at work; what it returns is not looked at. */
  use(bytes: Uint8Array<ArrayBuffer>): unknown;
  /** Whether an error is one of the reader's own. */
  isTyped(error: unknown): boolean;
  /** Milliseconds that one input may take; 2000 by default. */
  mostTime?: number;
  /** Bytes by which the process may grow; 256 MiB by default. */
  mostMemory?: number;
}

/** Throws Error with the number of the input that met with an untyped error, took too long or took too much memory. */
export async function fuzz(options: FuzzOptions): Promise<{ accepted: number; refused: number }> {
  const { name, seeds, count, use, isTyped, mostTime = 2000, mostMemory = 256 * 1024 * 1024 } = options;
  const root = createRng(1, name);
  const memoryBefore = process.memoryUsage.rss();
  const tally = { accepted: 0, refused: 0 };
  for (let i = 0; i < count; i++) {
    const rng = root.fork(String(i));
    const bytes = mutate(rng, seeds[i % seeds.length]!);
    const started = performance.now();
    try {
      await use(bytes);
      tally.accepted++;
    } catch (error) {
      if (!isTyped(error)) throw new Error(`${name}, input ${i}: ${String(error)}`, { cause: error });
      tally.refused++;
    }
    const time = performance.now() - started;
    if (time > mostTime) throw new Error(`${name}, input ${i} took ${Math.round(time)} ms.`);
    const growth = process.memoryUsage.rss() - memoryBefore;
    if (growth > mostMemory) throw new Error(`${name}, at input ${i} the process has grown by ${growth} bytes.`);
  }
  return tally;
}
