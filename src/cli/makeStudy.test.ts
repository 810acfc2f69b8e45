import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import type { StudyResult } from '../core/study/result';
import { readResults } from './resultFile';
import type { StudyManifest } from './studyManifest';
import { partFile, partOf } from './studyManifest';

const folder = mkdtempSync(join(tmpdir(), 'study-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A command's output, whatever its exit status. */
async function command(name: string, ...args: string[]): Promise<{ code: number; out: string; told: string }> {
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', `src/cli/${name}.ts`, ...args]);
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, told: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      ...{ code: error.code, out: error.stdout, told: error.stderr },
    }),
  );
}

test('a recorded set is made by parts, cut, merged, gone on with, and verified to the last digit', async () => {
  const file = join(folder, 'results.jsonl');
  // Where the change sits, twice: warm-ups alone are the shortest jobs.
  const scope = [
    '--experiments',
    '8',
    '--preset',
    'tiny',
    '--families',
    'math,instruct',
    '--seeds',
    '1',
    '--file',
    file,
  ];
  const first = await command('makeStudy', ...scope, '--part', '1/2');
  expect(first).toMatchObject({ code: 0 });
  expect(first.told).toContain('0 of 1 results are there; 1 to go.');
  // What one part has, no other computes again.
  const other = await command('makeStudy', ...scope, '--families', 'math', '--part', '1/1');
  expect(other.told).toContain('1 of 1 results are there; 0 to go.');
  const part = partFile(file, partOf('1/2'));
  const [line] = readFileSync(part, 'utf8').split('\n');
  // One of settings whose defaults are others today has a key that is none of theirs, and a page would refuse the whole file.
  const stale = JSON.stringify({ ...(JSON.parse(line!) as StudyResult), key: '0123456789abcdef' });
  writeFileSync(part, `${line}\n${stale}\n${line!.slice(0, 50)}`);
  const merged = await command('makeStudy', ...scope, '--merge');
  expect(merged.told).toContain('its last line was cut (50 characters) and is dropped.');
  expect(merged.told).toContain('1 results of another engine or other defaults do not count.');
  expect(readResults(file)).toMatchObject({ results: [{ family: 'math', kind: 'change' }], cut: 0 });

  const rest = await command('makeStudy', ...scope);
  expect(rest.told).toContain('1 of 2 results are there; 1 to go.');
  expect(readResults(file).results.map(({ family }) => family)).toEqual(['math', 'instruct']);
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as StudyManifest;
  expect(manifest.experiments[7]).toMatchObject({ id: 'change', jobs: 2, done: 2, scope: { seeds: [1] } });
  expect(manifest).toMatchObject({ version: 1, engine: 1, done: 2, backends: ['wasm'] });

  const lines = readFileSync(file, 'utf8').split('\n');
  const { iou } = JSON.parse(lines[1]!) as { iou: number };
  writeFileSync(file, [lines[0], lines[1]!.replace(String(iou), String(iou + 0.000001)), ''].join('\n'));
  const verified = await command('study', '--verify', '--file', file);
  expect(verified.code).toBe(1);
  expect(verified.out).toContain('1 of 2 recorded results are the same again.');
  expect(verified.out).toMatch(/equal +math, seed 1: change of ALLO\nDIFFERENT instruct, seed 1/);
  expect(verified.out).toContain(`iou: ${iou + 0.000001} recorded, ${iou} now`);
}, 120_000);

test('a part is one of several', () => {
  expect(partOf('2/3')).toEqual({ part: 2, parts: 3 });
  expect(partFile('a/results.jsonl', { part: 2, parts: 3 })).toBe('a/results.part-2-of-3.jsonl');
  for (const text of ['3/2', '0/2', '1', '1/2/3']) expect(() => partOf(text)).toThrow('is no part');
});
