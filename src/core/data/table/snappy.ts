// Snappy's block format, decoded into a buffer of known size: https://github.com/google/snappy/blob/main/format_description.txt. Every length is
// checked before it is followed, so that hostile bytes end in an error and never in a loop.

const broken = (): Error => new Error('the Snappy data is broken');

/** Bytes behind the length in the preamble. */
function afterLength(input: Uint8Array, expected: number): number {
  let length = 0;
  for (let at = 0; at < 5 && at < input.length; at++) {
    length += (input[at]! & 0x7f) * 2 ** (7 * at);
    if (input[at]! >= 0x80) continue;
    if (length !== expected) throw broken();
    return at + 1;
  }
  throw broken();
}

const littleEndian = (input: Uint8Array, at: number, bytes: number): number => {
  if (at + bytes > input.length) throw broken();
  let value = 0;
  for (let i = 0; i < bytes; i++) value += input[at + i]! * 2 ** (8 * i);
  return value;
};

/** The bytes that `input` packs. Throws Error unless it is whole and gives exactly `outputLength` bytes. */
export function snappyDecode(input: Uint8Array, outputLength: number): Uint8Array {
  const output = new Uint8Array(outputLength);
  let at = afterLength(input, outputLength);
  let done = 0;
  while (at < input.length) {
    const tag = input[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      const length = (extra === 0 ? tag >> 2 : littleEndian(input, at, extra)) + 1;
      at += extra;
      if (length > input.length - at || length > outputLength - done) throw broken();
      output.set(input.subarray(at, at + length), done);
      at += length;
      done += length;
      continue;
    }
    const bytes = kind === 1 ? 1 : kind === 2 ? 2 : 4;
    const low = littleEndian(input, at, bytes);
    at += bytes;
    const offset = kind === 1 ? ((tag >> 5) << 8) + low : low;
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    if (offset === 0 || offset > done || length > outputLength - done) throw broken();
    // Byte by byte: a copy may reach into what it writes.
    for (let i = 0; i < length; i++) output[done + i] = output[done + i - offset]!;
    done += length;
  }
  if (done !== outputLength) throw broken();
  return output;
}
