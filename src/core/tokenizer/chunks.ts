// Cuts bytes into the chunks that byte pairs may be merged in: words with their leading space, single digits, runs of signs and
// of white space. Looks at bytes only (every byte from 0x80 on counts as a letter), so it is the same on every engine.

const SPACE = 0x20;
/** Longer runs are cut, so that a line without spaces cannot cost quadratic time. */
export const MAX_CHUNK = 48;

type Kind = 'letter' | 'digit' | 'sign' | 'white';

function kindOf(byte: number): Kind {
  if (byte >= 0x80 || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a)) return 'letter';
  if (byte >= 0x30 && byte <= 0x39) return 'digit';
  return byte === SPACE || (byte >= 0x09 && byte <= 0x0d) ? 'white' : 'sign';
}

const KINDS = Array.from({ length: 256 }, (_, byte) => kindOf(byte));

function runEnd(bytes: Uint8Array, start: number, kind: Kind): number {
  const most = Math.min(bytes.length, start + (kind === 'digit' ? 1 : MAX_CHUNK));
  let end = start;
  while (end < most && KINDS[bytes[end]!] === kind) end++;
  return end;
}

/** End of the chunk that starts at `start`. */
function chunkEnd(bytes: Uint8Array, start: number): number {
  const next = bytes[start + 1];
  const leadingSpace = bytes[start] === SPACE && next !== undefined && KINDS[next] !== 'white';
  if (leadingSpace) return runEnd(bytes, start + 1, KINDS[next]!);
  const kind = KINDS[bytes[start]!]!;
  const end = runEnd(bytes, start, kind);
  // The last space of a run of white space belongs to the word after it.
  const leavesSpace = kind === 'white' && end - start > 1 && bytes[end - 1] === SPACE && end < bytes.length;
  return leavesSpace && KINDS[bytes[end]!] !== 'white' ? end - 1 : end;
}

/** Chunks of `bytes` in order, as strings with one character a byte (a cheap exact map key). Together they are all bytes. */
export function* chunksOf(bytes: Uint8Array): Generator<string> {
  for (let start = 0; start < bytes.length; ) {
    const end = chunkEnd(bytes, start);
    yield String.fromCharCode(...bytes.subarray(start, end));
    start = end;
  }
}
