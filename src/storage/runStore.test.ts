// Saved runs in a storage that works: what comes back, in which order, for whom; names, copies, deletions, room.
import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isReplacedBy, type LogEntry } from '../core/bundle/runLog';
import { ARMS, FAMILIES, PRESETS } from '../core/config';
import { parseConfig } from '../core/parseConfig';
import { presetConfig } from '../core/presets';
import { fakeEvents } from '../testing/fakeRun';
import { bitsOf, CONFIG, createDisk, entriesOf, PLACES, pointOf } from '../testing/runStoreRig';
import type { TypedArray } from './arrayFile';
import { packHeader, type RunHeader, readHeader } from './runRecord';
import { openRunStore, type RunStore } from './runStore';
import type { RunWriter } from './runWriter';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A run with a save after each of these numbers of events. */
async function saved(store: RunStore, name: string, ...saves: number[]): Promise<RunWriter> {
  const writer = await store.create({ name, config: CONFIG });
  let before = 0;
  for (const eventsTold of saves) {
    writer.appendLog(entriesOf(before, eventsTold));
    await writer.commit({ point: pointOf(eventsTold), status: 'running', glance: { loss: 1 / eventsTold } });
    before = eventsTold;
  }
  return writer;
}

const names = async (store: RunStore): Promise<string[]> => (await store.list()).runs.map(({ name }) => name);

describe.each(PLACES)('what was saved by the %s', (place) => {
  it('comes back bit for bit: every event of a run, phases, errors, every kind of array', async () => {
    const disk = createDisk();
    const { store } = await disk.openTab({ place });
    const writer = await store.create({ name: 'β run', config: CONFIG });
    const told: LogEntry[] = [...fakeEvents('done', { preset: 'tiny' })].map((event, i) => ({
      at: i,
      event: event.type === 'run.started' ? { ...event, specialIds: [0, 3] } : event,
    }));
    const events = told.length;
    told.push(
      { at: events, error: { message: 'NaN', next: 'Lower it.', detail: '' } },
      { at: events, phase: 'paused' },
    );
    const bits = Uint32Array.of(0x7fc00001, 0xffc12345, 0x7f800001, 0x80000000, 1);
    const wide = BigUint64Array.of(0x7ff8000000000001n, 0xfff0000000000001n, 2n ** 63n);
    const arrays = new Map<string, TypedArray>([
      ['NaN payloads', new Float32Array(bits.buffer)],
      ['of doubles', new Float64Array(wide.buffer)],
      ['a view', new Int16Array(new Int16Array([1, -2, 3, -4]).buffer, 2, 2)],
      ...[new Int8Array([-1]), new Uint8Array(70_000).fill(7), new Uint16Array([9]), bits, wide].map(
        (array, i) => [`${i}`, array] as const,
      ),
      ['none', new Int32Array(0)],
      ['signed', new BigInt64Array([-1n])],
      ['text', new Float32Array(0)],
    ]);
    const point = { ...pointOf(events), arrays };
    const wanted = {
      point: bitsOf(point),
      log: bitsOf(told.filter((entry, i) => !told[i + 1] || !isReplacedBy(entry, told[i + 1]!))),
    };
    writer.appendLog(told);
    // The arrays of the log are handed over to the page as soon as they were told.
    for (const entry of told) {
      if ('event' in entry && entry.event.type === 'mask')
        for (const { mask } of entry.event.tensors)
          structuredClone(mask.buffer, { transfer: [mask.buffer as ArrayBuffer] });
    }
    await writer.commit({ point, status: 'paused', glance: { loss: Number.NaN, accuracy: null } });
    const run = await (await disk.openTab({ place })).store.open(writer.id, { withPoint: true });
    expect(bitsOf(run.log)).toEqual(wanted.log);
    expect(bitsOf(run.point)).toEqual(wanted.point);
    expect(run.header).toMatchObject({
      ...{
        name: 'β run',
        config: CONFIG,
        status: 'paused',
        glance: { loss: Number.NaN, accuracy: null },
        lineage: null,
      },
      saves: [{ place: point.place, eventsTold: events }],
    });
    expect(run.problems).toEqual([]);
    const { point: none, log } = await store.open(writer.id, { withPoint: false });
    expect([none, log.length]).toEqual([null, run.log.length]);
  });

  it('can be gone on with, again and again, and only the last two snapshots are kept', async () => {
    const disk = createDisk();
    let writer = await saved((await disk.openTab({ place })).store, 'long', 3);
    for (const [from, to] of [
      [3, 5],
      [5, 6],
      [6, 11],
    ] as const) {
      await writer.release();
      const { store } = await disk.openTab({ place });
      const resumed = await store.resume(writer.id);
      expect(bitsOf(resumed.run.point)).toEqual(bitsOf(pointOf(from)));
      writer = resumed.writer;
      writer.appendLog(entriesOf(from, to));
      const header = await writer.commit({ point: pointOf(to), status: 'running', glance: {} });
      expect(header.saves.map(({ eventsTold }) => eventsTold)).toEqual([to, from]);
    }
    const { log } = await (await disk.openTab({ place })).store.open(writer.id, { withPoint: true });
    expect(bitsOf(log)).toEqual(bitsOf(entriesOf(0, 11)));
    const { files, pieces } = await disk.contents();
    const points = place === 'database' ? pieces.map((key) => String((key as string[])[1])) : files;
    expect(new Set(points.filter((name) => name.includes('point-'))).size).toBe(2);
  });
});

it('a log that has run ahead of its point is cut there, and goes on from there', async () => {
  const disk = createDisk();
  const { store } = await disk.openTab();
  const writer = await store.create({ name: 'ahead', config: CONFIG });
  writer.appendLog(entriesOf(0, 7));
  await writer.commit({ point: pointOf(4), status: 'running', glance: {} });
  expect(bitsOf((await store.open(writer.id, { withPoint: false })).log)).toEqual(bitsOf(entriesOf(0, 4)));
  await writer.commit({ point: pointOf(7), status: 'running', glance: {} });
  expect(bitsOf((await store.open(writer.id, { withPoint: false })).log)).toEqual(bitsOf(entriesOf(0, 7)));
  const commit = (change: object) =>
    writer.commit({ point: { ...pointOf(7), ...change }, status: 'running', glance: {} });
  await expect(commit({ eventsTold: 8 })).rejects.toThrow(RangeError);
  await expect(commit({ facts: [{ at: new Date() }] })).rejects.toThrow(
    'point.facts[0].at is nothing that can be saved.',
  );
  await expect(commit({ facts: { $: 'NaN' } })).rejects.toThrow('point.facts is nothing that can be saved.');
  await commit({ facts: { ok: undefined }, place: null });
  expect((await store.list()).runs[0]!.saves[0]!.place).toBeNull();
  const { point } = await store.open(writer.id, { withPoint: true });
  expect(Object.entries(point!).map(([key, value]) => [key, bitsOf(value)])).toEqual(
    Object.entries({ ...pointOf(7), facts: {}, place: null })
      .filter(([key]) => key !== 'arrays')
      .concat([['arrays', pointOf(7).arrays]])
      .map(([key, value]) => [key, bitsOf(value)]),
  );
});

it('of saves that are asked for while one is under way the last is made, for all of them', async () => {
  const disk = createDisk();
  const { store } = await disk.openTab();
  const writer = await store.create({ name: 'eager', config: CONFIG });
  const commits = [2, 5, 9].map((eventsTold, i) => {
    writer.appendLog(entriesOf([0, 2, 5][i]!, eventsTold));
    return writer.commit({ point: pointOf(eventsTold), status: 'running', glance: {} });
  });
  expect((await Promise.all(commits)).map(({ seq }) => seq)).toEqual([1, 2, 2]);
  const { log, point } = await store.open(writer.id, { withPoint: true });
  expect([bitsOf(log), bitsOf(point)]).toEqual([bitsOf(entriesOf(0, 9)), bitsOf(pointOf(9))]);
});

it('a run that is let go is saved as far as it was asked for, and no further', async () => {
  const disk = createDisk();
  const { store } = await disk.openTab();
  const writer = await store.create({ name: 'let go', config: CONFIG });
  writer.appendLog(entriesOf(0, 3));
  const asked = writer.commit({ point: pointOf(3), status: 'running', glance: {} });
  // Nobody can be told any more; what is saved is saved.
  store.close();
  await Promise.all([asked, writer.release()]);
  const late = writer.commit({ point: pointOf(3), status: 'running', glance: {} });
  await expect(late).rejects.toMatchObject({ kind: 'refused' });
  const { run } = await (await disk.openTab()).store.resume(writer.id);
  expect(bitsOf(run.log)).toEqual(bitsOf(entriesOf(0, 3)));
});

it('every config of the studio can be saved and read back', () => {
  const configs = PRESETS.flatMap((preset) =>
    FAMILIES.flatMap((family) => ARMS.map((arm) => parseConfig({ ...presetConfig(preset, family, arm) }).config)),
  );
  const file = { name: 'point-1', place: 'files', bytes: 1, crc: 1 } as const;
  for (const config of configs) {
    const header: RunHeader = {
      ...{ id: 'a', seq: 1, name: '', createdAt: 0, config, status: 'done', logFiles: [], logBytes: 0, lineage: null },
      ...{ glance: {}, owner: '', trouble: null, damaged: [], failure: null, source: null },
      saves: [{ savedAt: 0, place: { stage: 'sft', done: 0, total: 0 }, eventsTold: 0, logChunks: 0, point: file }],
    };
    expect(readHeader('a', packHeader(header), {})).toEqual({ header });
  }
  expect(configs.length).toBeGreaterThan(100);
});

it('a run whose config could not be read back is refused before anything is stored', async () => {
  const { store } = await createDisk().openTab();
  await expect(store.create({ name: 'x', config: { ...CONFIG, seed: -5 } })).rejects.toThrow(
    /could not be opened again/,
  );
});

describe('lists', () => {
  it('have the last saved first, whatever the clock says', async () => {
    const disk = createDisk();
    let now = 2_000_000_000_000;
    const { store } = await disk.openTab({ world: { now: () => now } });
    const a = await saved(store, 'a', 2);
    now -= 1_000_000_000_000;
    await saved(store, 'b', 2);
    expect(await names(store)).toEqual(['b', 'a']);
    now = -1;
    a.appendLog(entriesOf(2, 3));
    const header = await a.commit({ point: pointOf(3), status: 'running', glance: {} });
    expect(await names(store)).toEqual(['a', 'b']);
    expect(header.saves.map(({ savedAt }) => savedAt)).toEqual([-1, 2_000_000_000_000]);
    await store.rename((await store.list()).runs[1]!.id, 'b2');
    expect(await names(store)).toEqual(['a', 'b2']);
    // Where the counter was lost, a run's own goes on.
    await disk.put('meta', 'seq', 'damaged');
    a.appendLog(entriesOf(3, 4));
    await a.commit({ point: pointOf(4), status: 'running', glance: {} });
    expect(await names(store)).toEqual(['a', 'b2']);
  });

  it('say what each run takes, and what the browser says of all', async () => {
    const disk = createDisk();
    const estimate = async () => ({ usage: 7, quota: 10 });
    const rooms = { estimate, persisted: async () => false, persist: async () => true };
    const { store } = await disk.openTab({ world: { rooms } });
    const { id } = await saved(store, 'a', 3, 6, 9);
    const { runs, usage, quota } = await store.usage();
    const { files } = await disk.contents();
    const inFiles = files.reduce((sum, path) => sum + disk.files.read(path).length, 0);
    expect([usage, quota]).toEqual([7, 10]);
    expect(runs.get(id)).toBeGreaterThan(inFiles);
    expect(runs.get(id)).toBeLessThan(inFiles + 20_000);
    expect(await store.persist({ wanted: false })).toBe(true);
    expect(await (await disk.openTab()).store.persist({ wanted: false })).toBeNull();
  });
});

describe('two tabs', () => {
  it('one works on a run, the other is told and reads along; a name may change at any time', async () => {
    const disk = createDisk();
    const [one, two] = [await disk.openTab(), await disk.openTab({ place: 'page' })];
    const heard: string[] = [];
    two.store.listen(({ type }) => heard.push(type));
    const writer = await saved(one.store, 'mine', 2);
    await expect(two.store.resume(writer.id)).rejects.toMatchObject({ kind: 'busy' });
    await expect(two.store.remove(writer.id)).rejects.toMatchObject({ kind: 'busy' });
    await two.store.rename(writer.id, 'ours');
    writer.appendLog(entriesOf(2, 4));
    await writer.commit({ point: pointOf(4), status: 'running', glance: {} });
    const { header, log } = await two.store.open(writer.id, { withPoint: false });
    expect([header.name, log.length]).toEqual(['ours', 4]);
    expect(heard).toEqual(['run.saved', 'run.saved']);
    await two.store.sweep();
    expect((await two.store.open(writer.id, { withPoint: true })).log).toHaveLength(4);
    await writer.release();
    const second = await two.store.resume(writer.id);
    await expect(one.store.resume(writer.id)).rejects.toMatchObject({ kind: 'busy' });
    two.die();
    expect((await one.store.resume(writer.id)).run.log).toHaveLength(4);
    // Whoever was taken for gone and was not: its saves are refused, and nothing is changed by them.
    second.writer.appendLog(entriesOf(4, 5));
    two.faults.isDead = false;
    const late = second.writer.commit({ point: pointOf(5), status: 'running', glance: {} });
    await expect(late).rejects.toMatchObject({ kind: 'busy' });
    expect((await one.store.open(writer.id, { withPoint: true })).save.eventsTold).toBe(4);
  });

  it('one reads while the other saves, and always finds a whole save', async () => {
    const disk = createDisk();
    const [one, two] = [await disk.openTab(), await disk.openTab({ place: 'page' })];
    const writer = await saved(one.store, 'busy', 1);
    let isOn = true;
    const writing = (async () => {
      for (let told = 2; told <= 25; told++) {
        writer.appendLog(entriesOf(told - 1, told));
        await writer.commit({ point: pointOf(told), status: 'running', glance: {} });
      }
      isOn = false;
    })();
    const seen = new Set<number>();
    while (isOn) {
      const { save, log, point, problems } = await two.store.open(writer.id, { withPoint: true });
      seen.add(save.eventsTold);
      expect(bitsOf(point)).toEqual(bitsOf(pointOf(save.eventsTold)));
      expect(bitsOf(log)).toEqual(bitsOf(entriesOf(0, save.eventsTold)));
      expect(problems).toEqual([]);
    }
    await writing;
    expect(seen.size).toBeGreaterThan(1);
  });
});

describe('a copy', () => {
  it.each(PLACES)('made by the %s is a run of its own', async (place) => {
    const disk = createDisk();
    const { store } = await disk.openTab({ place });
    const writer = await saved(store, 'first', 4, 9);
    const copy = await store.duplicate(writer.id, 'second');
    expect(copy).toMatchObject({ name: 'second', lineage: { id: writer.id, name: 'first' }, status: 'paused' });
    expect(await names(store)).toEqual(['second', 'first']);
    await writer.release();
    await (await store.remove(writer.id)).purge();
    const { run, writer: second } = await store.resume(copy.id);
    expect([bitsOf(run.log), bitsOf(run.point)]).toEqual([bitsOf(entriesOf(0, 9)), bitsOf(pointOf(9))]);
    second.appendLog(entriesOf(9, 10));
    await second.commit({ point: pointOf(10), status: 'done', glance: {} });
    expect((await store.open(copy.id, { withPoint: true })).save.eventsTold).toBe(10);
  });

  it('for which there is no room leaves nothing behind', async () => {
    const disk = createDisk();
    const { store } = await disk.openTab();
    const { id } = await saved(store, 'large', 9);
    const before = await disk.contents();
    disk.files.room = before.files.reduce((sum, path) => sum + disk.files.read(path).length, 0) + 30_000;
    await expect(store.duplicate(id, 'copy')).rejects.toMatchObject({ kind: 'full' });
    expect(await disk.contents()).toEqual(before);
  });

  it('from a page that cannot write files goes to the database', async () => {
    const disk = createDisk();
    const { id } = await saved((await disk.openTab()).store, 'first', 9);
    const page = await disk.openTab({ place: 'readable' });
    const copy = await page.store.duplicate(id, 'second');
    expect(copy.saves[0]!.point.place).toBe('database');
    const { run } = await (await disk.openTab()).store.resume(copy.id);
    expect(bitsOf(run.point)).toEqual(bitsOf(pointOf(9)));
  });
});

describe('a deleted run', () => {
  it('is hidden, comes back, and goes for good', async () => {
    const disk = createDisk();
    const [one, two] = [await disk.openTab(), await disk.openTab()];
    const a = await saved(one.store, 'a', 4);
    await saved(one.store, 'b', 3);
    await a.release();
    const removed = await one.store.remove(a.id);
    expect(await names(two.store)).toEqual(['b']);
    await expect(two.store.open(a.id, { withPoint: false })).rejects.toMatchObject({ kind: 'gone' });
    await expect(two.store.rename(a.id, 'x')).rejects.toMatchObject({ kind: 'gone' });
    // As long as it can be taken back, no other tab purges it.
    await two.store.sweep();
    await removed.undo();
    expect(bitsOf((await two.store.open(a.id, { withPoint: true })).point)).toEqual(bitsOf(pointOf(4)));
    await (await two.store.remove(a.id)).purge();
    const { files, chunks, runs } = await disk.contents();
    expect([...files, ...chunks, ...runs].some((key) => String(key).includes(a.id))).toBe(false);
    expect(await names(one.store)).toEqual(['b']);
    await expect(one.store.remove(a.id)).rejects.toMatchObject({ kind: 'gone' });
  });

  it('of a tab that was closed is purged at the next visit', async () => {
    const disk = createDisk();
    const one = await disk.openTab();
    const { id, release } = await saved(one.store, 'a', 4);
    await release();
    await one.store.remove(id);
    one.die();
    await (await disk.openTab()).store.sweep();
    expect(await disk.contents()).toEqual({ files: [], chunks: [], pieces: [], runs: [] });
  });
});

it('a full storage is told with sizes; the save before stays, and the next one has it all', async () => {
  const disk = createDisk();
  const rooms = { estimate: async () => ({ usage: 60_000, quota: 100_000 }), persisted: async () => false };
  const { store } = await disk.openTab({ world: { rooms } });
  const writer = await saved(store, 'a', 4);
  disk.files.room = 0;
  writer.appendLog(entriesOf(4, 9));
  const failing = writer.commit({ point: pointOf(9, 500_000), status: 'running', glance: {} });
  await expect(failing).rejects.toMatchObject({ kind: 'full', next: expect.stringContaining('Delete saved runs') });
  await expect(failing).rejects.toThrow(/this takes 2\.\d MB, 0\.0 MB are left/);
  expect((await store.open(writer.id, { withPoint: true })).save.eventsTold).toBe(4);
  disk.files.room = Number.POSITIVE_INFINITY;
  writer.appendLog(entriesOf(9, 12));
  await writer.commit({ point: pointOf(12), status: 'running', glance: {} });
  expect(bitsOf((await store.open(writer.id, { withPoint: true })).log)).toEqual(bitsOf(entriesOf(0, 12)));
});

describe('a browser', () => {
  it('that refuses storage is told so', async () => {
    const disk = createDisk();
    const { store } = await disk.openTab();
    vi.stubGlobal('indexedDB', {
      open() {
        throw new DOMException('not here', 'SecurityError');
      },
    });
    await expect(store.list()).rejects.toMatchObject({ kind: 'refused', message: expect.stringContaining('not here') });
    const writer = store.create({ name: 'a', config: CONFIG });
    await expect((await writer).commit({ point: pointOf(0), status: 'running', glance: {} })).rejects.toMatchObject({
      kind: 'refused',
    });
  });

  it('with a database of a later layout is left as it is', async () => {
    createDisk();
    const later = await openDB('allo-runs-later', 9, { upgrade: (db) => void db.createObjectStore('other') });
    await later.put('other', 1, 'x');
    later.close();
    const { store } = await createLater();
    await expect(store.list()).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('newer version'),
    });
    const db = await openDB('allo-runs-later');
    expect(await db.get('other', 'x')).toBe(1);
    db.close();
  });
});

const createLater = async () => ({
  store: await openRunStore({
    database: 'allo-runs-later',
    world: {
      ...{ root: null, locks: null, openChannel: null, rooms: null, asksPerson: false, now: () => 0, ticks: () => 0 },
      ...{
        wait: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
        turn: async () => {},
        grain: { file: 1, database: 1 },
      },
    },
  }),
});
