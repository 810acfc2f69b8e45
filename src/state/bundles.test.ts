// A run saved in one studio and opened in another: the same state, the same masks, weights and log-probs. Real atlas, made-up run.
import { describe, expect, it } from 'vitest';
import { type Bundle, openBundle } from '../core/bundle/openBundle';
import { readRun } from '../core/bundle/readRun';
import { writeBundle } from '../core/bundle/writeBundle';
import { type ByteSource, blobSource } from '../core/files/byteSource';
import { openSafetensors } from '../core/safetensors';
import { sha256 } from '../core/sha256';
import { type BundleStudio, bundleStudio, concat, savedRun } from '../testing/bundleRig';
import { fakeEvents } from '../testing/fakeRun';
import { momentName } from './moments';
import type { RunState } from './runState';

/** All of a run that does not say where it is. */
const content = ({ id: _, name: __, slot: ___, opened: ____, ...rest }: RunState) => ({
  ...rest,
  series: Object.fromEntries(
    Object.entries(rest.series).map(([name, { rows, length, ...series }]) => [
      name,
      { ...series, rows: rows.slice(0, length) },
    ]),
  ),
});

describe('a saved run', () => {
  it('is the same run when it is opened elsewhere: state, time line, masks and weights', async () => {
    const { here, file } = await savedRun();
    const there = bundleStudio();
    await there.studio.bundles.open({ name: 'otter.allo.zip', blob: file });
    expect(there.state().bundle).toEqual({ status: 'none' });
    const [old, now] = [here.run(), there.run()];
    expect(now.opened).toEqual({ file: 'otter.allo.zip', problems: [] });
    expect([now.name, there.state().activeId, there.state().view]).toEqual([old.name, null, 'run']);
    expect(content(now)).toEqual(content(old));
    for (const moment of old.moments) {
      const rows = await here.studio.snapshots.get(old.id, momentName(moment));
      expect(rows!.policy.length).toBeGreaterThan(0);
      expect(await there.studio.snapshots.get(now.id, momentName(moment))).toEqual(rows);
    }
    const [before, after] = [here.state().atlas.runs[0]!, there.state().atlas.runs[0]!];
    expect({ ...after, runId: '' }).toEqual({ ...before, runId: '' });
    expect(before.updateSteps.length).toBeGreaterThan(3);
    for (const question of [
      { type: 'export', what: 'weights', moment: 'warmed-up' },
      { type: 'export', what: 'weights', moment: 'improved' },
      { type: 'export', what: 'moments' },
      { type: 'export', what: 'update' },
      { type: 'export', what: 'update', at: before.updateSteps.at(-1)! },
    ] as const) {
      const copy = await there.studio.atlas.ask({ ...question, runId: now.id });
      expect(sha256(copy)).toBe(sha256(await here.studio.atlas.ask({ ...question, runId: old.id })));
    }
    for (const purpose of ['forgetting', 'improving'] as const) {
      const ask = ({ studio }: BundleStudio, runId: string) =>
        studio.atlas.ask({ type: 'export', what: 'densities', mask: { from: 'run', runId, purpose } });
      expect(await ask(there, now.id)).toEqual(await ask(here, old.id));
    }
  });

  it('can be saved again, from the studio that opened it', async () => {
    const { file } = await savedRun();
    const there = bundleStudio();
    await there.studio.bundles.open({ name: 'a.zip', blob: file });
    const again = (await there.studio.bundles.save(there.run().id, new Date('2024-05-06T07:08:09Z')))!;
    const [first, second] = await Promise.all([file, again].map((one) => openBundle(blobSource('a.zip', one))));
    // Fields of an event may stand in another order.
    const files = ({ manifest }: Bundle) => manifest.files.filter(({ path }) => path !== 'events.jsonl');
    expect(files(second!)).toEqual(files(first!));
    const [log, logAgain] = await Promise.all([first!, second!].map((one) => readRun(one)));
    expect(logAgain!.log).toEqual(log!.log);
  });

  it('holds the aligned model for Transformers, and tables for people', async () => {
    const { here, file } = await savedRun();
    const bundle = await openBundle(blobSource('a.zip', file));
    const text = async (path: string) => new TextDecoder().decode(await bundle.read(path));
    const model = openSafetensors(await bundle.read('checkpoint/model.safetensors'));
    expect(model.entries.map(({ name, shape }) => ({ name, shape }))).toEqual(here.run().started!.tensors);
    expect(model.metadata).toEqual({ format: 'pt' });
    // Once in the file, where Transformers looks for it.
    const repeated = bundle.manifest.files.filter(({ at }) => at === 'checkpoint/model.safetensors');
    expect(repeated.map(({ path }) => path)).toEqual(['weights/improved.safetensors']);
    expect(sha256(await bundle.read('weights/improved.safetensors'))).toBe(repeated[0]!.sha256);
    expect(JSON.parse(await text('checkpoint/config.json'))).toMatchObject({ model_type: 'llama', hidden_size: 64 });
    expect(JSON.parse(await text('config.json'))).toEqual(here.run().config);
    const rows = (await text('metrics.csv')).trim().split('\n');
    expect(rows).toHaveLength(1 + 20 + 15 + 25);
    expect(rows[1]).toMatch(/^warm-up,warm-up,1,0\.\d+/);
    const samples = (await text('samples.jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(samples).toHaveLength(here.run().responses.length);
    const wrong = samples.find(({ rewards }) => rewards);
    expect(wrong.rewards).toHaveLength(wrong.tokens.length);
    expect(wrong.rewards[0]).toBeCloseTo(here.run().rewardOf.get(wrong.id)!.rewards[0]!, 6);
  });

  it('stands beside the others: a name and a colour of its own, the working run kept', async () => {
    const { file } = await savedRun();
    const there = bundleStudio();
    there.studio.start();
    const active = there.run().id;
    for (let n = 0; n < 7; n++) await there.studio.bundles.open({ name: 'a.zip', blob: file });
    const { runs, activeId } = there.state();
    expect([runs.length, activeId, runs[0]!.id]).toEqual([6, active, active]);
    expect(new Set(runs.map(({ name }) => name)).size).toBe(6);
    expect(new Set(runs.map(({ slot }) => slot)).size).toBe(6);
  });

  it('that rests on its way is stopped when it is opened; a stage that ran twice is there once', async () => {
    const here = bundleStudio();
    here.studio.start();
    here.say('running');
    const events = [...fakeEvents('forgetting', { preset: 'tiny' })];
    here.told(events);
    here.say('paused');
    const from = events.findIndex((event) => event.type === 'stage.started' && event.stage === 'warm-up');
    here.told(events.slice(from).filter(({ type }) => type !== 'mask'));
    here.say('paused');
    const file = (await here.studio.bundles.save(here.run().id, new Date('2024-05-06T07:08:09Z')))!;
    const there = bundleStudio();
    await there.studio.bundles.open({ name: 'a.zip', blob: file });
    expect(there.run().phase).toBe('stopped');
    expect(content({ ...there.run(), phase: 'paused' })).toEqual(content(here.run()));
    expect(there.run().series['warm-up']!.length).toBe(20);
    expect(there.run().opened!.problems).toEqual(['weights: not told, the model is too large, or no stage had ended.']);
  });

  it('tells which of its parts are missing or damaged, and shows the rest', async () => {
    const { here, file } = await savedRun();
    const changed = await rewritten(blobSource('a.zip', file), (path, bytes) => {
      if (path === 'weights/sft.safetensors') return null;
      if (path === 'masks/forgetting.safetensors') return bytes.slice(0, -1);
      if (path.startsWith('time-line/warm-up')) return new TextEncoder().encode('nothing');
      return bytes;
    });
    const there = bundleStudio();
    await there.studio.bundles.open({ name: 'a.zip', blob: new Blob([Uint8Array.from(changed)]) });
    expect(content(there.run())).toEqual(content(here.run()));
    const { problems } = there.run().opened!;
    expect(problems.find((one) => one.includes('masks/forgetting'))).toMatch(
      /“masks\/forgetting.safetensors” is not shown: .*(unused|ends|bytes)/,
    );
    expect(problems.filter((one) => one.includes('time-line/warm-up')).length).toBeGreaterThan(0);
    expect(there.state().atlas.runs[0]).toMatchObject({
      masks: ['improving'],
      moments: ['warmed-up', 'improved'],
      hasUpdate: false,
    });
  });
});

/** The same bundle with other contents and hashes that fit them; null leaves a part out. */
async function rewritten(
  source: ByteSource,
  change: (path: string, bytes: Uint8Array<ArrayBuffer>) => Uint8Array | null,
): Promise<Uint8Array> {
  const bundle = await openBundle(source);
  const parts = [];
  for (const { path, contentType } of bundle.manifest.files) {
    const bytes = change(path, await bundle.read(path));
    if (bytes) parts.push({ path, contentType, isPacked: false, make: () => [bytes] });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeBundle(parts, { name: 'x', madeAt: new Date(0x18000000000), leftOut: [] }))
    chunks.push(chunk);
  return concat(chunks);
}

describe('a bundle from elsewhere', () => {
  it('that cannot be opened says why, and changes nothing', async () => {
    const there = bundleStudio();
    await there.studio.bundles.open({ name: 'a.zip', blob: new Blob([new Uint8Array(9)]) });
    expect(there.state().bundle).toMatchObject({
      status: 'failed',
      name: 'a.zip',
      message: expect.stringContaining('a.zip: is no zip file'),
    });
    expect(there.state().runs).toEqual([]);
    there.studio.bundles.dismiss();
    expect(there.state().bundle).toEqual({ status: 'none' });
  });
});
