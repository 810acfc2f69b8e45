import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type ByteSource, bytesSource, FileError } from '../../files/byteSource';
import { openParquet } from './parquetTable';
import { type Table, unreadableText } from './table';

const path = (name: string): string =>
  fileURLToPath(new URL(`../../../testing/fixtures/parquet/${name}.parquet`, import.meta.url));
const source = (name: string): ByteSource => bytesSource(`${name}.parquet`, readFileSync(path(name)));

async function all(table: Table, names: readonly string[]): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const { line, cells, problem } of table.rows(names)) {
    rows.push({ line, ...(cells ? Object.fromEntries(cells) : { problem }) });
  }
  return rows;
}

const failure = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (error instanceof FileError) return error.message;
  throw new Error(`expected a FileError, got ${String(error)}`);
};

describe('sums written by pyarrow', () => {
  const codecs = ['none', 'snappy', 'gzip', 'zstd'].flatMap((codec) => [`plain_${codec}_v1`, `plain_${codec}_v2`]);
  test.each([...codecs, 'delta'])('%s', async (name) => {
    const table = await openParquet(source(name));
    expect(table).toMatchObject({ format: 'Parquet', unit: 'row', note: 'It has 40 rows in 1 row group.' });
    expect(table.columns.map((column) => [column.name, column.problem])).toEqual([
      ['id', null],
      ['question', null],
      ['answer', null],
      ['extra', null],
    ]);
    expect(table.columns[1]!.samples.slice(0, 2)).toEqual(['What is 0 plus 0 ?', 'What is 1 plus 1 ?']);
    const rows = await all(table, ['question', 'answer', 'id', 'extra']);
    expect(rows.length).toBe(40);
    expect(rows[7]).toEqual({
      ...{ line: 8, id: 7n, question: null, extra: 'odd' },
      answer: '7 plus 7 makes 14 . The answer is 14',
    });
    expect(rows[39]).toMatchObject({ line: 40, id: 39n, question: 'What is 39 plus 39 ?', extra: 'odd' });
  });
});

test('lists of messages, with a null, over three row groups', async () => {
  const table = await openParquet(source('conversations'));
  const rows = await all(table, ['prompt', 'chosen', 'rejected']);
  expect(rows.length).toBe(20);
  expect(rows[19]).toEqual({
    line: 20,
    prompt: [{ role: 'user', content: 'What is 19 plus 1 ?' }],
    chosen: [{ role: 'assistant', content: 'It is 20' }],
    rejected: [{ role: 'assistant', content: 'It is 21' }],
  });
  expect(rows[3]!.rejected ?? null).toBeNull();
});

test('many small pages of nested rows', async () => {
  const table = await openParquet(source('pages'));
  const rows = await all(table, ['messages', 'done']);
  expect(rows.length).toBe(60);
  expect(rows[59]).toMatchObject({ line: 60, done: false });
  expect(rows[59]!.messages).toEqual([
    { role: 'user', content: `Say 59 ${'very '.repeat(20)}` },
    { role: 'assistant', content: '59' },
  ]);
  expect(rows.filter(({ done }) => done === true).length).toBe(20);
});

test('only the columns that are asked for are read', async () => {
  const inner = source('plain_none_v1');
  let bytes = 0;
  const counting: ByteSource = {
    ...inner,
    read(begin, end) {
      bytes += end - begin;
      return inner.read(begin, end);
    },
  };
  const table = await openParquet(counting);
  const read = async (names: string[]): Promise<number> => {
    bytes = 0;
    await all(table, names);
    return bytes;
  };
  expect(await read(['extra'])).toBeLessThan((await read(['answer'])) / 3);
});

describe('refusals', () => {
  test('codecs, encodings and bytes that are not read are said per column', async () => {
    const brotli = await openParquet(source('brotli'));
    expect(brotli.columns[0]!.problem).toBe(
      'The column is compressed with BROTLI, but only UNCOMPRESSED, SNAPPY, ZSTD, GZIP are read. Save it with one of them.',
    );
    const prefix = await openParquet(source('prefix'));
    expect(prefix.columns.map(({ problem }) => problem === null)).toEqual([true, false, true, true]);
    expect(prefix.columns[1]!.problem).toBe(
      'A page is encoded as DELTA_BYTE_ARRAY, which is not read. Save the file with plain or dictionary encoding.',
    );
    expect(await failure(all(prefix, ['question']))).toContain(
      'prefix.parquet, column “question”, row group 1: A page',
    );
    expect(unreadableText(brotli.columns)).toBe(`None of the columns can be read. ${brotli.columns[0]!.problem}`);
    expect(unreadableText(prefix.columns)).toBe(
      `Of the columns “${prefix.columns[1]!.name}” cannot be read. ${prefix.columns[1]!.problem}`,
    );
    const binary = await openParquet(source('binary'));
    expect(binary.columns[1]).toEqual({
      name: 'image',
      samples: [],
      problem: 'It holds bytes that are no UTF-8 text.',
    });
    expect(await all(binary, ['question'])).toEqual([
      { line: 1, question: 'a' },
      { line: 2, question: 'b' },
    ]);
  });

  test('cut, encrypted, short and empty files', async () => {
    const bytes = readFileSync(path('plain_none_v1'));
    expect(await failure(openParquet(bytesSource('x.parquet', bytes.subarray(0, -20))))).toContain('was cut off');
    expect(await failure(openParquet(bytesSource('x.parquet', bytes.subarray(0, 8))))).toContain('too short');
    const encrypted = Uint8Array.from(bytes);
    encrypted.set([0x50, 0x41, 0x52, 0x45], bytes.length - 4);
    expect(await failure(openParquet(bytesSource('x.parquet', encrypted)))).toContain('encrypted');
    const empty = await openParquet(source('empty'));
    expect(empty.columns.map(({ name }) => name)).toEqual(['id', 'question', 'answer', 'extra']);
    expect(await all(empty, ['question'])).toEqual([]);
  });
});
