// One bit an entry: entry i is bit i % 8 (the lowest first) of byte ⌊i / 8⌋; the last byte is filled up with zeros.

/** ⌈n / 8⌉ bytes for n entries of 0 or 1. */
export function packBits(mask: Uint8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(mask.length / 8));
  for (let i = 0; i < mask.length; i++) packed[i >>> 3]! |= mask[i]! << (i & 7);
  return packed;
}

/** The first `entries` bits as 0 or 1. Throws RangeError when the bytes do not fit, or a filling bit is set. */
export function unpackBits(packed: Uint8Array, entries: number): Uint8Array {
  if (packed.length !== Math.ceil(entries / 8)) {
    throw new RangeError(`${entries} bits need ${Math.ceil(entries / 8)} bytes, ${packed.length} given.`);
  }
  const rest = entries & 7;
  if (rest > 0 && packed[packed.length - 1]! >>> rest !== 0) {
    throw new RangeError('A bit behind the last entry is set.');
  }
  const mask = new Uint8Array(entries);
  for (let i = 0; i < entries; i++) mask[i] = (packed[i >>> 3]! >>> (i & 7)) & 1;
  return mask;
}
