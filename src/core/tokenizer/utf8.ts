// UTF-8 for any JavaScript string, also one with lone surrogates (which TextEncoder would replace): they become three bytes each,
// so that decode(encode(text)) === text always. Invalid bytes decode to U+FFFD, one per byte.

/** The bytes of a text; a lone surrogate takes three bytes (WTF-8). */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code < 0x80) bytes[n++] = code;
    else if (code < 0x800) {
      bytes[n++] = 0xc0 | (code >> 6);
      bytes[n++] = 0x80 | (code & 63);
    } else {
      if (code < 0x10000) bytes[n++] = 0xe0 | (code >> 12);
      else {
        i++;
        bytes[n++] = 0xf0 | (code >> 18);
        bytes[n++] = 0x80 | ((code >> 12) & 63);
      }
      bytes[n++] = 0x80 | ((code >> 6) & 63);
      bytes[n++] = 0x80 | (code & 63);
    }
  }
  return bytes.slice(0, n);
}

/** Length of the well-formed sequence at `at`, 0 when there is none. */
function sequenceLength(bytes: ArrayLike<number>, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (at + length > bytes.length) return 0;
  for (let k = 1; k < length; k++) if ((bytes[at + k]! & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1]!;
  const overlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90);
  return overlong || (first === 0xf4 && second > 0x8f) ? 0 : length;
}

/** The text of the bytes, `replacement` for every byte that belongs to no character. */
export function decodeUtf8(bytes: ArrayLike<number>, replacement: (byte: number) => string = () => '\ufffd'): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      text += replacement(bytes[at]!);
      at++;
      continue;
    }
    let code = length === 1 ? bytes[at]! : bytes[at]! & (0x7f >> length);
    for (let k = 1; k < length; k++) code = (code << 6) | (bytes[at + k]! & 63);
    text += String.fromCodePoint(code);
    at += length;
  }
  return text;
}
