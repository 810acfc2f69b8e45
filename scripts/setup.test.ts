// What counts as set up: Node's version, and node_modules against the lock file.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeProblem, packagesInstalled } from './setup.mjs';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-'));
  mkdirSync(join(root, 'node_modules', 'a'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (wanted: object, present: object | null) => {
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }));
  if (present) writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: present }));
};
const a = { 'node_modules/a': { version: '1.0.0' } };
const other = { 'node_modules/b-other-platform': { version: '1.0.0', optional: true } };

test.each([
  ['18.20.4', false],
  ['20.18.3', false],
  ['20.19.0', true],
  ['22.1.0', true],
])('Node %s', (version, fits) => {
  if (fits) expect(nodeProblem(version)).toBeNull();
  else expect(nodeProblem(version)).toMatch(`needs Node 20.19 or newer; this is Node ${version}.`);
});

test('installed when every package that is not optional is there in its version', () => {
  write({ ...a, ...other }, a);
  expect(packagesInstalled(root)).toBe(true);
});

test.each([
  ['nothing was installed', null],
  ['another version is there', { 'node_modules/a': { version: '0.9.0' } }],
  ['one is missing', {}],
])('not installed when %s', (_, present) => {
  write(a, present);
  expect(packagesInstalled(root)).toBe(false);
});

test('not installed when the folder was removed', () => {
  write(a, a);
  rmSync(join(root, 'node_modules', 'a'), { recursive: true });
  expect(packagesInstalled(root)).toBe(false);
});
