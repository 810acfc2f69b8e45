// Saved runs as the page has them: a studio with a made-up worker over the real store, in a storage that works, is refused, or is damaged.
import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openBundle } from '../core/bundle/openBundle';
import { readRun } from '../core/bundle/readRun';
import { blobSource } from '../core/files/byteSource';
import { storageError } from '../storage/storageError';
import { fakeEvents } from '../testing/fakeRun';
import { nextTurn } from '../testing/realTimers';
import { createDisk } from '../testing/runStoreRig';
import { left, NOW, page } from '../testing/savedPageRig';
import type { Command } from '../worker/protocol';
import { littleRoom } from './savedState';

afterEach(() => {
  vi.unstubAllGlobals();
});

const PATIENT = { timeout: 20_000 };

const error = (message: string) => ({ message, next: 'Watch it here.', detail: '' });

describe('a list of saved runs', () => {
  it('shows what is there, renames, copies, and says what it takes', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter', 'done');
    const t = page(disk);
    await t.saved.arrive();
    expect([t.names(), t.state().unfinished]).toEqual([['quiet-otter'], null]);
    await t.saved.rename(id, '  brave-heron ');
    await t.saved.rename(id, ' ');
    await t.saved.duplicate(id);
    await t.saved.duplicate(id);
    expect(t.names()).toEqual(['brave-heron copy 2', 'brave-heron copy', 'brave-heron']);
    const [copy] = t.state().list!.runs;
    expect(copy!.lineage).toEqual({ id, name: 'brave-heron' });
    expect(t.state().usage).toMatchObject({ usage: 5e6, quota: 1e9 });
    expect(t.state().usage!.runs.get(id)).toBeGreaterThan(80_000);
  });

  it('gives a deleted run back, or purges it when nobody wants it', async () => {
    const disk = createDisk();
    const [first, second] = [await left(disk, 'one'), await left(disk, 'two')];
    const t = page(disk);
    await t.saved.arrive();
    await t.saved.remove(first);
    await t.saved.remove(second);
    expect([t.names(), t.state().removed.map(({ name }) => name)]).toEqual([[], ['one', 'two']]);
    await t.saved.undo(first);
    expect([t.names(), t.state().removed]).toEqual([['one'], [{ id: second, name: 'two' }]]);
    for (const work of t.later) work();
    await vi.waitFor(() => expect(t.state().removed).toEqual([]), PATIENT);
    await vi.waitFor(async () => expect((await disk.contents()).runs).toEqual([first]), PATIENT);
    // What was taken back is not purged by its old timer.
    expect(t.names()).toEqual(['one']);
  });

  it('sets aside what it cannot read; that can be exported as it lies, or deleted', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    const record = (await disk.get('runs', id)) as Record<string, unknown>;
    await disk.put('runs', id, { ...record, recordVersion: 99 });
    const t = page(disk);
    await t.saved.arrive();
    expect(t.state().list!.runs).toEqual([]);
    expect(t.state().list!.aside).toEqual([
      { id, name: 'quiet-otter', problem: expect.stringContaining('newer version of the studio') },
    ]);
    expect(t.state().unfinished).toBeNull();
    const blob = (await t.saved.exportAside(id))!;
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    expect(text).toContain('"recordVersion": 99');
    expect(text).toContain('log/0.json');
    for (const path of disk.files.paths().filter((one) => one.includes('point-')))
      expect(text).toContain(`files/${path.split('/').at(-1)}`);
    await t.saved.remove(id);
    expect(t.state().list!.aside).toEqual([]);
  });

  it('says so where the storage is refused, and goes on without it', async () => {
    const t = page(null);
    await t.saved.arrive();
    expect(t.state()).toMatchObject({ list: null, trouble: { message: expect.stringContaining('no storage here') } });
    expect(t.state().trouble!.next).toBe(storageError(new Error('x')).next);
    expect(t.studio.start()).toBe(true);
  });
});

describe('a run that was left on its way', () => {
  it('is offered after a reload, and nothing starts by itself', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    const t = page(disk);
    await t.saved.arrive();
    expect([t.state().unfinished, t.sent]).toEqual([id, []]);
    t.saved.dismissUnfinished();
    expect(t.state().unfinished).toBeNull();
    const again = page(disk, t.stored);
    await again.saved.arrive();
    expect(again.state().unfinished).toBeNull();
  });

  it('is offered also where the list is being looked at already', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    const t = page(disk);
    void t.saved.look();
    await t.saved.arrive();
    expect(t.state().unfinished).toBe(id);
  });

  it('is not offered while another tab works on it, which is told', async () => {
    const disk = createDisk();
    const { store } = await disk.openTab();
    const id = await left(disk, 'quiet-otter');
    await store.resume(id);
    const t = page(disk);
    await t.saved.arrive();
    expect([t.names(), t.state().unfinished, t.state().beside]).toEqual([['quiet-otter'], null, id]);
    await t.saved.remove(id);
    expect(t.state().trouble!.message).toBe('Another tab has this run, so it was not deleted.');
    expect(t.names()).toEqual(['quiet-otter']);
    t.saved.dismissBeside();
    expect(t.state().beside).toBeNull();
  });

  it.each([true, false])(
    'is deleted as soon as this tab’s worker has written its last save, if ever: %s',
    async (isWritten) => {
      const disk = createDisk();
      const worker = await disk.openTab();
      const id = await left(disk, 'quiet-otter');
      const t = page(disk);
      await t.saved.arrive();
      await t.saved.continueRun(id);
      const { writer } = await worker.store.resume(id);
      t.say({ type: 'run.phase', runId: t.run().id, phase: 'stopped' });
      let isOver = false;
      const removing = t.saved.remove(id).then(() => {
        isOver = true;
      });
      for (let turn = 0; !isOver && turn < 2000; turn++) {
        if (isWritten && turn === 5) await writer.release();
        for (const work of t.later.splice(0)) work();
        await nextTurn();
      }
      await removing;
      expect(t.names()).toEqual(isWritten ? [] : ['quiet-otter']);
      expect(t.state().trouble?.message).toBe(
        isWritten ? undefined : 'Another tab has this run, so it was not deleted.',
      );
    },
  );

  it('opens to be looked at: the same state, no command to the worker', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    const t = page(disk);
    await t.saved.arrive();
    await t.saved.open(id);
    expect(t.run()).toMatchObject({ name: 'quiet-otter', phase: 'stopped', opened: { file: 'the saved runs' } });
    expect(t.run().series['warm-up']!.length).toBe(20);
    expect([t.sent, t.state().unfinished, t.studio.store.getState().activeId]).toEqual([[], null, null]);
    // A second time it is only selected.
    await t.saved.open(id);
    expect(t.studio.store.getState().runs).toHaveLength(1);
  });

  it('is compared beside the selected run, and exported as a bundle without staying in the session', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    const t = page(disk);
    t.studio.start();
    const mine = t.run().id;
    await t.saved.look();
    const bundle = (await t.saved.exportRun(id))!;
    const opened = await readRun(await openBundle(blobSource('a.zip', bundle)));
    expect([opened.name, opened.log.length]).toEqual([
      'quiet-otter',
      [...fakeEvents('mask', { preset: 'tiny' })].length + 1,
    ]);
    expect(t.studio.store.getState().runs.map((run) => run.id)).toEqual([mine]);
    await t.saved.compare(id);
    expect([t.run().id, t.studio.store.getState().view]).toEqual([mine, 'curves']);
    expect(t.studio.store.getState().runs.map(({ name }) => name)).toEqual([t.run().name, 'quiet-otter']);
  });

  it('goes on in the worker, its curve and its clock where they were', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    const t = page(disk);
    await t.saved.arrive();
    await t.saved.open(id);
    t.clock.page = 3;
    await t.saved.continueRun(id);
    const { runs, activeId } = t.studio.store.getState();
    // The one that was looked at made way.
    expect(runs.map((run) => run.id)).toEqual([activeId]);
    expect(t.run()).toMatchObject({ name: 'quiet-otter', phase: 'starting', opened: null });
    expect(t.state().saving[activeId!]!.last!.savedAt).toBe(1_700_000_000_000);
    expect(t.sent).toEqual([
      { type: 'run.continue', runId: activeId, savedId: id, dataId: null, modelId: null, paused: false, change: {} },
    ]);
    t.clock.page = 4;
    t.say({ type: 'run.phase', runId: activeId!, phase: 'running' });
    const before = t.run().stages.map((stage) => stage.activeMs);
    expect(t.run()).toMatchObject({ phase: 'running' });
    expect(t.run().clock).toBe(Math.max(...[...fakeEvents('mask', { preset: 'tiny' })].map((_, i) => 10 + i)) + 1);
    t.say({
      ...{ type: 'run.saved', runId: activeId!, savedId: id, savedAt: NOW - 5, bytes: 9, held: { longest: 1, sum: 1 } },
      place: { stage: 'mask', done: 1, total: 2 },
    });
    expect(t.state().saving[activeId!]).toMatchObject({ last: { savedAt: NOW - 5, bytes: 9 }, trouble: null });
    expect(t.run().stages.map((stage) => stage.activeMs)).toEqual(before);
  });

  it('becomes a viewer where another tab has it, and the worker’s own run stays the active one', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    const t = page(disk);
    t.studio.start();
    const mine = t.studio.store.getState().activeId!;
    t.say({ type: 'run.phase', runId: mine, phase: 'paused' });
    await t.saved.look();
    await t.saved.continueRun(id);
    const runId = t.studio.store.getState().activeId!;
    t.say({
      type: 'run.failed',
      runId,
      resumable: false,
      error: { ...error('Another tab works on this run.'), cause: 'other' },
    });
    expect(t.run()).toMatchObject({ id: runId, phase: 'stopped', failure: null, opened: { file: 'the saved runs' } });
    expect(t.state().viewers[runId]).toEqual({ message: 'Another tab works on this run.', next: 'Watch it here.' });
    expect(t.studio.store.getState()).toMatchObject({ activeId: mine, failure: null });
    // Once it goes on, a failure is the run's own.
    await t.saved.continueRun(id);
    const again = t.studio.store.getState().activeId!;
    t.say({ type: 'run.phase', runId: again, phase: 'running' });
    t.say({ type: 'run.failed', runId: again, resumable: false, error: { ...error('NaN'), cause: 'not finite' } });
    expect(t.run()).toMatchObject({ id: again, phase: 'failed', failure: { message: 'NaN' } });
  });
});

describe('a run that is being saved', () => {
  it('is named to the worker, saved when the page is hidden, and the browser is asked once to keep it', async () => {
    const t = page(createDisk());
    t.studio.start();
    const { activeId } = t.studio.store.getState();
    const start = t.sent[0] as Extract<Command, { type: 'run.start' }>;
    expect(start.saved).toEqual({ id: expect.stringMatching(/^[0-9a-f]{16}$/), name: t.run().name });
    const facts = { savedId: start.saved!.id, bytes: 1, place: null, held: { longest: 1, sum: 1 } };
    expect(t.persisted()).toBe(0);
    t.say({ type: 'run.saved', runId: activeId!, savedAt: NOW, ...facts });
    t.say({ type: 'run.saved', runId: activeId!, savedAt: NOW + 1, ...facts });
    await vi.waitFor(() => expect(t.state().isKept).toBe(true), PATIENT);
    expect(t.persisted()).toBe(1);
    // The next visit knows it before anything is saved, and does not ask.
    await t.saved.arrive();
    await vi.waitFor(() => expect(t.state().isKept).toBe(true), PATIENT);
    expect(t.persisted()).toBe(1);
    t.saved.saveNow();
    expect(t.sent.at(-1)).toEqual({ type: 'run.save', runId: activeId });
    t.say({ type: 'run.phase', runId: activeId!, phase: 'done' });
    const sent = t.sent.length;
    t.saved.saveNow();
    expect(t.sent).toHaveLength(sent);
  });

  it('is kept by a browser that asks the person only when that person wants it; a refusal is told', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    for (const refuses of [false, true]) {
      const t = page(disk, new Map(), { asksPerson: true, refuses });
      await t.saved.arrive();
      await vi.waitFor(() => expect(t.state().isKept).toBe(false), PATIENT);
      t.studio.start();
      const runId = t.studio.store.getState().activeId!;
      t.say({
        type: 'run.saved',
        runId,
        savedId: id,
        savedAt: NOW,
        bytes: 1,
        place: null,
        held: { longest: 1, sum: 1 },
      });
      await t.saved.look();
      expect([t.persisted(), t.state().isKept]).toEqual([0, false]);
      await t.saved.keep();
      expect([t.persisted(), t.state().isKept, t.state().isKeepingRefused]).toEqual([1, !refuses, refuses]);
    }
  });

  it('is told of little room before there is none', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    const { runs } = await (await disk.openTab()).store.list();
    const save = runs[0]!.saves[0]!.point.bytes;
    const little = async (free: number) => {
      const t = page(disk, new Map(), { quota: 5e6 + free });
      await t.saved.look();
      return [littleRoom(t.state(), id), littleRoom(t.state(), null), littleRoom(t.state(), 'another')];
    };
    expect(await little(2 * save)).toEqual([null, null, null]);
    const told = { free: 2 * save - 1, save };
    expect(await little(2 * save - 1)).toEqual([told, told, null]);
    expect((await little(-9))[0]).toEqual({ free: 0, save });
  });

  it('questions leaving only where saving has failed for a while', () => {
    const t = page(null);
    t.studio.start();
    const runId = t.studio.store.getState().activeId!;
    t.clock.wall += 60_000;
    expect(t.saved.wouldLose()).toBe(false);
    const trouble = { savedId: 'x', kind: 'full', error: error('Full.') } as const;
    t.say({
      type: 'run.saved',
      runId,
      savedId: 'x',
      savedAt: t.clock.wall,
      bytes: 1,
      place: null,
      held: { longest: 1, sum: 1 },
    });
    t.say({ type: 'run.saveTrouble', runId, ...trouble });
    expect(t.saved.wouldLose()).toBe(false);
    t.clock.wall += 10_001;
    expect(t.saved.wouldLose()).toBe(true);
    t.say({
      type: 'run.saved',
      runId,
      savedId: 'x',
      savedAt: t.clock.wall,
      bytes: 1,
      place: null,
      held: { longest: 1, sum: 1 },
    });
    expect([t.saved.wouldLose(), t.state().saving[runId]!.trouble]).toEqual([false, null]);
    t.say({ type: 'run.saveTrouble', runId, ...trouble });
    t.clock.wall += 60_000;
    t.say({ type: 'run.phase', runId, phase: 'stopped' });
    expect(t.saved.wouldLose()).toBe(false);
  });

  it('is not saved where nobody wants it, also on the next visit', () => {
    const t = page(null);
    t.saved.setOn(false);
    t.studio.start();
    expect(t.sent[0]).toMatchObject({ type: 'run.start', saved: null });
    t.saved.saveNow();
    expect(t.sent).toHaveLength(1);
    expect(page(null, t.stored).state().isOn).toBe(false);
  });
});
