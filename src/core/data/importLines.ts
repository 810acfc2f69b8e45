// Cuts a stream of bytes into lines of text without ever holding the whole file: UTF-8 only, with byte order mark, LF or CRLF.
// What is wrong with a line is a sentence; the stream goes on.

/** One line: its text, or what is wrong with its bytes and what to do. */
export type RawLine = { readonly number: number } & (
  | { readonly text: string; readonly problem: null }
  | { readonly text: null; readonly problem: string }
);

const LF = 0x0a;
const CR = 0x0d;

const UTF16 = 'The file is UTF-16. Save it as UTF-8.';
const BINARY = 'The line holds NUL bytes, so this is not a text file. Choose a JSONL text file.';
const NOT_UTF8 = 'The line is not valid UTF-8. Save the file as UTF-8.';

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function decodeLine(line: Uint8Array, number: number, decoder: TextDecoder): RawLine {
  let bytes = number === 1 ? withoutMark(line) : line;
  const utf16 = number === 1 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff));
  if (utf16) return { number, text: null, problem: UTF16 };
  if (bytes.at(-1) === CR) bytes = bytes.subarray(0, -1);
  if (bytes.includes(0)) return { number, text: null, problem: BINARY };
  try {
    return { number, text: decoder.decode(bytes), problem: null };
  } catch {
    return { number, text: null, problem: NOT_UTF8 };
  }
}

/** The lines of a file, numbered from 1; a line of more than `maxBytes` bytes is skipped without being kept. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<RawLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let parts: Uint8Array[] = [];
  let [length, number] = [0, 0];
  const finish = (): RawLine => {
    number++;
    const [line, tooLong] = [parts, length > maxBytes];
    [parts, length] = [[], 0];
    if (!tooLong) return decodeLine(joined(line), number, decoder);
    const problem = `The line is longer than ${maxBytes} bytes. Split or shorten it.`;
    return { number, text: null, problem };
  };
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; ) {
      const found = chunk.indexOf(LF, start);
      const end = found < 0 ? chunk.length : found;
      length += end - start;
      if (length > maxBytes) parts = [];
      // A copy: the reader may reuse its buffer for the next chunk.
      else if (end > start) parts.push(chunk.slice(start, end));
      if (found >= 0) yield finish();
      start = end + 1;
    }
  }
  if (length > 0) yield finish();
}
