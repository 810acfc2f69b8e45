// What a decoded Parquet page may claim: run lengths of levels and dictionary indices, and the head of delta blocks. The library that reads the
// values believes these numbers, so a page is looked through here before it is handed on.

/** The page claims what cannot be. */
export class PageError extends Error {
  override readonly name = 'PageError';
}

/** The most that a bit-packed run may be padded beyond the page's values. */
const MAX_PADDING = 504;
const MAX_BLOCK = 65_536;
const MAX_MINIBLOCKS = 512;

function varintAt(bytes: Uint8Array, begin: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[begin + i];
    if (byte === undefined) throw new PageError('a page ends inside its runs');
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: begin + i + 1 };
  }
  throw new PageError('a run of a page is too long');
}

/**
 * Looks through a hybrid of run-length and bit-packed runs from `begin` until `count` values or the end of the bytes.
 * Throws PageError when a run is longer than the page has values.
 */
export function checkRuns(bytes: Uint8Array, begin: number, width: number, count: number): void {
  if (width > 32) throw new PageError(`a page holds indices of ${width} bits`);
  const valueBytes = (width + 7) >> 3;
  let at = begin;
  let seen = 0;
  while (seen < count && at < bytes.length) {
    const { value, next } = varintAt(bytes, at);
    const length = value % 2 === 1 ? (value - 1) * 4 : value / 2;
    if (length > count + MAX_PADDING) throw new PageError('a run of a page is longer than the page');
    at = next + (value % 2 === 1 ? ((value - 1) / 2) * width : valueBytes);
    seen += length;
  }
}

/** A block of levels that begins with its length in four bytes; gives where it ends. */
export function checkPrefixedRuns(bytes: Uint8Array, begin: number, width: number, count: number): number {
  if (begin + 4 > bytes.length) throw new PageError('a page ends inside its levels');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(begin, true);
  if (length > bytes.length - begin - 4) throw new PageError('the levels of a page are longer than the page');
  checkRuns(bytes, begin + 4, width, count);
  return begin + 4 + length;
}

/** The head of a delta-encoded block: sizes that the reader allocates by. */
export function checkDelta(bytes: Uint8Array, begin: number): void {
  const block = varintAt(bytes, begin);
  const miniblocks = varintAt(bytes, block.next);
  const isSound =
    miniblocks.value >= 1 &&
    miniblocks.value <= MAX_MINIBLOCKS &&
    block.value >= 1 &&
    block.value <= MAX_BLOCK &&
    block.value % miniblocks.value === 0;
  if (!isSound) throw new PageError('a delta-encoded page has impossible block sizes');
}
