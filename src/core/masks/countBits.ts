// Counting the ones of masks (bytes of 0 or 1), four bytes at a time: what densities, agreement and comparisons come down to.

/** Each byte of a sum of words counts up to 255. */
const WORDS_A_ROUND = 255;
const EVEN_BYTES = 0x00ff00ff;

/** How many entries of a mask are set. */
export const countOnes = (mask: Uint8Array): number => countBoth(mask, mask);

/** How many entries are set in both masks. Entries that only one of them has count as not set. */
export function countBoth(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  const words = a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0 ? length >>> 2 : 0;
  const left = new Int32Array(a.buffer, words > 0 ? a.byteOffset : 0, words);
  const right = new Int32Array(b.buffer, words > 0 ? b.byteOffset : 0, words);
  let count = 0;
  for (let i = 0; i < words; ) {
    const end = Math.min(words, i + WORDS_A_ROUND);
    let bytes = 0;
    for (; i < end; i++) bytes = (bytes + (left[i]! & right[i]!)) | 0;
    const pairs = (bytes & EVEN_BYTES) + ((bytes >>> 8) & EVEN_BYTES);
    count += (pairs & 0xffff) + (pairs >>> 16);
  }
  for (let i = words * 4; i < length; i++) count += a[i]! & b[i]!;
  return count;
}

/** How many entries differ between two masks of one length. */
export const countDiffering = (a: Uint8Array, b: Uint8Array): number =>
  countOnes(a) + countOnes(b) - 2 * countBoth(a, b);
