// A run that fails, in a page with a made-up worker over the real store: what is known of it, how it goes on, what its saves need.
import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FAILURE_CAUSES } from '../core/bundle/runLog';
import { fakeEvents } from '../testing/fakeRun';
import { createDisk, type Disk } from '../testing/runStoreRig';
import { left, NOW, page } from '../testing/savedPageRig';
import type { Command, FailureCause, SaveTrouble } from '../worker/protocol';
import { needsRoom } from './savedState';

afterEach(() => {
  vi.unstubAllGlobals();
});

const failure = (cause: FailureCause) => ({ cause, message: 'It failed.', next: 'Go on.', detail: 'at line 1' });

/** A run that has trained for a while and been saved before that, in its masks; and what the worker calls it. */
async function begun(disk: Disk) {
  const t = page(disk);
  t.studio.start();
  const { saved, runId } = t.sent[0] as Extract<Command, { type: 'run.start' }>;
  const savedId = saved!.id;
  await left(disk, saved!.name, 'running', { id: savedId });
  t.say({ type: 'run.phase', runId, phase: 'running' });
  t.say({ type: 'run.events', runId, events: [...fakeEvents('forgetting', { preset: 'tiny' })] });
  t.say({
    type: 'run.saved',
    runId,
    savedId,
    savedAt: NOW - 14_000,
    bytes: 9,
    place: null,
    held: { longest: 1, sum: 1 },
  });
  await t.saved.look();
  return { ...t, runId, savedId, name: saved!.name };
}
const fail = (t: Pick<ReturnType<typeof page>, 'say' | 'studio'>, cause: FailureCause, resumable = true) => {
  const runId = t.studio.store.getState().activeId!;
  t.say({ type: 'run.failed', runId, error: failure(cause), resumable });
};

describe('a run that failed', () => {
  it.each(FAILURE_CAUSES)('holds what failed and whether it can go on: %s', async (cause) => {
    const t = await begun(createDisk());
    fail(t, cause);
    expect(t.run()).toMatchObject({ phase: 'failed', failure: { ...failure(cause), resumable: true } });
    expect(t.run().series.forgetting!.length).toBeGreaterThan(0);
    expect(t.state().saving[t.runId]).toMatchObject({ last: { savedAt: NOW - 14_000 }, failedAt: NOW });
  });

  it('goes on as the same run: its curves end where the save is, its rate is the one it was given', async () => {
    const t = await begun(createDisk());
    fail(t, 'not finite');
    await t.saved.continueRun(t.savedId, { learningRateScale: 0.5 });
    const { runs, activeId, live, failure: none } = t.studio.store.getState();
    expect(runs.map(({ id, name }) => [id, name])).toEqual([[activeId, t.name]]);
    expect(t.run()).toMatchObject({ phase: 'starting', failure: null, opened: null });
    expect([t.run().series['warm-up']!.length, t.run().series.forgetting]).toEqual([20, undefined]);
    expect(t.sent.at(-1)).toEqual({
      ...{ type: 'run.continue', runId: activeId, savedId: t.savedId, dataId: null, modelId: null, paused: false },
      change: { learningRateScale: 0.5 },
    });
    expect([live, none]).toEqual([{ learningRateScale: 0.5, beta: t.run().config.beta }, null]);
    t.say({ type: 'run.phase', runId: activeId!, phase: 'running' });
    expect(t.run()).toMatchObject({ phase: 'running', failure: null });
  });

  it('remembers what it was changed in, and how often its device was lost', async () => {
    const t = await begun(createDisk());
    const losses = () => t.state().mishaps[t.savedId]!.deviceLosses;
    fail(t, 'device lost');
    expect(losses()).toBe(1);
    await t.saved.continueRun(t.savedId);
    t.say({ type: 'run.phase', runId: t.studio.store.getState().activeId!, phase: 'running' });
    fail(t, 'device lost');
    expect(losses()).toBe(2);
    await t.saved.continueRun(t.savedId, { backend: 'wasm' });
    t.say({ type: 'run.phase', runId: t.studio.store.getState().activeId!, phase: 'running' });
    fail(t, 'out of memory');
    await t.saved.continueRun(t.savedId, { smallerParts: true });
    expect(t.state().mishaps[t.savedId]).toEqual({ deviceLosses: 2, change: { backend: 'wasm', smallerParts: true } });
    // The worker has saved the earlier change: told again it would be made again.
    expect(t.sent.at(-1)).toHaveProperty('change', { smallerParts: true });
  });

  it('after a crash goes on in a new worker', async () => {
    const t = await begun(createDisk());
    t.crash();
    expect(t.run()).toMatchObject({ phase: 'failed', failure: { cause: 'worker crash', resumable: true } });
    expect(t.workers()).toBe(1);
    await t.saved.continueRun(t.savedId);
    expect([t.workers(), t.sent.at(-1)!.type]).toEqual([2, 'run.continue']);
  });

  it('a worker that crashes at rest is no failure: the next command has a new one', async () => {
    const t = await begun(createDisk());
    t.say({ type: 'run.phase', runId: t.runId, phase: 'done' });
    t.crash();
    expect([t.run().phase, t.run().failure, t.studio.store.getState().failure]).toEqual(['done', null, null]);
    t.studio.start();
    expect([t.workers(), t.sent.at(-1)!.type]).toEqual([2, 'run.start']);
  });

  it('is told of no save that can be read, and stays to be exported', async () => {
    const disk = createDisk();
    const t = await begun(disk);
    fail(t, 'device lost');
    for (const path of disk.files.paths()) disk.files.write(path, new Uint8Array(3));
    await t.saved.continueRun(t.savedId);
    expect(t.sent.map(({ type }) => type)).not.toContain('run.continue');
    expect(t.run()).toMatchObject({ id: t.runId, failure: { cause: 'damaged save', resumable: false } });
    expect(t.run().series.forgetting!.length).toBeGreaterThan(0);
    expect(t.state().list!.aside.map(({ id }) => id)).toEqual([t.savedId]);
  });

  it('of which an earlier visit left nothing that can be read is told beside what is there', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    for (const path of disk.files.paths()) disk.files.write(path, new Uint8Array(3));
    const t = page(disk);
    await t.saved.arrive();
    await t.saved.continueRun(id);
    const { runs, failure: told, view } = t.studio.store.getState();
    expect(told).toMatchObject({ name: 'Run quiet-otter', savedId: id, error: { cause: 'damaged save' } });
    expect([runs, view, t.sent, t.state().unfinished]).toEqual([[], 'run', [], null]);
    expect(await t.saved.exportAside(id)).toBeInstanceOf(Blob);
  });

  it('in an earlier visit tells its cause when it is opened, and goes on', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter', 'failed', { failed: failure('zero gradients') });
    const t = page(disk);
    await t.saved.arrive();
    await t.saved.open(id);
    expect(t.run()).toMatchObject({ phase: 'failed', failure: { cause: 'zero gradients', message: 'It failed.' } });
    await t.saved.continueRun(id, { backend: 'cpu' });
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.continue', savedId: id, change: { backend: 'cpu' } });
    expect(t.run()).toMatchObject({ phase: 'starting', failure: null });
  });
});

describe('a run whose saves find no room', () => {
  const trouble = (savedId: string, kind: SaveTrouble['kind'] = 'full'): SaveTrouble => ({
    ...{ savedId, kind, error: { message: 'Full.', next: 'Make room.', detail: '' } },
  });

  it('waits for somebody as long as it rests', async () => {
    const t = await begun(createDisk());
    const waits = () => needsRoom(t.state().saving[t.runId], t.run().phase)?.kind ?? null;
    t.say({ type: 'run.saveTrouble', runId: t.runId, ...trouble(t.savedId) });
    expect(waits()).toBeNull();
    t.say({ type: 'run.phase', runId: t.runId, phase: 'paused' });
    expect(waits()).toBe('full');
    t.say({ type: 'run.saveTrouble', runId: t.runId, ...trouble(t.savedId, 'other') });
    expect(waits()).toBeNull();
    t.say({ type: 'run.saveTrouble', runId: t.runId, ...trouble(t.savedId, 'refused') });
    expect(waits()).toBe('refused');
    t.say({
      type: 'run.saved',
      runId: t.runId,
      savedId: t.savedId,
      savedAt: NOW,
      bytes: 9,
      place: null,
      held: { longest: 1, sum: 1 },
    });
    expect(waits()).toBeNull();
  });

  it('goes on without saving, and so do the later ones of this visit alone', async () => {
    const disk = createDisk();
    const t = await begun(disk);
    t.say({ type: 'run.saveTrouble', runId: t.runId, ...trouble(t.savedId, 'refused') });
    t.say({ type: 'run.phase', runId: t.runId, phase: 'paused' });
    t.saved.goOnUnsaved();
    expect(t.sent.slice(-2)).toEqual([
      { type: 'run.unsaved', runId: t.runId },
      { type: 'run.resume', runId: t.runId },
    ]);
    expect(t.state().saving[t.runId]).toMatchObject({ isGivenUp: true, trouble: null });
    // Asked and answered: leaving the page is not questioned.
    t.clock.wall += 60_000;
    expect(t.saved.wouldLose()).toBe(false);
    t.studio.start();
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.start', saved: null });
    expect(page(disk, t.stored).state().isOn).toBe(true);
  });

  it('is saved in the room of what was deleted, and goes on', async () => {
    const disk = createDisk();
    const other = await left(disk, 'brave-heron', 'done');
    const t = await begun(disk);
    t.say({ type: 'run.saveTrouble', runId: t.runId, ...trouble(t.savedId) });
    t.say({ type: 'run.phase', runId: t.runId, phase: 'paused' });
    const before = disk.files.paths().length;
    await t.saved.remove(other);
    // It could still be had back, so its room is not free.
    expect(disk.files.paths()).toHaveLength(before);
    await t.saved.saveAndGoOn();
    expect(disk.files.paths().length).toBeLessThan(before);
    expect((await disk.contents()).runs).toEqual([t.savedId]);
    expect(t.state().removed).toEqual([]);
    expect(t.sent.slice(-2)).toEqual([
      { type: 'run.save', runId: t.runId },
      { type: 'run.resume', runId: t.runId },
    ]);
  });
});
