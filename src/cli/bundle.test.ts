// A real run on the command line, its bundle opened as the page opens it.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBundle } from '../core/bundle/openBundle';
import { readRun } from '../core/bundle/readRun';
import type { RunEvent } from '../core/events';
import { bytesSource } from '../core/files/byteSource';
import { openSafetensors } from '../core/safetensors';
import { replay } from '../state/replay';
import { createRunState } from '../state/runState';
import { askBundle } from '../testing/askBundle';
import { headlessBackend } from './backend';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SMALL = [
  ...['prompts=8', 'samplesPerPrompt=4', 'batchTokens=256', 'warmupSteps=2', 'forgettingSteps=2', 'improvingSteps=2'],
  ...['heldOutPrompts=10', 'otherPrompts=10', 'klPrompts=10'],
].join(',');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'allo-bundle-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('writes a bundle whose run is the run that was made', async () => {
  const command = [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(ROOT, 'src/cli/allo.ts')];
  const args = ['--preset', 'tiny', '--seed', '3', '--set', SMALL, '--bundle', 'run.zip', '--out', 'out', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [...command, ...args], { cwd: folder });
  const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
  const out = (name: string) => readFileSync(join(folder, 'out', name));
  const bundle = await openBundle(bytesSource('run.zip', readFileSync(join(folder, 'run.zip'))));
  const run = await readRun(bundle);
  const state = await replay(createRunState('a', run.name, run.started.config), run.log);
  expect([state.phase, run.problems, bundle.unlisted]).toEqual(['done', [], []]);
  expect(state.summary).toEqual(summary);
  expect(state.config).toMatchObject({ preset: 'tiny', seed: 3, prompts: 8 });
  expect(state.series.improving!.length).toBe(2);
  const aligned = openSafetensors(await bundle.read('checkpoint/model.safetensors'));
  const model = openSafetensors(out('model.safetensors'));
  for (const { name } of model.entries) expect(aligned.readFloats(name)).toEqual(model.readFloats(name));
  expect(new TextDecoder().decode(await bundle.read('metrics.csv'))).toBe(out('metrics.csv').toString());
  const large: RunEvent[] = [];
  for await (const event of run.large()) large.push(event);
  expect(large.flatMap((event) => (event.type === 'weights' ? [event.moment] : []))).toEqual([
    ...['sft', 'warmed-up', 'forgotten', 'improved'],
  ]);
  const sft = openSafetensors(out('sft.safetensors'));
  for (const event of large) {
    if (event.type === 'weights' && event.moment === 'sft')
      for (const [i, { name }] of run.started.tensors.entries()) expect(event.tensors[i]).toEqual(sft.readFloats(name));
    if (event.type === 'mask') {
      const mask = openSafetensors(out(`mask-${event.purpose}.safetensors`));
      for (const { name, mask: bits } of event.tensors) expect(bits).toEqual(mask.read(name));
    }
  }
  // Every moment of the time line with its change and its log-probs.
  expect(large.filter(({ type }) => type === 'update')).toHaveLength(state.moments.length);
  let moments = 0;
  for await (const { rows } of run.snapshots()) {
    expect(rows.policy.length).toBe(rows.reference.length);
    moments++;
  }
  expect(moments).toBe(state.moments.length);
  // Its models answer as they did in the run.
  await headlessBackend('wasm');
  expect(await askBundle(bytesSource('run.zip', readFileSync(join(folder, 'run.zip'))))).toBeGreaterThan(3);
}, 120_000);
