// Saved runs that were damaged, or written by another version of the studio: they are set aside with words, nothing of them is changed, and all others go on.
import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LogEntry } from '../core/bundle/runLog';
import { crc32 } from '../core/files/crc32';
import { createRng } from '../core/rng';
import { fuzzCount, fuzzTimeout, mutate } from '../testing/mutate';
import { mutateJson } from '../testing/mutateJson';
import {
  bitsOf,
  CONFIG,
  createDisk,
  type Disk,
  entriesOf,
  type PLACES,
  pointOf,
  type Tab,
} from '../testing/runStoreRig';
import { readArrays } from './arrayFile';
import { RECORD_VERSION, type RecordKinds } from './runRecord';
import { StorageError } from './storageError';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A disk with a run that was saved after each of these numbers of events, and nobody at work on it. */
async function withRun(options: { place?: (typeof PLACES)[number]; saves?: readonly number[] } = {}) {
  const disk = createDisk();
  const tab = await disk.openTab({ place: options.place ?? 'worker' });
  const id = await savedIn(tab, 'one', options.saves ?? [4, 9]);
  return { disk, tab, id, store: tab.store };
}

async function savedIn({ store }: Tab, name: string, saves: readonly number[]): Promise<string> {
  const writer = await store.create({ name, config: CONFIG });
  let before = 0;
  for (const eventsTold of saves) {
    writer.appendLog(entriesOf(before, eventsTold));
    await writer.commit({ point: pointOf(eventsTold), status: 'paused', glance: {} });
    before = eventsTold;
  }
  await writer.release();
  return writer.id;
}

const pointsOf = async (tab: Tab, id: string): Promise<string[]> => {
  const { header } = await tab.store.open(id, { withPoint: false });
  return header.saves.map(({ point }) => `allo-runs/${id}/${point.name}`);
};

/** One bit of a file. */
function flip(disk: Disk, path: string): () => void {
  const bytes = disk.files.read(path);
  const damaged = bytes.slice();
  damaged[damaged.length - 5]! ^= 4;
  disk.files.write(path, damaged);
  return () => disk.files.write(path, bytes);
}

describe('a snapshot with one wrong bit', () => {
  it('falls back to the one before it, with the log as it was then, and is kept beside', async () => {
    const { disk, tab, id, store } = await withRun();
    const [last] = await pointsOf(tab, id);
    flip(disk, last!);
    const seen = await store.open(id, { withPoint: true });
    expect(seen.problems).toEqual([expect.stringContaining('its checksum is another one')]);
    expect([bitsOf(seen.log), bitsOf(seen.point)]).toEqual([bitsOf(entriesOf(0, 4)), bitsOf(pointOf(4))]);
    const { run, writer } = await store.resume(id);
    expect([bitsOf(run.log), bitsOf(run.point)]).toEqual([bitsOf(entriesOf(0, 4)), bitsOf(pointOf(4))]);
    expect(run.header.damaged.map(({ name }) => `allo-runs/${id}/${name}`)).toEqual([last]);
    writer.appendLog(entriesOf(4, 6));
    await writer.commit({ point: pointOf(6), status: 'running', glance: {} });
    await writer.release();
    await store.sweep();
    const again = await (await disk.openTab()).store.open(id, { withPoint: true });
    expect([bitsOf(again.log), bitsOf(again.point)]).toEqual([bitsOf(entriesOf(0, 6)), bitsOf(pointOf(6))]);
    expect((await disk.contents()).files).toContain(last);
  });

  it('where the one before is damaged too: the run is set aside, and comes back when the files do', async () => {
    const { disk, tab, id, store } = await withRun();
    await savedIn(tab, 'two', [3]);
    const repair = (await pointsOf(tab, id)).map((path) => flip(disk, path));
    await expect(store.open(id, { withPoint: true })).rejects.toMatchObject({ kind: 'damaged' });
    await expect(store.resume(id)).rejects.toMatchObject({ kind: 'damaged' });
    await store.sweep();
    const { runs, aside } = await store.list();
    expect(runs.map(({ name }) => name)).toEqual(['two']);
    expect(aside).toEqual([{ id, name: 'one', problem: expect.stringContaining('its checksum is another one') }]);
    for (const undo of repair) undo();
    expect((await store.open(id, { withPoint: true })).save.eventsTold).toBe(9);
    expect((await store.list()).runs).toHaveLength(2);
  });

  it('that is gone altogether falls back as well', async () => {
    const { disk, tab, id, store } = await withRun();
    const [last] = await pointsOf(tab, id);
    disk.files.write(last!, new Uint8Array(0));
    expect((await store.resume(id)).run.save.eventsTold).toBe(4);
  });
});

it.each<[string, unknown]>([
  ['missing', undefined],
  ['empty', new Uint8Array(0)],
  ['shorter', new Uint8Array(100)],
  ['no bytes', 'text'],
  ['as long and another', new Uint8Array(60_000)],
])('a snapshot in the database whose first piece is %s falls back to the one before it', async (_, piece) => {
  const { disk, id, store } = await withRun({ place: 'database' });
  const { header } = await store.open(id, { withPoint: false });
  await disk.put('pieces', [id, header.saves[0]!.point.name, 0], piece);
  const { run } = await store.resume(id);
  expect([bitsOf(run.log), bitsOf(run.point)]).toEqual([bitsOf(entriesOf(0, 4)), bitsOf(pointOf(4))]);
});

it('the log’s large arrays, damaged: their events are left out, the rest can be gone on with', async () => {
  const { disk, id, store } = await withRun({ saves: [4, 9] });
  const { header } = await store.open(id, { withPoint: false });
  expect(header.logFiles.map(({ chunk }) => chunk)).toEqual([0, 1]);
  flip(disk, `allo-runs/${id}/${header.logFiles[1]!.file.name}`);
  const { run } = await store.resume(id);
  const isLeft = (entry: LogEntry, i: number) => i < 4 || !('event' in entry && entry.event.type === 'weights');
  expect(bitsOf(run.log)).toEqual(bitsOf(entriesOf(0, 9).filter(isLeft)));
  expect(run.problems).toEqual([
    expect.stringContaining('checksum'),
    '2 events with weights, masks or rewards are left out: their file cannot be read.',
  ]);
  expect(bitsOf(run.point)).toEqual(bitsOf(pointOf(9)));
});

it('a part of the log that is missing: the save before it', async () => {
  const { disk, id, store } = await withRun();
  await disk.put('chunks', [id, 1], {
    recordVersion: 1,
    run: id,
    chunk: 1,
    file: '',
    entries: [{ told: 9, entry: {} }],
  });
  expect((await store.open(id, { withPoint: false })).save.eventsTold).toBe(4);
  await disk.put('chunks', [id, 0], undefined);
  await expect(store.open(id, { withPoint: false })).rejects.toThrow(
    /Part 1 of the run’s log is damaged: it is missing/,
  );
});

describe('a record', () => {
  it('from the future is set aside and not touched, until it is deleted', async () => {
    const { disk, tab, id, store } = await withRun();
    const other = await savedIn(tab, 'two', [3]);
    const future = { recordVersion: RECORD_VERSION + 1, name: 'from tomorrow', files: ['x'], removed: false };
    await disk.put('runs', id, future);
    const before = await disk.contents();
    await store.sweep();
    expect((await store.list()).aside).toEqual([
      { id, name: 'from tomorrow', problem: expect.stringContaining('newer version of the studio') },
    ]);
    const tried = [
      () => store.open(id, { withPoint: true }),
      () => store.resume(id),
      () => store.rename(id, 'x'),
      () => store.duplicate(id, 'x'),
    ];
    for (const one of tried) await expect(one()).rejects.toMatchObject({ kind: 'damaged' });
    expect([await disk.contents(), await disk.get('runs', id)]).toEqual([before, future]);
    await (await store.remove(id)).purge();
    expect((await store.list()).aside).toEqual([]);
    expect((await store.open(other, { withPoint: true })).save.eventsTold).toBe(3);
  });

  it('of an older version is brought up when it is read, and written as of this one', async () => {
    const { disk, id } = await withRun();
    const record = (await disk.get('runs', id)) as Record<string, unknown>;
    const { name, lineage: _, ...rest } = record;
    await disk.put('runs', id, { ...rest, recordVersion: 0, title: name });
    const chunk = (await disk.get('chunks', [id, 0])) as Record<string, unknown>;
    const { entries, ...about } = chunk;
    await disk.put('chunks', [id, 0], { ...about, recordVersion: 0, log: entries });
    const migrations: RecordKinds = {
      header: { 0: ({ title, ...old }) => ({ ...old, name: title, lineage: null }) },
      chunk: { 0: ({ log, ...old }) => ({ ...old, entries: log }) },
    };
    const { store } = await disk.openTab({ migrations });
    expect((await store.list()).runs).toMatchObject([{ id, name: 'one', lineage: null }]);
    expect(bitsOf((await store.open(id, { withPoint: true })).log)).toEqual(bitsOf(entriesOf(0, 9)));
    expect(await disk.get('runs', id)).toMatchObject({ recordVersion: 0, title: 'one' });
    await store.rename(id, 'new');
    expect(await disk.get('runs', id)).toMatchObject({ recordVersion: 1, name: 'new' });
    const without = await disk.openTab();
    await disk.put('runs', id, { ...rest, recordVersion: 0, title: name });
    expect((await without.store.list()).aside).toMatchObject([
      { id, problem: 'It is of version 0, which this studio does not know.' },
    ]);
  });

  it.each<[string, (record: Record<string, unknown>) => unknown, string]>([
    ['no record', () => 7, 'It is no record of a run.'],
    ['no version', ({ recordVersion: _, ...rest }) => rest, 'does not say which version'],
    ['another run’s', (record) => ({ ...record, id: 'other' }), 'it is another run, other'],
    ['a wrong field', (record) => ({ ...record, seq: -1 }), 'field “seq”'],
    [
      'a setting that nobody takes',
      (record) => ({ ...record, config: { ...CONFIG, seed: 'x' } }),
      'cannot be taken. Seed',
    ],
  ])('with %s is set aside', async (_, change, problem) => {
    const { disk, id, store } = await withRun();
    await disk.put('runs', id, change((await disk.get('runs', id)) as Record<string, unknown>));
    expect((await store.list()).aside).toMatchObject([{ id, problem: expect.stringContaining(problem) }]);
  });
});

it('whatever is done to a file, it is the one that was written or it is refused with words', {
  timeout: fuzzTimeout(150),
}, async () => {
  const { disk, tab, id } = await withRun();
  const [path] = await pointsOf(tab, id);
  const good = disk.files.read(path!);
  const { header } = await tab.store.open(id, { withPoint: true });
  const { point } = header.saves[0]!;
  const rng = createRng(3, 'files');
  for (let round = 0; round < fuzzCount(150); round++) {
    // Most damage in the header: the arrays are long.
    const head = mutate(rng, good.subarray(0, 900));
    const bytes = rng.int(3) === 0 ? mutate(rng, good) : new Uint8Array([...head, ...good.subarray(900)]);
    const source = { name: 'x', size: bytes.length, read: async (a: number, b: number) => bytes.slice(a, b) };
    // With the checksum of what it is, only the layout protects.
    const expected = rng.int(2) === 0 ? point : { bytes: bytes.length, crc: crc32(bytes) };
    try {
      const read = await readArrays(source, expected, async () => {});
      if (expected === point) expect(bitsOf(read.arrays)).toEqual(bitsOf(pointOf(9).arrays));
    } catch (error) {
      expect(error).toBeInstanceOf(StorageError);
      expect((error as StorageError).kind).toBe('damaged');
    }
  }
});

it('whatever is done to its records, a run opens or is set aside, and its neighbour opens', {
  timeout: fuzzTimeout(80),
}, async () => {
  const { disk, tab, id, store } = await withRun({ saves: [2, 5] });
  const other = await savedIn(tab, 'two', [2]);
  const rng = createRng(5, 'records');
  const record = (await disk.get('runs', id)) as object;
  // JSON would take the arrays: of a portion its entries without any.
  const chunk = (await disk.get('chunks', [id, 0])) as { entries: { entry: object }[] };
  let refused = 0;
  for (let round = 0; round < fuzzCount(80); round++) {
    const damaged = { header: mutateJson(rng, record), chunk: mutateJson(rng, chunk) };
    const which = rng.int(3);
    if (which !== 0) await disk.put('runs', id, damaged.header);
    if (which !== 1) await disk.put('chunks', [id, 0], damaged.chunk);
    const { runs, aside } = await store.list();
    expect(runs.length + aside.length).toBe(2);
    try {
      const { save } = await store.open(id, { withPoint: true });
      expect([2, 5]).toContain(save.eventsTold);
    } catch (error) {
      expect(error).toBeInstanceOf(StorageError);
      expect(['damaged', 'gone']).toContain((error as StorageError).kind);
      refused++;
    }
    expect((await store.open(other, { withPoint: true })).save.eventsTold).toBe(2);
    await disk.put('runs', id, record);
    await disk.put('chunks', [id, 0], chunk);
  }
  expect(refused).toBeGreaterThan(fuzzCount(80) / 4);
  expect((await store.open(id, { withPoint: true })).save.eventsTold).toBe(5);
});
