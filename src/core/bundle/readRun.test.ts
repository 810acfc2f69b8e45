// Logs and arrays from elsewhere, in bundles whose zip file and hashes are right: refused with words, or shown.
import { describe, expect, it } from 'vitest';
import { replay } from '../../state/replay';
import { createRunState } from '../../state/runState';
import { bundleStudio, concat, withArrays } from '../../testing/bundleRig';
import { fakeEvents } from '../../testing/fakeRun';
import { mutate } from '../../testing/mutate';
import type { RunEvent } from '../events';
import { type ByteSource, blobSource, bytesSource, FileError } from '../files/byteSource';
import { createRng } from '../rng';
import { type Bundle, openBundle } from './openBundle';
import { readRun } from './readRun';
import { textPart, writeBundle } from './writeBundle';

describe('a log from elsewhere', () => {
  const pool = {
    ...{ path: 'arrays.safetensors', contentType: 'x', isPacked: false },
    make: () => [Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0), new TextEncoder().encode('{}      ')],
  };
  const withLog = async (lines: string): Promise<ByteSource> => {
    const parts = [textPart('events.jsonl', 'x', () => lines), pool];
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeBundle(parts, { name: 'x', madeAt: new Date(0x18000000000), leftOut: [] }))
      chunks.push(chunk);
    return bytesSource('a.zip', concat(chunks));
  };

  it.each([
    ['', 'does not say how the run began'],
    ['{"at":1', 'line 1 is not JSON'],
    ['{"at":1,"phase":"done"}\n{"at":0,"phase":"done"}', 'line 2 is before the one above it'],
    ['{"at":1,"phase":"dancing"}', 'line 1, field “phase”'],
    ['{"at":1,"event":{"type":"nonsense"}}', 'line 1, field “event.type”'],
    [
      '{"at":1,"event":{"type":"stage.started","stage":"mask","label":"","total":"2","unit":""}}',
      'field “event.total”',
    ],
    [
      '{"at":1,"event":{"type":"losses","stage":"warm-up","step":1,"items":[],"losses":{"$":"f32","at":0,"n":1}}}',
      'refers to numbers that are not there',
    ],
    ['{"at":1,"event":{"__proto__":{"type":"path"}}}', 'has a field no event has'],
    [`{"at":1,"event":${'['.repeat(1000)}${']'.repeat(1000)}}`, 'is nested deeper than any event'],
  ])('with the log %j is refused', async (lines, said) => {
    const opened = withLog(lines).then(openBundle).then(readRun);
    await expect(opened).rejects.toThrow(FileError);
    await expect(opened).rejects.toThrow(said);
  });
});

it('whose parts were changed under fitting hashes is refused with words, or shown', async () => {
  const small = {
    prompts: 6,
    samplesPerPrompt: 2,
    warmupSteps: 2,
    forgettingSteps: 1,
    improvingSteps: 1,
    width: 8,
    mlpWidth: 8,
  };
  const events = [...withArrays(fakeEvents('done', { preset: 'tiny', change: small }))];
  const parts = await partsOf(events);
  const rng = createRng(11, 'parts');
  const victims = [...parts.keys(), ...Array<string>(8).fill('events.jsonl')];
  const rounds = Number(process.env.FUZZ ?? 80);
  let shown = 0;
  for (let round = 0; round < rounds; round++) {
    const victim = rng.pick(victims);
    const original = parts.get(victim)!;
    // The beginnings are where headers are.
    const cut = rng.next() < 0.5 ? original.length : Math.min(original.length, 1000);
    const changed = concat([mutate(rng, original.subarray(0, cut)), original.subarray(cut)]);
    try {
      const run = await readRun(memoryBundle(new Map([...parts, [victim, changed]])));
      await replay(createRunState('a', 'a', run.started.config), run.log);
      for await (const event of run.large())
        if (event.type !== 'moments') expect(event.tensors).toHaveLength(run.started.tensors.length);
      for await (const { rows } of run.snapshots()) expect(rows.policy.length).toBe(rows.reference.length);
      shown++;
    } catch (error) {
      if (!(error instanceof FileError)) throw new Error(`round ${round}, ${victim}`, { cause: error });
    }
  }
  expect(shown).toBeGreaterThan(rounds / 10);
}, 1_200_000);

/** The files that the atlas and the page would give for a run's events. */
async function partsOf(events: readonly RunEvent[]): Promise<Map<string, Uint8Array>> {
  const there = bundleStudio();
  there.studio.start();
  there.told(events);
  there.say('done');
  const file = (await there.studio.bundles.save(there.run().id, new Date(0x18000000000)))!;
  const bundle = await openBundle(blobSource('a.zip', file));
  const parts = new Map<string, Uint8Array>();
  const read = /^(events|arrays|moments|masks|weights.sft|updates.*-2|time-line.*-0)/;
  for (const { path } of bundle.manifest.files) if (read.test(path)) parts.set(path, await bundle.read(path));
  return parts;
}

/** A bundle whose zip file and hashes are right. */
const memoryBundle = (parts: ReadonlyMap<string, Uint8Array>): Bundle => ({
  file: 'a.zip',
  manifest: { format: 'allo-run-bundle', version: 1, madeAt: '', app: '', name: 'x', files: [], leftOut: [] },
  ...{ missing: [], unlisted: [] },
  has: (path) => parts.has(path),
  read: async (path) => Uint8Array.from(parts.get(path)!),
});
