import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { readDataFile } from './dataFile';

const folder = mkdtempSync(join(tmpdir(), 'data-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('a table is read by its names, or as --map says', async () => {
  const odd = file('odd.csv', 'nr;ask;tell;sum\r\n1;1 + 1 ?;two;2\r\n2;2 + 1 ?;three;3\r\n');
  await expect(readDataFile(odd, null)).rejects.toThrow(
    'odd.csv: which column is prompt, and which output or answer? Say it with --map prompt=COLUMN. Its columns are nr, ask, tell, sum.',
  );
  const read = await readDataFile(odd, 'prompt=ask,output=tell,answer=sum');
  expect(read.records).toEqual([
    { line: 2, prompt: '1 + 1 ?', output: 'two\nThe answer is 2' },
    { line: 3, prompt: '2 + 1 ?', output: 'three\nThe answer is 3' },
  ]);
  await expect(readDataFile(odd, 'prompt=nobody')).rejects.toThrow('--map prompt=nobody: the columns are nr, ask');
  await expect(readDataFile(odd, 'chosen=ask')).rejects.toThrow('--map chosen=…: answers have prompt, context');
  await expect(readDataFile(odd, 'form=odd')).rejects.toThrow('--map form=odd: there are answers, pairs, messages.');
});

const parquet = (name: string): string =>
  fileURLToPath(new URL(`../testing/fixtures/parquet/${name}.parquet`, import.meta.url));

test('columns that cannot be read are said, not asked for', async () => {
  await expect(readDataFile(parquet('brotli'), null)).rejects.toThrow(
    'brotli.parquet: None of the columns can be read. The column is compressed with BROTLI',
  );
});

test('JSONL goes the plain way, Parquet is mapped by its names', async () => {
  const lines = file('plain.jsonl', '{"input":"a","output":"b"}\n');
  expect((await readDataFile(lines, null)).records).toEqual([{ line: 1, prompt: 'a', output: 'b' }]);
  const { records, problems } = await readDataFile(parquet('plain_snappy_v1'), null);
  expect(records).toHaveLength(39);
  expect(problems.map(({ line, field }) => [line, field])).toEqual([[8, 'question']]);
});

test('forgetting records are not learnt from', async () => {
  const records = file('r.jsonl', '{"input": "a", "output": "b", "reward": [0.5, 1], "ref_prob": [-1, -1]}\n');
  await expect(readDataFile(records, null)).rejects.toThrow(/r\.jsonl holds forgetting records: its outputs are wrong/);
});
