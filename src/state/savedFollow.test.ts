// A run that is looked at while another tab trains it, in a studio with a made-up worker over the real store.
import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LogPhase } from '../core/bundle/runLog';
import { fakeEvents } from '../testing/fakeRun';
import { CONFIG, createDisk, type Disk, pointOf } from '../testing/runStoreRig';
import { left, page } from '../testing/savedPageRig';

afterEach(() => {
  vi.unstubAllGlobals();
});

const PATIENT = { timeout: 20_000 };

const error = (message: string) => ({ message, next: 'Watch it here.', detail: '' });

describe('a run that another tab trains', () => {
  /** All that the run tells; another tab that has saved so many of its events, and saves more when asked. */
  async function held(disk: Disk, first: number) {
    const { store, die } = await disk.openTab();
    const writer = await store.create({ name: 'quiet-otter', config: CONFIG });
    const events = [...fakeEvents('done', { preset: 'tiny' })];
    let [told, savedTo] = [0, 0];
    writer.appendLog([{ at: 5, phase: 'running' }]);
    const save = async (count: number, status: LogPhase = 'running') => {
      writer.appendLog(events.slice(told, count).map((event, i) => ({ at: 10 + told + i, event })));
      if (status === 'done') writer.appendLog([{ at: 10 + count, phase: 'done' }]);
      told = count;
      await writer.commit({ point: pointOf(count), status, glance: {} });
      savedTo++;
    };
    await save(first);
    return { id: writer.id, save, writer, die, count: events.length, saves: () => savedTo };
  }

  /** Time passes in the page until that is so. */
  const until = (t: ReturnType<typeof page>, check: () => void) =>
    vi.waitFor(() => {
      for (const work of t.later.splice(0)) work();
      check();
    }, PATIENT);

  it('is brought up to date in its place: the state is that of opening it anew, and what is chosen stays', async () => {
    const disk = createDisk();
    const other = await held(disk, 60);
    const t = page(disk);
    await t.saved.arrive();
    expect(t.state().beside).toBe(other.id);
    await t.saved.open(other.id);
    const { id } = t.run();
    await until(t, () => expect(t.state().elsewhere[other.id]).toBe(true));
    expect([t.state().beside, t.run().phase]).toEqual([null, 'stopped']);
    t.studio.setView('curves');
    let published = 0;
    t.studio.store.subscribe(({ runs }, before) => void (runs !== before.runs && published++));
    const steps = [90, 91, 120, 121, 122, other.count - 1];
    for (const count of steps) {
      await other.save(count);
      t.studio.setMoment(t.run().moments.length > 1 ? 0 : null);
      const moment = t.studio.store.getState().moment;
      const { seq } = (await (await disk.openTab()).store.list()).runs[0]!;
      await until(t, () => expect(t.state().links[id]!.seq).toBe(seq));
      expect([t.run().id, t.studio.store.getState().moment, t.studio.store.getState().view]).toEqual([
        id,
        moment,
        'curves',
      ]);
    }
    // Shown once a save, whole.
    expect(published).toBe(steps.length);
    const anew = page(disk);
    await anew.saved.open(other.id);
    const content = ({ id: _, slot: __, ...run }: ReturnType<typeof anew.run>) => run;
    expect(content(t.run())).toEqual(content(anew.run()));
    await other.save(other.count, 'done');
    await until(t, () => expect(t.run()).toMatchObject({ id, phase: 'done', opened: { file: 'the saved runs' } }));
    expect(t.sent).toEqual([]);
  });

  it('is free when that tab is gone, which is told, and goes on here as the same run in its place', async () => {
    const disk = createDisk();
    const other = await held(disk, 60);
    const t = page(disk);
    await t.saved.look();
    await t.saved.open(other.id);
    const { id } = t.run();
    await until(t, () => expect(t.state().elsewhere[other.id]).toBe(true));
    await other.save(80);
    other.die();
    await until(t, () => expect(t.state().elsewhere[other.id]).toBe(false));
    await t.saved.continueRun(other.id);
    expect(t.run()).toMatchObject({ id, phase: 'starting', opened: null });
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.continue', runId: id, savedId: other.id });
    // Another tab was faster.
    const { store } = await disk.openTab();
    await store.resume(other.id);
    t.say({ type: 'run.phase', runId: id, phase: 'running' });
    t.say({
      type: 'run.failed',
      runId: id,
      resumable: true,
      error: { ...error('Another tab has it.'), cause: 'other' },
    });
    expect(t.run()).toMatchObject({ id, phase: 'stopped', opened: { file: 'the saved runs' } });
    await until(t, () => expect(t.state().elsewhere[other.id]).toBe(true));
    const anew = page(disk);
    await anew.saved.open(other.id);
    expect({ ...t.run(), id: '' }).toEqual({ ...anew.run(), id: '' });
  });

  it('is renamed and deleted there: here its name follows, and what is shown stays', async () => {
    const disk = createDisk();
    const id = await left(disk, 'quiet-otter');
    const [t, there] = [page(disk), page(disk)];
    for (const each of [t, there]) await each.saved.look();
    await t.saved.open(id);
    await there.saved.rename(id, 'brave-heron');
    await vi.waitFor(() => expect(t.run().name).toBe('brave-heron'), PATIENT);
    await there.saved.remove(id);
    await until(t, () => expect(t.names()).toEqual([]));
    expect(t.run().series['warm-up']!.length).toBe(20);
    expect(t.state().trouble).toBeNull();
  });
});
