// MD5 (RFC 1321) of bytes. Only a hash with the same value everywhere: the built-in tasks hang their habits on it. Not for security.

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

const SINES = new Uint32Array([
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8,
  0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
  0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87,
  0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
  0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039,
  0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
  0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
  0xeb86d391,
]);

function padded(bytes: Uint8Array): DataView {
  const view = new DataView(new ArrayBuffer(((bytes.length + 8) >> 6) * 64 + 64));
  new Uint8Array(view.buffer).set(bytes);
  view.setUint8(bytes.length, 0x80);
  view.setUint32(view.byteLength - 8, (bytes.length << 3) >>> 0, true);
  view.setUint32(view.byteLength - 4, Math.floor(bytes.length / 0x20000000), true);
  return view;
}

/** The 32 lower-case hex digits of the MD5 of `bytes` (RFC 1321). */
export function md5Hex(bytes: Uint8Array): string {
  const view = padded(bytes);
  const digest = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476);
  for (let block = 0; block < view.byteLength; block += 64) {
    let [a, b, c, d] = [digest[0]!, digest[1]!, digest[2]!, digest[3]!];
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      let f: number;
      let word: number;
      if (round === 0) [f, word] = [(b & c) | (~b & d), i];
      else if (round === 1) [f, word] = [(d & b) | (~d & c), (5 * i + 1) & 15];
      else if (round === 2) [f, word] = [b ^ c ^ d, (3 * i + 5) & 15];
      else [f, word] = [c ^ (b | ~d), (7 * i) & 15];
      const sum = (a + f + SINES[i]! + view.getInt32(block + word * 4, true)) | 0;
      const shift = SHIFTS[round * 4 + (i & 3)]!;
      [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
    }
    digest[0]! += a;
    digest[1]! += b;
    digest[2]! += c;
    digest[3]! += d;
  }
  let hex = '';
  for (let i = 0; i < 4; i++) {
    // The digest words are written little-endian.
    const word = digest[i]!;
    for (let shift = 0; shift < 32; shift += 8) hex += ((word >>> shift) & 255).toString(16).padStart(2, '0');
  }
  return hex;
}
