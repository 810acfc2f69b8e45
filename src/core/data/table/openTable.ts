// What kind of file it is, by its content, and the table in it. Only where the content tells nothing does the name's suffix.
import type { ByteSource } from '../../files/byteSource';
import { declaredDelimiter, guessDelimiter, headerDelimiter, openCsv } from './csvTable';
import { openJson, openJsonl } from './jsonTable';
import type { Table } from './table';

const HEAD_BYTES = 64 * 1024;
/** `{`, `{"data":` or `{"data": [`: an object that goes on in the next line. */
const OPEN_OBJECT = /^\{\s*(?:"[^"\\]*"\s*:\s*(?:\[.*)?)?$/;

type Content =
  | { readonly format: 'Parquet' | 'JSON' | 'JSONL' }
  | { readonly format: 'CSV'; readonly delimiter: string };

/** Its rows may be in such disorder that nothing else says what it is. */
const CSV_NAME = /\.(csv|tsv|tab)$/i;

const isObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

const holdsList = (text: string): boolean => {
  const value: unknown = JSON.parse(text);
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((field) => Array.isArray(field) && typeof field[0] === 'object' && 'length' in field)
  );
};

/** `[…]`, or an object with lists that is the whole file or spreads over lines. */
function isJson(lines: readonly string[], isWhole: boolean): boolean {
  const first = lines[0]!;
  if (first.startsWith('[')) return true;
  if (!first.startsWith('{')) return false;
  if (lines.length > 1) return !isObject(first) && OPEN_OBJECT.test(first.slice(0, 1000));
  // One line, complete: a list of records, unless its lists are fields of a record, which only its neighbours could tell.
  if (isWhole)
    return isObject(first) && holdsList(first) && !/"(prompt|chosen|messages|conversations)"/.test(first.slice(0, 200));
  return (
    /^\{\s*"[^"\\]{0,100}"\s*:\s*\[\s*\{/.test(first) &&
    !/^\{\s*"(prompt|chosen|rejected|messages|conversations)"/.test(first)
  );
}

/** What the first bytes of a file are of; `isWhole`: they are all there is. JSONL where nothing else is found, which then says what is wrong. */
function recognise(head: Uint8Array, isWhole: boolean, name: string): Content {
  if (String.fromCharCode(...head.subarray(0, 4)) === 'PAR1') return { format: 'Parquet' };
  const text = new TextDecoder().decode(head);
  const declared = declaredDelimiter(text);
  if (declared) return { format: 'CSV', delimiter: declared.delimiter };
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
  if (lines.length === 0 || head.includes(0)) return { format: 'JSONL' };
  if (
    isJson(
      lines.map((line) => line.trim()),
      isWhole,
    )
  )
    return { format: 'JSON' };
  const isObjects = lines.slice(0, 2).some((line) => line.trimStart().startsWith('{'));
  const delimiter = isObjects ? null : (guessDelimiter(text) ?? (CSV_NAME.test(name) ? headerDelimiter(text) : null));
  return delimiter === null ? { format: 'JSONL' } : { format: 'CSV', delimiter };
}

/** Opens a file as a table. Throws FileError saying what is wrong with the file and what to do. */
export async function openTable(source: ByteSource): Promise<Table> {
  const length = Math.min(source.size, HEAD_BYTES);
  const content = recognise(await source.read(0, length), length === source.size, source.name);
  switch (content.format) {
    case 'Parquet':
      // Only who opens such a file loads its reader.
      return (await import('./parquetTable')).openParquet(source);
    case 'JSON':
      return openJson(source);
    case 'JSONL':
      return openJsonl(source);
    case 'CSV':
      return openCsv(source, content.delimiter);
  }
}
