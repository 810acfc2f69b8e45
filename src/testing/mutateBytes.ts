// Damages bytes the way files are damaged, and the way those who look for holes do it: seeded, so that a failure can be had again.
import type { Rng } from '../core/rng';

/** A copy with one change at or behind `from`: a flipped bit, a cut, extreme values, an inserted byte, a piece copied over another. */
export function mutateBytes(original: Uint8Array, rng: Rng, from = 0): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(original);
  if (bytes.length === 0) return Uint8Array.of(rng.int(256));
  const first = Math.min(Math.max(0, from), bytes.length - 1);
  const at = first + rng.int(bytes.length - first);
  switch (rng.int(5)) {
    case 0:
      bytes[at]! ^= 1 << rng.int(8);
      return bytes;
    case 1:
      return bytes.slice(0, at);
    case 2: {
      const value = rng.pick([0, 1, 0x7f, 0x80, 0xff]);
      return bytes.fill(value, at, at + 1 + rng.int(4));
    }
    case 3: {
      const longer = new Uint8Array(bytes.length + 1).fill(rng.int(256));
      longer.set(bytes.subarray(0, at));
      longer.set(bytes.subarray(at), at + 1);
      return longer;
    }
    default:
      return bytes.copyWithin(at, rng.int(bytes.length), bytes.length).slice(0, original.length);
  }
}
