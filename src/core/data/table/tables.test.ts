import { describe, expect, test } from 'vitest';
import { bytesSource, FileError } from '../../files/byteSource';
import { importTable, isTakenAsItIs } from '../importTable';
import { findList, jsonEntries } from './jsonEntries';
import { openTable } from './openTable';
import type { Table } from './table';

const open = (text: string): Promise<Table> => openTable(bytesSource('x', new TextEncoder().encode(text)));
const json = (value: unknown, indent = 0): Promise<Table> => open(JSON.stringify(value, null, indent));

async function rowsOf(table: Table): Promise<unknown[]> {
  const rows: unknown[] = [];
  const names = table.columns.map(({ name }) => name);
  for await (const { line, cells, problem } of table.rows(names))
    rows.push([line, cells ? [...cells.values()] : problem]);
  return rows;
}

async function failure(text: string): Promise<string> {
  const error: unknown = await open(text).catch((reason: unknown) => reason);
  if (error instanceof FileError) return error.message;
  throw new Error(`expected a FileError, got ${String(error)}`);
}

describe('CSV', () => {
  test('byte order mark, semicolons, quotes, line ends in cells, blank lines, lines counted', async () => {
    const table = await open('\ufeffq;a;a;\r\n1;"x ""y""\r\nz;";2;3\r\n\r\n;;;\r\n4;5;6;7\r\n');
    expect(table).toMatchObject({ format: 'CSV', unit: 'line' });
    expect(table.note).toBe('Cells are separated by semicolons; the first row names the columns.');
    expect(table.columns.map(({ name }) => name)).toEqual(['q', 'a', 'a (2)', 'column 4']);
    expect(await rowsOf(table)).toEqual([
      [2, ['1', 'x "y"\r\nz;', '2', '3']],
      [6, ['4', '5', '6', '7']],
    ]);
  });

  test('a first line of Excel that names the delimiter is no row', async () => {
    const table = await open('\ufeffsep=;\r\nq;a, b\r\n1, 2, 3;4\r\n"5\r\n";6\r\n7;8\r\n');
    expect(table.columns.map(({ name }) => name)).toEqual(['q', 'a, b']);
    expect(await rowsOf(table)).toEqual([
      [3, ['1, 2, 3', '4']],
      [4, ['5\r\n', '6']],
      [6, ['7', '8']],
    ]);
    expect((await open('sep=a\n1,2\n3,4')).columns.map(({ name }) => name)).not.toEqual(['1,2']);
  });

  test('tabs, and rows that do not fit', async () => {
    const table = await open(`q\ta\n${'1\t2\n'.repeat(5)}1\t2\t3\n1\n"1\t2\n5\t6`);
    expect(table.format).toBe('TSV');
    const rows = await rowsOf(table);
    expect(rows[0]).toEqual([2, ['1', '2']]);
    expect(rows[5]).toEqual([7, expect.stringContaining('has 3 cells, but the header has 2')]);
    expect(rows[6]).toEqual([8, expect.stringContaining('has 1 cells')]);
    expect(rows[7]).toEqual([9, expect.stringContaining('quotes of the row do not pair up')]);
  });

  test('rows in disorder are told as rows of a CSV where the name says that it is one', async () => {
    const named = (text: string) => openTable(bytesSource('x.csv', new TextEncoder().encode(text)));
    const unclosed = await rowsOf(await named('question,answer\n"q,a\nb,c\n'));
    expect(unclosed).toEqual([[2, expect.stringContaining('quotes of the row do not pair up')]]);
    const ragged = await rowsOf(await named('question;answer\nq;a;more\nb\n'));
    expect(ragged.map((row) => (row as [number, string])[1])).toEqual([
      expect.stringContaining('has 3 cells, but the header has 2'),
      expect.stringContaining('has 1 cells'),
    ]);
    // What is JSON stays JSON, whatever it is called.
    expect((await named('{"a":1,"b":2}\n{"a":1}')).format).toBe('JSONL');
    expect((await named('no table at all')).format).toBe('JSONL');
  });

  test('names that are traps for objects', async () => {
    const table = await open('__proto__,constructor\na,b');
    expect(await rowsOf(table)).toEqual([[2, ['a', 'b']]]);
    expect('a' in {}).toBe(false);
  });
});

describe('JSON', () => {
  test('a list, pretty or not, by the lines of its records', async () => {
    const rows = [{ a: 1, b: [{ c: '"],' }] }, { a: 2 }];
    expect(await rowsOf(await json(rows))).toEqual([
      [1, [1, [{ c: '"],' }]]],
      [1, [2]],
    ]);
    const table = await json(rows, 2);
    expect(table).toMatchObject({ format: 'JSON', note: null });
    expect((await rowsOf(table)).map((row) => (row as [number])[0])).toEqual([2, 10]);
  });

  test('lists as fields: data and train before others, and what is left out is said', async () => {
    for (const indent of [0, 1]) {
      expect((await json({ version: { x: [1] }, data: [{ a: 1 }] }, indent)).note).toBe('Read from its list “data”.');
      const splits = await json({ test: [{ a: 1 }], train: [{ a: 2 }] }, indent);
      expect(splits.note).toBe('Read from its list “train”; “test” left out.');
      expect(splits.columns[0]!.samples).toEqual([2]);
    }
  });

  test('cut and broken lists give what comes before', async () => {
    expect(await rowsOf(await open('[{"a": 1},\n{"a": 2},\n{"a": '))).toEqual([
      [1, [1]],
      [2, [2]],
      [3, expect.stringContaining('was cut off')],
    ]);
    expect(await rowsOf(await open('[{"a": 1}\n{"a": 2}]'))).toEqual([
      [1, [1]],
      [2, expect.stringContaining('A comma or ] was expected')],
    ]);
    expect(await rowsOf(await open('[{"a": 1}, 7, {"a": 1, "a": 2}, {"a" 3}]'))).toEqual([
      [1, [1]],
      [1, 'The line is a number, not an object. Write one object per line.'],
      [1, 'The field “a” appears twice. Keep one of them.'],
      [1, expect.stringContaining('not valid JSON')],
    ]);
  });

  test('no list of records: refused by file and line', async () => {
    expect(await failure('{\n"a": 1}')).toMatch(
      /^x, line 1: The JSON object has no list of records in it\. It needs a list of objects/,
    );
    expect(await failure('{\n"a": [{}],\n"b" 1}')).toMatch(/^x, line 3: A colon was expected/);
  });

  test('a million open brackets and quotes take linear time', () => {
    const started = performance.now();
    for (const text of ['['.repeat(1e6), `[${'{"a":'.repeat(2e5)}`, `["${'\\'.repeat(1e6)}`, `[${'"",'.repeat(3e5)}`]) {
      const entries = [...jsonEntries(text, findList(text))];
      expect(entries.at(-1)!.text === null || entries.length > 1).toBe(true);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test('content decides, not the name; what is nothing stays JSONL', async () => {
  const formats = async (...texts: string[]): Promise<string[]> =>
    Promise.all(texts.map(async (text) => (await open(text)).format));
  expect(
    await formats(
      '{"input": "a"}\n{"input": "b"}',
      '{"input": "a, b", "output": ',
      '',
      'plain words',
      '{"messages": [{"role": "user", "content": "a"}]}',
    ),
  ).toEqual(['JSONL', 'JSONL', 'JSONL', 'JSONL', 'JSONL']);
  expect(await formats('\n [{"a": 1}]', '{"data": [\n{"a": 1}]}', 'a,b\n1,2')).toEqual(['JSON', 'JSON', 'CSV']);
});

test('JSONL in its own two forms, or near them, needs no mapping', async () => {
  const asItIs = async (value: object): Promise<boolean> => isTakenAsItIs(await open(JSON.stringify(value)));
  expect(await asItIs({ input: 'a', output: 'b' })).toBe(true);
  expect(await asItIs({ prompt: 'a', chosen: 'b', rejected: 'c' })).toBe(true);
  expect(await asItIs({ prompt: 'a', chosen: 'b' })).toBe(true);
  expect(await asItIs({ input: 'a', output: 42 })).toBe(true);
  expect(await asItIs({ instruction: 'a', input: '', output: 'b' })).toBe(false);
  expect(await asItIs({ question: 'a', answer: 'b' })).toBe(false);
  const turns = (content: string) => [{ role: 'assistant', content }];
  expect(await asItIs({ prompt: [{ role: 'user', content: 'a' }], chosen: turns('b'), rejected: turns('c') })).toBe(
    false,
  );
});

test('problems of a mapped file keep their lines', async () => {
  const table = await open('q,a\nx,1\n,2\ny,3,4\nz,5');
  const file = await importTable(table, { form: 'answers', columns: { prompt: 'q', output: 'a' }, hashAnswers: false });
  expect(file.records).toEqual([
    { line: 2, prompt: 'x', output: '1' },
    { line: 5, prompt: 'z', output: '5' },
  ]);
  expect(file.problems.map(({ line, field }) => [line, field])).toEqual([
    [3, 'q'],
    [4, null],
  ]);
});
