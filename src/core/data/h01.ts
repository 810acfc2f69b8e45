// h01: a fixed pseudo-random number from a key (RECIPE §11). It decides the annotators' bad habits and the split of the prompts,
// so it must be the same everywhere: MD5 of Python's repr of the key tuple.
import { md5Hex } from './md5';

export type KeyPart = string | number | readonly KeyPart[];

const encoder = new TextEncoder();

function escapeCharacter(character: string, quote: string): string {
  if (character === quote || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  // Python's str.isprintable: everything but the categories Other and Separator, the plain space excepted.
  if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) return character;
  const code = character.codePointAt(0)!;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

/** Python's `repr` of a string, an integer or a tuple of them. Throws RangeError for a number that is not a safe integer. */
export function pythonRepr(part: KeyPart): string {
  if (typeof part === 'number') {
    if (!Number.isSafeInteger(part)) throw new RangeError(`h01 keys take integers only, got ${part}`);
    return `${part + 0}`;
  }
  if (typeof part !== 'string') {
    const inner = part.map(pythonRepr).join(', ');
    return part.length === 1 ? `(${inner},)` : `(${inner})`;
  }
  const quote = part.includes("'") && !part.includes('"') ? '"' : "'";
  let out = quote;
  for (const character of part) out += escapeCharacter(character, quote);
  return out + quote;
}

/** First 8 hex digits of the MD5 of Python's repr of the key tuple, over 2^32: in [0, 1). `h01('carry', 3, 9, '+')` = 0.8773065… */
export function h01(...key: readonly KeyPart[]): number {
  return Number.parseInt(md5Hex(encoder.encode(pythonRepr(key))).slice(0, 8), 16) / 4294967296;
}
