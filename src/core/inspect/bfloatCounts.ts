// What the released script's rule needs to know of changes that are streamed: of each tensor, how often the largest (or smallest)
// bfloat16 patterns occur among the rounded |changes|; over all, how many entries, and how many that a mask file takes, lie below any
// bfloat16 number. No file is read in here. ALGORITHM §3 (Ref).
import { MAGNITUDE, magnitudeBits } from '../masks/deltas';
import type { RoundedHistogram } from '../masks/neuronMaskReference';

/** Patterns of |x| in bfloat16. */
const PATTERNS = 1 << 15;
/** The script's number for "no threshold". */
export const NO_THRESHOLD_BITS = magnitudeBits(1e8);

/** Entries by magnitude. */
export interface BfloatCounts {
  /** Entries whose bits begin with a pattern, and those that are exactly that bfloat16 number. */
  begins: Float64Array;
  exact: Float64Array;
  /** Entries from 1e8 on, and at it. */
  fromLimit: number;
  atLimit: number;
}

export interface BfloatTally {
  /** Counts `count` changes, by their bits, with the file's bits of them. */
  add(bits: Int32Array, mask: Uint8Array, maskAt: number, count: number): void;
  /** Ends a tensor: the patterns at the end of the ranking that hold more than `most` entries, or all. */
  endTensor(name: string, size: number, most: number): RoundedHistogram;
  /** Over all tensors. */
  all: BfloatCounts;
  /** The same of the entries that the file takes. */
  taken: BfloatCounts;
}

const emptyCounts = (): BfloatCounts => {
  return { begins: new Float64Array(PATTERNS), exact: new Float64Array(PATTERNS), fromLimit: 0, atLimit: 0 };
};

/** `sign` as the script's rule has it: +1 most changed first. */
export function bfloatTally(sign: 1 | -1): BfloatTally {
  const all = emptyCounts();
  const taken = emptyCounts();
  // Those that are not taken first.
  const begins = new Uint32Array(2 * PATTERNS);
  const exact = new Uint32Array(2 * PATTERNS);
  const rounded = new Uint32Array(PATTERNS);
  const roundedSum = new Float64Array(PATTERNS);
  const limit = new Uint32Array(4);
  let sinceFlush = 0;
  const flush = () => {
    for (let pattern = 0; pattern < PATTERNS; pattern++) {
      moveCount(begins, pattern, all.begins, taken.begins);
      moveCount(exact, pattern, all.exact, taken.exact);
      roundedSum[pattern]! += rounded[pattern]!;
    }
    for (const table of [begins, exact, rounded]) table.fill(0);
    all.fromLimit += limit[0]! + limit[1]!;
    taken.fromLimit += limit[1]!;
    all.atLimit += limit[2]! + limit[3]!;
    taken.atLimit += limit[3]!;
    limit.fill(0);
    sinceFlush = 0;
  };
  return {
    all,
    taken,
    add(bits, mask, maskAt, count) {
      if (sinceFlush + count > MOST_COUNTED) flush();
      sinceFlush += count;
      tally(bits, mask, maskAt, count, begins, exact, rounded, limit);
    },
    endTensor(name, size, most) {
      flush();
      const histogram = { name, size, ...endOfRanking(roundedSum, sign, most) };
      roundedSum.fill(0);
      return histogram;
    },
  };
}

const MOST_COUNTED = 2 ** 32 - 1;

function moveCount(from: Uint32Array, pattern: number, all: Float64Array, taken: Float64Array): void {
  const count = from[PATTERNS + pattern]!;
  all[pattern]! += from[pattern]! + count;
  taken[pattern]! += count;
}

function tally(
  bits: Int32Array,
  mask: Uint8Array,
  maskAt: number,
  count: number,
  begins: Uint32Array,
  exact: Uint32Array,
  rounded: Uint32Array,
  limit: Uint32Array,
): void {
  for (let i = 0; i < count; i++) {
    const key = bits[i]! & MAGNITUDE;
    const isTaken = mask[maskAt + i]!;
    const high = key >>> 16;
    const place = (isTaken << 15) | high;
    begins[place]!++;
    if ((key & 0xffff) === 0) exact[place]!++;
    // To nearest even, as neuronMaskReference.ts rounds.
    rounded[(key + 0x7fff + (high & 1)) >>> 16]!++;
    if (key >= NO_THRESHOLD_BITS) {
      limit[isTaken]!++;
      if (key === NO_THRESHOLD_BITS) limit[2 + isTaken]!++;
    }
  }
}

/** The rule asks for a prefix of the ranking only; what lies behind it would be the larger part of what is kept. */
function endOfRanking(counts: Float64Array, sign: 1 | -1, most: number): Pick<RoundedHistogram, 'first' | 'counts'> {
  const begin = counts.findIndex((count) => count > 0);
  if (begin < 0) return { first: 0, counts: new Float64Array(0) };
  let [first, last] = [begin, counts.findLastIndex((count) => count > 0)];
  let held = 0;
  if (sign === 1) {
    let pattern = last;
    for (; pattern > first && held + counts[pattern]! <= most; pattern--) held += counts[pattern]!;
    first = pattern;
  } else {
    let pattern = first;
    for (; pattern < last && held + counts[pattern]! <= most; pattern++) held += counts[pattern]!;
    last = pattern;
  }
  return { first, counts: counts.slice(first, last + 1) };
}

/** How many entries have smaller magnitude bits than `bits`: a bfloat16 number, the pattern behind one, or the script's 1e8. */
export function countBelow({ begins, exact, fromLimit }: BfloatCounts, bits: number): number {
  const sumTo = (end: number) => begins.subarray(0, end).reduce((sum, count) => sum + count, 0);
  if (bits === NO_THRESHOLD_BITS) return sumTo(PATTERNS) - fromLimit;
  const pattern = bits >>> 16;
  const rest = bits & 0xffff;
  if (rest > 1) throw new RangeError(`Nothing was counted at the magnitude bits ${bits}.`);
  return sumTo(pattern) + (rest === 1 ? exact[pattern]! : 0);
}

/** Over several counts: how many entries are larger than a bfloat16 number or 1e8, and how many equal to it; null for others. */
export function aroundBfloat(counts: readonly BfloatCounts[], bits: number): { larger: number; equal: number } | null {
  if (bits !== NO_THRESHOLD_BITS && (bits & 0xffff) !== 0) return null;
  const around = { larger: 0, equal: 0 };
  for (const { begins, exact, fromLimit, atLimit } of counts) {
    const isLimit = bits === NO_THRESHOLD_BITS;
    const equal = isLimit ? atLimit : exact[bits >>> 16]!;
    const from = isLimit ? fromLimit : begins.subarray(bits >>> 16).reduce((sum, count) => sum + count, 0);
    around.larger += from - equal;
    around.equal += equal;
  }
  return around;
}
