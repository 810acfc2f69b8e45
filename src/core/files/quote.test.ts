// Names from outside: what is shown of them, and what files are called.
import { expect, test } from 'vitest';
import { fileNameOf, plainName } from './quote';

test('a name that may be shown stays as it is', () => {
  for (const name of [
    'sums.jsonl',
    'Übung 3 (neu).csv',
    '数据.parquet',
    'נתונים.json',
    '<img src=x onerror=alert(1)>',
    '👩‍🔬.jsonl',
  ])
    expect(plainName(name)).toBe(name);
});

test('what cannot be seen leaves a mark, and a name ends somewhere', () => {
  expect(plainName('a\u202egnp.exe')).toBe('a\ufffdgnp.exe');
  expect(plainName('\u2066a\u2069\u200f\u061cb\u0000\n\u009fc\u2028')).toBe(
    '\ufffda\ufffd\ufffd\ufffdb\ufffd\ufffd\ufffdc\ufffd',
  );
  expect(plainName('x'.repeat(10_000))).toBe('x'.repeat(255));
});

test('a file’s name has letters, digits, dots and dashes only, and keeps its ending', () => {
  expect(fileNameOf('brave-otter.allo.zip')).toBe('brave-otter.allo.zip');
  expect(fileNameOf('数据.csv')).toBe('数据.csv');
  expect(fileNameOf('../../etc/passwd')).toBe('etc-passwd');
  expect(fileNameOf('..\\..\\C:\\x.bat')).toBe('C-x.bat');
  expect(fileNameOf('.htaccess')).toBe('htaccess');
  expect(fileNameOf('<img src=x onerror=alert(1)>.jsonl')).toBe('img-src-x-onerror-alert-1-.jsonl');
  expect(fileNameOf('a\u202egnp.svg')).toBe('a-gnp.svg');
  expect(fileNameOf(`${'x'.repeat(10_000)}.allo.zip`)).toBe(`${'x'.repeat(120)}.allo.zip`);
  expect(fileNameOf('\u202e///')).toBe('file');
});
