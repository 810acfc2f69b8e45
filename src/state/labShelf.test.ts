// The lab's shelf on a real (in-memory) IndexedDB: what comes back, what is set aside, and the upgrade from the layout before it.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { presetConfig } from '../core/presets';
import { type Job, jobKey } from '../core/study/job';
import { resultOf } from '../testing/studyWorld';
import { checkResult } from './labRecord';
import { openLabShelf } from './labShelf';
import type { KnownResult } from './labState';
import { packRows } from './snapshotRecord';
import { openShelf } from './snapshotShelf';

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
});

const NAME = 'allo-studio';
const jobOf = (seed: number, changes = {}): Job => ({
  kind: 'arm',
  config: { ...presetConfig('tiny', 'qa', 'dpo-top10'), seed, ...changes },
  split: 'held-out',
});
const knownOf = (seed: number, origin: 'here' | 'file' = 'here'): KnownResult => ({
  result: resultOf(jobOf(seed), {}),
  origin,
});
const keyOf = (seed: number): string => jobKey(jobOf(seed));
const raw = async <T>(work: (db: Awaited<ReturnType<typeof openDB>>) => Promise<T>): Promise<T> => {
  const db = await openDB(NAME);
  try {
    return await work(db);
  } finally {
    db.close();
  }
};

describe('results', () => {
  it('come back as they were, for every visit, until they are removed', async () => {
    const shelf = await openLabShelf(NAME);
    await shelf.write([knownOf(2)]);
    await shelf.write([knownOf(3, 'file')]);
    const again = await openLabShelf(NAME);
    expect(await again.read(keyOf(2))).toEqual(knownOf(2));
    expect(await again.read(keyOf(4))).toBeNull();
    const { results, jobs, setAside } = await again.readAll();
    expect(results).toHaveLength(2);
    expect(results).toEqual(expect.arrayContaining([knownOf(2), knownOf(3, 'file')]));
    expect([jobs, setAside]).toEqual([[], 0]);
    await again.remove([keyOf(2), keyOf(9)]);
    expect((await shelf.readAll()).results).toEqual([knownOf(3, 'file')]);
  });

  it('that cannot be read are set aside, and moved aside when their place is needed', async () => {
    const shelf = await openLabShelf(NAME);
    const future = { version: 2, origin: 'here', result: { all: 'new' } };
    const damaged = { version: 1, origin: 'here', result: { ...resultOf(jobOf(2), {}), seed: 'two' } };
    const older = { version: 1, origin: 'here', result: { ...resultOf(jobOf(3), {}), engine: 0 } };
    const another = { version: 1, origin: 'here', result: resultOf(jobOf(9), {}) };
    const placed = { [keyOf(1)]: future, [keyOf(2)]: damaged, [keyOf(3)]: older, [keyOf(4)]: another };
    await raw(async (db) => {
      for (const [key, record] of Object.entries(placed)) await db.put('study', record, key);
    });
    expect(await shelf.readAll()).toEqual({ results: [], jobs: [], setAside: 4 });
    for (const key of Object.keys(placed)) expect(await shelf.read(key)).toBeNull();
    await shelf.write([knownOf(1)]);
    await shelf.write([knownOf(1, 'file')]);
    expect(await shelf.readAll()).toMatchObject({ results: [knownOf(1, 'file')], setAside: 4 });
    await raw(async (db) => {
      expect(await db.get('study', `${keyOf(1)} aside 1`)).toEqual(future);
      await db.put('study', future, keyOf(1));
    });
    await shelf.write([knownOf(1)]);
    expect((await shelf.readAll()).setAside).toBe(5);
    expect(await raw((db) => db.count('study'))).toBe(6);
  });
});

it('many results are read and written in portions, a turn of the event loop each, and all are there', async () => {
  const shelf = await openLabShelf(NAME);
  const many = Array.from({ length: 90 }, (_, i) => knownOf(i + 1, 'file'));
  const portions: number[] = [];
  const allKeys = vi.spyOn(IDBObjectStore.prototype, 'getAllKeys');
  const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction');
  await shelf.write(many);
  expect([allKeys.mock.calls.length, transactions.mock.calls.length]).toEqual([0, 3]);
  const getAll = IDBObjectStore.prototype.getAll;
  vi.spyOn(IDBObjectStore.prototype, 'getAll').mockImplementation(function (this: IDBObjectStore, range) {
    const request = getAll.call(this, range);
    request.addEventListener('success', () => portions.push(request.result.length));
    return request;
  });
  const { results } = await shelf.readAll();
  vi.restoreAllMocks();
  expect(portions).toEqual([40, 40, 10]);
  expect(new Set(results.map(({ result }) => result.seed)).size).toBe(90);
  expect(results.find(({ result }) => result.seed === 90)).toEqual(many[89]);
});

describe('the queue', () => {
  it('comes back in its order with the very configs, but for what cannot be read', async () => {
    const shelf = await openLabShelf(NAME);
    const jobs = [jobOf(5), jobOf(1, { rateFactor: 3.33, backend: 'wasm', styleBias: true }), jobOf(3)];
    const kept = jobs.map((job, index) => ({
      job,
      at: index === 2 ? 1 : 7,
      index,
      again: index === 1,
      ...(index === 1 ? { tab: 'b7' } : {}),
    }));
    await shelf.queue(kept.map((one) => ({ key: jobKey(one.job), kept: one })));
    await raw((db) => db.put('studyQueue', { version: 3 }, 'ffffffffffffffff'));
    const read = await (await openLabShelf(NAME)).readAll();
    // What was asked for last comes first.
    expect(read.jobs).toEqual([kept[0], kept[1], kept[2]]);
    expect(await shelf.readJobs()).toEqual(read.jobs);
    expect(read.setAside).toBe(1);
    await shelf.unqueue([keyOf(5), keyOf(3)]);
    expect((await shelf.readAll()).jobs).toEqual([kept[1]]);
  });
});

describe('the layout', () => {
  const rows = { policy: [Float32Array.of(1, 2)], reference: [Float32Array.of(3, 4)] };

  it('of version 1 is upgraded, and its snapshots stay', async () => {
    const old = await openDB(NAME, 1, { upgrade: (db) => void db.createObjectStore('snapshots') });
    await old.put('snapshots', packRows(rows), ['me', 'run-1', 'warm-up-0']);
    old.close();
    const shelf = await openLabShelf(NAME);
    await shelf.write([knownOf(1)]);
    const snapshots = await openShelf(NAME, 'me', () => true);
    expect(await snapshots.read('run-1', 'warm-up-0')).toEqual(rows);
    expect((await shelf.readAll()).results).toEqual([knownOf(1)]);
  });

  it('is the same whichever shelf opens it first, and both are open at once', async () => {
    const snapshots = await openShelf(NAME, 'me', () => true);
    await snapshots.write('run-1', 'warm-up-0', rows);
    const shelf = await openLabShelf(NAME);
    await shelf.write([knownOf(1)]);
    await snapshots.remove('run-1');
    expect(await snapshots.read('run-1', 'warm-up-0')).toBeNull();
    expect(await shelf.read(keyOf(1))).toEqual(knownOf(1));
  });

  it('of a later version is refused, not touched', async () => {
    const later = await openDB(NAME, 9, { upgrade: (db) => void db.createObjectStore('other') });
    await later.put('other', 1, 'x');
    later.close();
    await expect(openLabShelf(NAME)).rejects.toMatchObject({ name: 'VersionError' });
    expect(await raw((db) => db.get('other', 'x'))).toBe(1);
  });
});

describe('a result is proof of its job', () => {
  const good = resultOf(jobOf(3, { rateFactor: 2 }), {});
  it('as the engine writes it', () => {
    expect(checkResult(JSON.parse(JSON.stringify(good)))).toEqual(good);
  });
  const cases: [string, object, RegExp][] = [
    ['another seed', { seed: 4 }, /field “seed”/],
    ['another arm', { arm: 'dpo-full' }, /field “(key|settings|arm)”/],
    ['an unknown family', { family: 'poems' }, /field “(family|settings)”/],
    ['another key', { key: '0123456789abcdef' }, /field “key”/],
    ['another split', { split: 'validation' }, /field “key”/],
    ['an unknown setting', { settings: { ...good.settings, colour: 'red' } }, /field “settings”/],
    ['a setting out of bounds', { settings: { ...good.settings, rateFactor: '1e9' } }, /field “settings”/],
    ['another engine', { engine: 99 }, /field “engine”.*version 99/],
    ['a number that is none', { seconds: null }, /field “seconds”/],
  ];
  it.each(cases)('not with %s', (_, change, message) => {
    expect(() => checkResult({ ...good, ...change })).toThrow(message);
  });
});
