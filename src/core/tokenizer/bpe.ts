// Byte-level BPE: any text to ids and back without loss. The merges come from bpeTraining.ts.
import { FIRST_BYTE_ID, FIRST_MERGE_ID, type Merge } from './bpeTraining';
import { chunksOf } from './chunks';
import { isSpecial, SPECIAL } from './special';
import { decodeUtf8, encodeUtf8 } from './utf8';

export interface BpeTokenizer {
  /** id → text as shown to people: `␣` for a space, `↵` for a line end, `<0xE2>` for a byte that is no character by itself. */
  readonly vocabulary: readonly string[];
  readonly merges: readonly Merge[];
  /** Never makes a special token, whatever the text says. */
  encode(text: string): number[];
  /** Exact inverse of `encode`; special tokens stand for no text, broken characters become U+FFFD. Throws RangeError for an unknown id. */
  decode(ids: readonly number[]): string;
}

const MAX_CACHED = 50_000;

function hexByte(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** What a token looks like to people: white space and control characters are made visible. */
export function displayOf(bytes: readonly number[]): string {
  let out = '';
  for (const character of decodeUtf8(bytes, hexByte)) {
    const code = character.codePointAt(0)!;
    if (character === ' ') out += '␣';
    else if (character === '\n') out += '↵';
    else if (character === '\t') out += '⇥';
    else out += code < 0x20 || code === 0x7f ? hexByte(code) : character;
  }
  return out;
}

function tokenBytes(merges: readonly Merge[]): number[][] {
  const bytes: number[][] = SPECIAL.map(() => []);
  for (let byte = 0; byte < 256; byte++) bytes.push([byte]);
  for (const [left, right] of merges) {
    const [a, b] = [bytes[left], bytes[right]];
    if (!a || !b || isSpecial(left) || isSpecial(right))
      throw new RangeError(`Merge of unknown tokens ${left}, ${right}`);
    bytes.push([...a, ...b]);
  }
  return bytes;
}

/** The tokens of one chunk: always the earliest learnt merge that is possible, leftmost first. */
function encodeChunk(chunk: string, ranks: ReadonlyMap<number, number>): number[] {
  const ids = Array.from(chunk, (character) => FIRST_BYTE_ID + character.charCodeAt(0));
  for (;;) {
    let [best, at] = [Number.POSITIVE_INFINITY, -1];
    for (let i = 0; i + 1 < ids.length; i++) {
      const merged = ranks.get(ids[i]! * 65536 + ids[i + 1]!) ?? Number.POSITIVE_INFINITY;
      if (merged < best) [best, at] = [merged, i];
    }
    if (at < 0) return ids;
    ids.splice(at, 2, best);
  }
}

/** A tokenizer from merges. Throws RangeError when a merge names a token that does not exist yet. */
export function createBpeTokenizer(merges: readonly Merge[]): BpeTokenizer {
  const bytes = tokenBytes(merges);
  const ranks = new Map(merges.map(([left, right], rank) => [left * 65536 + right, FIRST_MERGE_ID + rank] as const));
  let cache = new Map<string, readonly number[]>();
  const encodeCached = (chunk: string): readonly number[] => {
    const known = cache.get(chunk);
    if (known) return known;
    const ids = encodeChunk(chunk, ranks);
    if (cache.size >= MAX_CACHED) cache = new Map();
    cache.set(chunk, ids);
    return ids;
  };
  return {
    vocabulary: bytes.map((token, id) => SPECIAL[id] ?? displayOf(token)),
    merges,
    encode(text) {
      const ids: number[] = [];
      for (const chunk of chunksOf(encodeUtf8(text))) ids.push(...encodeCached(chunk));
      return ids;
    },
    decode(ids) {
      const all = ids.flatMap((id) => {
        const token = bytes[id];
        if (!token) throw new RangeError(`No token has the id ${id}`);
        return token;
      });
      return decodeUtf8(all);
    },
  };
}
