import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { prepareFile, prepareFolder } from './outFiles';

const folder = mkdtempSync(join(tmpdir(), 'out-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a folder is made, and what is no folder is named with its option', () => {
  prepareFolder('--out', join(folder, 'a', 'b'));
  prepareFolder('--out', join(folder, 'a', 'b'));
  expect(statSync(join(folder, 'a', 'b')).isDirectory()).toBe(true);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => prepareFolder('--out', file)).toThrow(`--out: “${file}” cannot be written (EEXIST`);
  expect(() => prepareFolder('--out', join(file, 'below'))).toThrow(/cannot be written \(ENOTDIR.*Name another\.$/);
});

test('a file is made where it can be, and else named with its option', () => {
  prepareFile('--bundle', join(folder, 'run.zip'));
  expect(existsSync(join(folder, 'run.zip'))).toBe(true);
  const missing = join(folder, 'nowhere', 'run.zip');
  expect(() => prepareFile('--bundle', missing)).toThrow(`--bundle: “${missing}” cannot be written (ENOENT`);
});
