// The pages of one column chunk of a Parquet file, walked and bounded before they are decoded: sizes, counts, encodings and (through the
// decompressor, which sees every page) the runs inside. Decoding itself is hyparquet's.
import { gunzipSync } from 'fflate';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, isFlatColumn } from 'hyparquet/src/schema.js';
import type { ColumnMetaData, Compressors, SchemaTree } from 'hyparquet/src/types.js';
import type { ByteSource } from '../../files/byteSource';
import { checkDelta, checkPrefixedRuns, checkRuns, PageError } from './parquetRuns';
import { snappyDecode } from './snappy';
import { readThrift, structOf, ThriftError, type ThriftStruct, wholeNumber } from './thrift';
import { zstdDecode } from './zstd';

/** Bytes of one decoded page. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024;
const MAX_PAGE_VALUES = 2 * 1024 * 1024;
const WINDOW_BYTES = 1024 * 1024;

/** What may still be decoded; the pages that are read lower it. */
export interface Budget {
  bytes: number;
  values: number;
}

/** What to stop at before the chunk's end. */
export interface PageLimits {
  readonly rows: number;
  readonly dataPages: number;
}

const ENCODINGS = [
  'PLAIN',
  null,
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'RLE_DICTIONARY',
  'BYTE_STREAM_SPLIT',
] as const;
const READABLE = [
  'PLAIN',
  'PLAIN_DICTIONARY',
  'RLE_DICTIONARY',
  'RLE',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
];

interface Page {
  readonly isV2: boolean;
  readonly encoding: string;
  readonly values: number;
  readonly repetitionWidth: number;
  readonly definitionWidth: number;
  readonly isBoolean: boolean;
}

const widthOf = (level: number): number => 32 - Math.clz32(level);

/** Looks through the values of a page, and of the first version also through the levels before them. */
function checkPage(page: Page, bytes: Uint8Array): void {
  const { isV2, encoding, values, repetitionWidth, definitionWidth, isBoolean } = page;
  let at = 0;
  if (!isV2 && repetitionWidth > 0) at = checkPrefixedRuns(bytes, at, repetitionWidth, values);
  if (!isV2 && definitionWidth > 0) at = checkPrefixedRuns(bytes, at, definitionWidth, values);
  if (encoding.startsWith('DELTA')) {
    if (at < bytes.length) checkDelta(bytes, at);
  } else if (encoding === 'RLE') {
    if (!isBoolean) throw new PageError('a page uses RLE for values that are not boolean');
    if (at < bytes.length) checkPrefixedRuns(bytes, at, 1, values);
  } else if (encoding.endsWith('DICTIONARY')) {
    const width = bytes[at] ?? 0;
    // A width of 0 says that all values are the same; the first version then has no runs.
    if (width > 0 || isV2) checkRuns(bytes, at + 1, width, values);
  }
}

/** Decompressors that write into a buffer of the size the page header says, which was checked. */
const DECODERS: Readonly<Record<string, (input: Uint8Array, length: number) => Uint8Array>> = {
  SNAPPY: snappyDecode,
  ZSTD: zstdDecode,
  GZIP: (input, length) => gunzipSync(input, { out: new Uint8Array(length) }),
};

export const READABLE_CODECS: readonly string[] = ['UNCOMPRESSED', ...Object.keys(DECODERS)];

/** The bytes of a column chunk that were looked through, as hyparquet is to see them. */
export interface CheckedChunk {
  readonly bytes: ArrayBuffer;
  /** Pages at the end were left out. */
  readonly isCut: boolean;
  readonly compressors: Compressors;
}

interface Header {
  readonly kind: 'data' | 'data v2' | 'dictionary';
  readonly compressed: number;
  readonly uncompressed: number;
  readonly values: number;
  readonly rows: number | null;
  readonly encoding: string;
  /** Second version: bytes of repetition and definition levels before the values, and whether those are compressed. */
  readonly levels: readonly [number, number];
  readonly isCompressed: boolean;
}

function headerOf(fields: ThriftStruct, left: number): Header {
  const kind = ({ 0: 'data', 2: 'dictionary', 3: 'data v2' } as const)[wholeNumber(fields, 1) ?? -1];
  if (!kind) throw new PageError('a page is of an unknown kind');
  const inner = structOf(fields, kind === 'data' ? 5 : kind === 'dictionary' ? 7 : 8);
  const [uncompressed, compressed] = [wholeNumber(fields, 2) ?? -1, wholeNumber(fields, 3) ?? -1];
  const values = wholeNumber(inner, 1) ?? -1;
  if (compressed < 0 || compressed > left) throw new PageError('a page is longer than its column');
  if (uncompressed < 0 || uncompressed > MAX_PAGE_BYTES) {
    throw new PageError(`a page says that it has ${uncompressed} bytes; at most ${MAX_PAGE_BYTES} are read`);
  }
  if (values < 0 || values > MAX_PAGE_VALUES) {
    throw new PageError(`a page says that it has ${values} values; at most ${MAX_PAGE_VALUES} are read`);
  }
  const isV2 = kind === 'data v2';
  const encoding = ENCODINGS[wholeNumber(inner, isV2 ? 4 : 2) ?? -1];
  if (!encoding || !READABLE.includes(encoding)) {
    const next = 'Save the file with plain or dictionary encoding';
    throw new PageError(`a page is encoded as ${encoding ?? 'something unknown'}, which is not read. ${next}`);
  }
  // The reader would take what is absent for a place, and never come to an end.
  if (isV2 && [2, 3, 5, 6].some((id) => wholeNumber(inner, id) === null))
    throw new PageError('a page header is incomplete');
  const nulls = isV2 ? (wholeNumber(inner, 2) ?? 0) : 0;
  const levels = [isV2 ? (wholeNumber(inner, 6) ?? 0) : 0, isV2 ? (wholeNumber(inner, 5) ?? 0) : 0] as const;
  const isSound = levels[0] >= 0 && levels[1] >= 0 && levels[0] + levels[1] <= Math.min(compressed, uncompressed);
  if (!isSound || nulls < 0 || nulls > values) throw new PageError('a page has impossible levels');
  const isCompressed = inner?.get(7) !== false;
  return {
    ...{ kind, compressed, uncompressed, values, encoding, levels, isCompressed },
    rows: isV2 ? wholeNumber(inner, 3) : null,
  };
}

/** Bytes of a source by place, read a megabyte at a time. */
function windowed(source: ByteSource, end: number): (begin: number, length: number) => Promise<Uint8Array> {
  let window: Uint8Array = new Uint8Array(0);
  let start = 0;
  return async (begin, length) => {
    if (begin < start || begin + length > start + window.length) {
      window = await source.read(begin, Math.min(end, begin + Math.max(length, WINDOW_BYTES)));
      start = begin;
    }
    return window.subarray(begin - start, Math.min(begin - start + length, window.length));
  };
}

/** Where a chunk begins and ends. Throws PageError when it is not inside the file. */
function rangeOf(meta: ColumnMetaData, size: number): { begin: number; end: number } {
  const data = Number(meta.data_page_offset);
  const dictionary = Number(meta.dictionary_page_offset ?? 0n);
  const begin = dictionary > 0 && dictionary < data ? dictionary : data;
  const end = begin + Number(meta.total_compressed_size);
  const isInside =
    Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 4 && end >= begin && end <= size;
  if (!isInside) throw new PageError('the column is said to lie outside the file');
  return { begin, end };
}

/**
 * Walks a column chunk from its start and keeps whole pages while the budget and the limits last: none, where the first is too large. `path`: the schema from the root to the
 * column's leaf. Throws PageError and ThriftError saying what is wrong with the column, FileError where the source cannot be read.
 */
export async function readPages(
  source: ByteSource,
  meta: ColumnMetaData,
  path: SchemaTree[],
  budget: Budget,
  limits: PageLimits,
): Promise<CheckedChunk> {
  if (!READABLE_CODECS.includes(meta.codec)) {
    throw new PageError(
      `the column is compressed with ${meta.codec}, but only ${READABLE_CODECS.join(', ')} are read. Save it with one of them`,
    );
  }
  const { begin, end } = rangeOf(meta, source.size);
  const read = windowed(source, end);
  const parts: Uint8Array[] = [];
  const pages = new Map<number, Page>();
  const levels = {
    repetitionWidth: widthOf(getMaxRepetitionLevel(path)),
    definitionWidth: widthOf(getMaxDefinitionLevel(path)),
    isBoolean: meta.type === 'BOOLEAN',
  };
  const isFlat = isFlatColumn(path);
  let [at, kept, rows, dataPages, dictionaries] = [begin, 0, 0, 0, 0];
  // A page takes at least a few bytes: the reader stops at the last one, too.
  while (at < end - 1 && rows < limits.rows && dataPages < limits.dataPages) {
    const { value, end: headLength } = readThrift(await read(at, Math.min(WINDOW_BYTES, end - at)));
    const header = headerOf(value, end - at - headLength);
    if (header.uncompressed > budget.bytes || header.values > budget.values) break;
    if (header.kind === 'dictionary' && ++dictionaries > 1) throw new PageError('the column has two dictionaries');
    const whole = (await read(at, headLength + header.compressed)).slice();
    const body = whole.subarray(headLength);
    if (header.kind !== 'dictionary') {
      const page = { ...levels, isV2: header.kind === 'data v2', encoding: header.encoding, values: header.values };
      keepPage(page, header, body, meta.codec, pages, kept + headLength);
      dataPages++;
      rows += header.rows ?? (isFlat ? header.values : 0);
    } else if (header.encoding !== 'PLAIN' && header.encoding !== 'PLAIN_DICTIONARY') {
      throw new PageError(`the dictionary is encoded as ${header.encoding}, which is not read`);
    }
    budget.bytes -= header.uncompressed;
    budget.values -= header.values;
    parts.push(whole);
    kept += whole.length;
    at += whole.length;
  }
  return { bytes: joined(parts, kept), isCut: at < end - 1, compressors: checking(pages) };
}

/** Looks at what of the page lies open, and has the rest looked at when it is decompressed. `offset`: of the body in the kept bytes. */
function keepPage(
  page: Page,
  header: Header,
  body: Uint8Array,
  codec: string,
  pages: Map<number, Page>,
  offset: number,
) {
  const [repetition, definition] = header.levels;
  const isOdd = (repetition > 0 && page.repetitionWidth === 0) || (definition > 0 && page.definitionWidth === 0);
  if (isOdd) throw new PageError('a page has levels that its schema does not have');
  if (page.isV2 && page.repetitionWidth > 0) checkRuns(body, 0, page.repetitionWidth, page.values);
  if (page.isV2 && page.definitionWidth > 0) checkRuns(body, repetition, page.definitionWidth, page.values);
  if (codec === 'UNCOMPRESSED' || !header.isCompressed) checkPage(page, body.subarray(repetition + definition));
  else pages.set(offset + repetition + definition, page);
}

/** Decompressors that look a page through before they hand it on; pages are known by their place in the chunk's bytes. */
function checking(pages: ReadonlyMap<number, Page>): Compressors {
  const entries = Object.entries(DECODERS).map(([codec, decode]) => [
    codec,
    (input: Uint8Array, length: number) => {
      const bytes = decode(input, length);
      const page = pages.get(input.byteOffset);
      if (page) checkPage(page, bytes);
      return bytes;
    },
  ]);
  return Object.fromEntries(entries);
}

function joined(parts: readonly Uint8Array[], length: number): ArrayBuffer {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes.buffer;
}

export const isPageTrouble = (error: unknown): error is Error =>
  error instanceof PageError || error instanceof ThriftError;
