// Ids of a real tokenizer as bytes and text. Our own and not the library's decoder, which also “cleans up” spaces before signs.
import type { HfModel } from './hfModel';
import { type Parts, SPACE_MARK } from './hfParts';
import { decodeUtf8, encodeUtf8 } from './utf8';

function byteLetters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
    return String.fromCharCode(isPrintable ? byte : next++);
  });
}

/** GPT-2's letter of every byte: printable Latin-1 stands for itself, the others for the letters from U+0100 on, in order. */
export const BYTE_LETTERS: readonly string[] = byteLetters();
const LETTER_BYTES = new Map(BYTE_LETTERS.map((letter, byte) => [letter, byte]));
const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;

export interface HfDecoder {
  /** Bytes of a token's text; none for an id without a token. */
  bytesOf(id: number): readonly number[];
  decode(ids: readonly number[]): string;
}

function byteLevelBytes(token: string): number[] {
  const bytes: number[] = [];
  for (const letter of token) {
    const byte = LETTER_BYTES.get(letter);
    // A token that is not in the alphabet was added as text.
    if (byte === undefined) return [...encodeUtf8(token)];
    bytes.push(byte);
  }
  return bytes;
}

function spacedBytes(token: string): number[] {
  const byte = BYTE_TOKEN.exec(token);
  return byte ? [Number.parseInt(byte[1]!, 16)] : [...encodeUtf8(token.replaceAll(SPACE_MARK, ' '))];
}

/** Special ids stand for no text; an id without a token becomes U+FFFD. */
export function createHfDecoder(
  model: HfModel,
  { alphabet, dropsSpace }: Parts,
  special: ReadonlySet<number>,
): HfDecoder {
  const added = new Map(model.added.map(({ id, content }) => [id, content]));
  const bytesOf = (id: number): readonly number[] => {
    const token = model.tokens[id];
    if (token === undefined) return [];
    const content = added.get(id);
    if (content !== undefined) return [...encodeUtf8(content)];
    return alphabet === 'byte-level' ? byteLevelBytes(token) : spacedBytes(token);
  };
  const replacement = [...encodeUtf8('\ufffd')];
  return {
    bytesOf,
    decode(ids) {
      const bytes: number[] = [];
      for (const id of ids) {
        if (special.has(id)) continue;
        for (const byte of model.tokens[id] === undefined ? replacement : bytesOf(id)) bytes.push(byte);
      }
      const text = decodeUtf8(bytes);
      return dropsSpace && text.startsWith(' ') ? text.slice(1) : text;
    },
  };
}
