// Damaged files of every form: whatever they hold, opening, mapping and reading them ends soon, in a value or in an error of our own.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fuzz, fuzzCount, fuzzTimeout } from '../../../testing/mutate';
import { bytesSource, FileError } from '../../files/byteSource';
import { ImportError } from '../importCollector';
import { parseImport } from '../importFile';
import { importTable } from '../importTable';
import { guessMapping, mappedColumns, missingRoles, sampleText } from './mapping';
import { openTable } from './openTable';

const QUICK = 200;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const parquet = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../../../testing/fixtures/parquet/${name}.parquet`, import.meta.url)));
const isTyped = (error: unknown): boolean => error instanceof FileError || error instanceof ImportError;

async function use(bytes: Uint8Array): Promise<void> {
  const table = await openTable(bytesSource('damaged', bytes));
  for (const { samples } of table.columns)
    for (const sample of samples) expect(sampleText(sample).length).toBeLessThan(130);
  const mapping = guessMapping(table.columns);
  const names = mappedColumns(mapping).length > 0 ? mappedColumns(mapping) : table.columns.map(({ name }) => name);
  for await (const row of table.rows(names)) expect(row.line).toBeGreaterThan(0);
  if (missingRoles(mapping).length === 0) await importTable(table, mapping);
}

const rows = Array.from({ length: 30 }, (_, i) => ({
  input: `What is ${i} + ${i} ?`,
  output: `It is\n“${2 * i}”, żółw`,
}));
const turns = rows.map(({ input, output }) => ({
  prompt: [{ role: 'user', content: input }],
  chosen: [{ role: 'assistant', content: output }],
  rejected: [{ role: 'assistant', content: 'no' }],
}));
const csv = (delimiter: string): string =>
  ['question', 'answer', 'note']
    .join(delimiter)
    .concat('\r\n', rows.map(({ input, output }) => [input, `"${output} ""x"""`, '7'].join(delimiter)).join('\r\n'));

const seeds = {
  jsonl: [rows, turns].map((list) => utf8(list.map((row) => JSON.stringify(row)).join('\n'))),
  json: [rows, { data: turns }, { about: {}, train: rows, test: turns }].map((value, i) =>
    utf8(JSON.stringify(value, null, i)),
  ),
  csv: [csv(','), csv(';'), csv('\t')].map(utf8),
};

test.each(Object.entries(seeds))('%s', { timeout: fuzzTimeout(QUICK) }, async (name, files) => {
  const { accepted } = await fuzz({ name, seeds: files, count: fuzzCount(QUICK), use, isTyped });
  expect(accepted).toBeGreaterThan(0);
});

test('native JSONL', { timeout: fuzzTimeout(QUICK) }, async () => {
  const parse = (bytes: Uint8Array) => parseImport([bytes], 'damaged');
  await fuzz({ name: 'native', seeds: seeds.jsonl, count: fuzzCount(QUICK), use: parse, isTyped });
});

const NAMES = [
  ...['plain_none_v1', 'plain_none_v2', 'plain_snappy_v1', 'plain_gzip_v1', 'plain_zstd_v1', 'plain_zstd_v2'],
  ...['conversations', 'pages', 'delta', 'binary', 'empty'],
];

test('parquet, damaged anywhere', { timeout: fuzzTimeout(QUICK) }, async () => {
  await fuzz({ name: 'parquet', seeds: NAMES.map(parquet), count: fuzzCount(QUICK), use, isTyped });
});

/** Body, footer and the eight bytes behind it: damage to one leaves the others whole, so that it gets past the first checks. */
const partsOf = (file: Uint8Array): { body: Uint8Array; footer: Uint8Array } => {
  const length = new DataView(file.buffer, file.byteOffset + file.length - 8).getUint32(0, true);
  const begin = file.length - 8 - length;
  return { body: file.subarray(0, begin), footer: file.subarray(begin, -8) };
};
const whole = (body: Uint8Array, footer: Uint8Array): Uint8Array => {
  const file = new Uint8Array(body.length + footer.length + 8);
  file.set(body);
  file.set(footer, body.length);
  new DataView(file.buffer).setUint32(body.length + footer.length, footer.length, true);
  file.set(utf8('PAR1'), file.length - 4);
  return file;
};

test.each(NAMES)('parquet pages and footer of %s', { timeout: fuzzTimeout(QUICK) }, async (name) => {
  const { body, footer } = partsOf(parquet(name));
  const count = Math.ceil(fuzzCount(QUICK) / 4);
  await fuzz({ name: `${name} pages`, seeds: [body], count, use: (bytes) => use(whole(bytes, footer)), isTyped });
  await fuzz({ name: `${name} footer`, seeds: [footer], count, use: (bytes) => use(whole(body, bytes)), isTyped });
});
