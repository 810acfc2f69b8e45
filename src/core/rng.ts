// Seeded random numbers: one seed, forked by name, so that adding a consumer never shifts another one's stream.
// Only integer arithmetic and exact divisions: the same numbers on every engine.

/** A pseudo-random stream. `fork` gives an independent stream that depends only on the parent's seed and the name. */
export interface Rng {
  /** Uniform in [0, 1) with 32 random bits. */
  next(): number;
  /** Uniform integer in [0, n). Throws RangeError unless n is a positive integer up to 2^32. */
  int(n: number): number;
  /** One element of a non-empty array. */
  pick<T>(items: readonly T[]): T;
  /** A new array in random order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** `count` different elements in random order. */
  sample<T>(items: readonly T[], count: number): T[];
  /** Standard normal (sum of twelve uniforms minus six: no transcendental function, so bit-equal everywhere). */
  normal(): number;
  fork(name: string): Rng;
  /** The state, for exact resume. */
  state(): readonly [number, number, number, number];
}

function hash(text: string, seed: number): number {
  let h = (seed ^ 0x9e3779b9) >>> 0;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x85ebca6b) >>> 0;
    h = ((h << 13) | (h >>> 19)) >>> 0;
  }
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

/** xoshiro128** (Blackman & Vigna), seeded by hashing `seed` and `path`; `state` continues a saved stream. */
export function createRng(seed: number, path = '', state?: readonly [number, number, number, number]): Rng {
  const root = `${seed}/${path}`;
  // In a typed array: numbers of 32 bits in closures' variables would be allocated anew at every draw where engines compress pointers.
  const words = Int32Array.from(
    state ?? [hash(root, 1), hash(root, 2), hash(root, 3), hash(root, 4) | 1],
    (x) => x | 0,
  );
  const bits = (): number => {
    const b = words[1]!;
    const c = words[2]! ^ words[0]!;
    const d = words[3]! ^ b;
    words[0] = words[0]! ^ d;
    words[1] = b ^ c;
    words[2] = c ^ (b << 9);
    words[3] = rotl(d, 11);
    return Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0;
  };
  const rng: Rng = {
    next: () => bits() / 4294967296,
    int(n) {
      if (!Number.isInteger(n) || n < 1 || n > 4294967296) throw new RangeError(`rng.int needs 1…2^32, got ${n}`);
      return Math.floor((bits() / 4294967296) * n);
    },
    pick(items) {
      if (items.length === 0) throw new RangeError('rng.pick needs a non-empty array');
      return items[rng.int(items.length)]!;
    },
    shuffle(items) {
      const out = items.slice();
      for (let i = out.length - 1; i > 0; i--) {
        const j = rng.int(i + 1);
        [out[i], out[j]] = [out[j]!, out[i]!];
      }
      return out;
    },
    sample: (items, count) => rng.shuffle(items).slice(0, count),
    normal() {
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += rng.next();
      return sum;
    },
    fork: (name) => createRng(seed, `${path}/${name}`),
    state: () => [words[0]! >>> 0, words[1]! >>> 0, words[2]! >>> 0, words[3]! >>> 0],
  };
  return rng;
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k)) | 0;
