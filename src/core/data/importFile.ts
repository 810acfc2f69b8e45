// Reads an untrusted JSONL file: {input, output} (the reference repository's form) or {prompt, chosen, rejected} (TRL's).
// Collects what is usable and what is wrong, line by line; nothing is executed. Tokens come later (imported.ts), other files in importTable.ts.
import { Collector, ImportError, type ParsedFile, toFile } from './importCollector';
import { MAX_FILE_BYTES, MAX_LINE_BYTES, MAX_LINES } from './importLimits';
import { linesOf, type RawLine } from './importLines';
import { type ParsedLine, parseRecord } from './importRecord';

export type ImportSource = string | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

function tooLarge(name: string): ImportError {
  const limit = MAX_FILE_BYTES / (1024 * 1024);
  return new ImportError(`${name} is larger than ${limit} MB. Split it and import a part.`);
}

/** Passes chunks on and counts their bytes. Throws ImportError as soon as the file is over the cap. */
async function* counted(source: ImportSource, name: string, count: { bytes: number }): AsyncGenerator<Uint8Array> {
  if (typeof source === 'string' && source.length > MAX_FILE_BYTES) throw tooLarge(name);
  const chunks = typeof source === 'string' ? [new TextEncoder().encode(source)] : source;
  for await (const chunk of chunks) {
    count.bytes += chunk.length;
    if (count.bytes > MAX_FILE_BYTES) throw tooLarge(name);
    yield chunk;
  }
}

const parsedLine = ({ number, text, problem }: RawLine): ParsedLine =>
  text === null
    ? { kind: 'problem', problem: { line: number, field: null, message: problem } }
    : parseRecord(text, number);

/**
 * Reads a JSONL file from a string or from chunks of bytes (a 100 MB file never becomes one string). At most 64 MB, 200 000
 * lines and 1 MB a line. Throws ImportError when the file is too large, empty or has no usable line; every other fault is a
 * problem in the result. An error of the source itself is passed on.
 */
export async function parseImport(source: ImportSource, name: string): Promise<ParsedFile> {
  const count = { bytes: 0 };
  const collected = new Collector();
  for await (const raw of linesOf(counted(source, name, count), MAX_LINE_BYTES)) {
    if (raw.number > MAX_LINES) {
      const message = `The file has more than ${MAX_LINES} lines; the rest is ignored. Import it as a second file.`;
      collected.report({ line: raw.number, field: null, message });
      break;
    }
    if (raw.text?.trim() === '') collected.skipBlank();
    else collected.add(parsedLine(raw), raw.number);
  }
  return toFile(name, collected, count.bytes);
}
