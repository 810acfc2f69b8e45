// Token ids as text for people: running text without special tokens, single tokens with white space made visible. Pure.
import { SPECIAL } from '../core/tokenizer/special';

export interface TokenText {
  /** One token, as the vocabulary shows it. */
  token(id: number): string;
  /** The token stands for no text. */
  isSpecial(id: number): boolean;
  /** Running text of a whole sequence, without special tokens; cached for each array. */
  text(ids: readonly number[]): string;
  /** Words with an unwritten space between them (true), or pieces that carry their own spaces. */
  isWords: boolean;
}

const OWN_SPECIALS: readonly number[] = SPECIAL.map((_, id) => id);

/**
 * Byte-level vocabularies show a space as ␣, a line end as ↵, a tab as ⇥ and a lone byte as <0xNN> (core/tokenizer/bpe.ts). Without
 * `specialIds` the special tokens are those of our own vocabularies, ids 0 to 8.
 */
export function tokenText(vocabulary: readonly string[], specialIds = OWN_SPECIALS): TokenText {
  const special = new Set(specialIds);
  const isSpecial = (id: number): boolean => special.has(id);
  const isWords = !vocabulary.some((token) => token.includes('␣'));
  const cache = new WeakMap<readonly number[], string>();
  const plainToken = (id: number): string => vocabulary[id] ?? `#${id}`;
  const token = (id: number): string => visibleText(plainToken(id));
  const read = (ids: readonly number[]): string => {
    const shown = ids.filter((id) => !isSpecial(id)).map(plainToken);
    return isWords ? shown.join(' ') : plain(shown.join(''));
  };
  return {
    token,
    isSpecial,
    isWords,
    text(ids) {
      const known = cache.get(ids);
      if (known !== undefined) return known;
      const text = read(ids);
      cache.set(ids, text);
      return text;
    },
  };
}

/** White space as the byte-level vocabularies write it, and a mark for nothing at all. */
export const visibleText = (text: string): string =>
  text === ''
    ? '∅'
    : text
        .replace(/[ \u00a0]/g, '␣')
        .replace(/\r?\n/g, '↵')
        .replace(/\t/g, '⇥');

function plain(shown: string): string {
  return shown
    .replace(/␣/g, ' ')
    .replace(/↵/g, '\n')
    .replace(/⇥/g, '\t')
    .replace(/(?:<0x[0-9A-F]{2}>)+/g, (bytes) =>
      new TextDecoder().decode(
        Uint8Array.from(bytes.match(/[0-9A-F]{2}(?=>)/g) ?? [], (hex) => Number.parseInt(hex, 16)),
      ),
    );
}
