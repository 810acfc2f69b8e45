// CRC-32 as zip files have it (the polynomial 0xedb88320, reflected), of bytes that come in pieces. Eight bytes at a time (“slicing by 8”, Kounavis and
// Berry 2008): a saved run's checksum must not cost more than writing it.

/** Table k: what a byte does to the sum k bytes later. */
const TABLES: readonly Uint32Array[] = tables();

function tables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
  const all = [first];
  for (let k = 1; k < 8; k++) all.push(all[k - 1]!.map((c) => (c >>> 8) ^ first[c & 0xff]!));
  return all;
}

/** Goes on from `before`, 0 at the beginning. */
export function crc32(bytes: Uint8Array, before = 0): number {
  if (bytes.length < 16) return ~bytewise(bytes, ~before) >>> 0;
  // Words of a view must begin on 4 bytes of its buffer.
  const toWord = -bytes.byteOffset & 3;
  const pairs = (bytes.length - toWord) >>> 3;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + toWord, 2 * pairs);
  let c = ~before;
  c = bytewise(bytes.subarray(0, toWord), c);
  c = wordwise(words, c);
  return ~bytewise(bytes.subarray(toWord + 8 * pairs), c) >>> 0;
}

function bytewise(bytes: Uint8Array, before: number): number {
  const table = TABLES[0]!;
  let c = before;
  for (let i = 0; i < bytes.length; i++) c = (c >>> 8) ^ table[(c ^ bytes[i]!) & 0xff]!;
  return c;
}

function wordwise(words: Uint32Array, before: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array],
    ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array],
  ];
  let c = before;
  for (let i = 0; i < words.length; i += 2) {
    const [a, b] = [c ^ words[i]!, words[i + 1]!];
    c =
      t7[a & 255]! ^
      t6[(a >>> 8) & 255]! ^
      t5[(a >>> 16) & 255]! ^
      t4[a >>> 24]! ^
      t3[b & 255]! ^
      t2[(b >>> 8) & 255]! ^
      t1[(b >>> 16) & 255]! ^
      t0[b >>> 24]!;
  }
  return c;
}
