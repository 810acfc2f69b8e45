// The store on a real (in-memory) IndexedDB, with small caps: one row of n values is 4 · n bytes, twice (policy and reference).
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openShelf, type Shelf } from './snapshotShelf';
import { createSnapshotStore, type SnapshotRows } from './snapshotStore';

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
});

/** 80 bytes: rows of 4 and 6 values, policy and reference. */
const rowsOf = (value: number): SnapshotRows => ({
  policy: [new Float32Array(4).fill(value), new Float32Array(6).fill(value + 0.5)],
  reference: [new Float32Array(4).fill(-value), new Float32Array(6).fill(-value - 0.5)],
});
const nobody = () => false;
const mine = () => openShelf('allo-studio', 'me', nobody);
const storeOf = (capBytes: number, open: () => Promise<Shelf> = mine) =>
  createSnapshotStore({ capBytes, openShelf: open });
type Store = ReturnType<typeof storeOf>;

/** Until memory is under the cap. */
const settled = (store: Store) =>
  vi.waitFor(() => expect(store.held().memoryBytes).toBeLessThanOrEqual(store.held().capBytes));

/** What lies in the database, by key. */
async function shelved(): Promise<string[]> {
  const db = await openDB('allo-studio');
  const keys = db.objectStoreNames.contains('snapshots') ? await db.getAllKeys('snapshots') : [];
  db.close();
  return keys.map(String);
}

describe('under the cap', () => {
  it('keeps all in memory and opens no storage', async () => {
    const open = vi.fn(mine);
    const store = storeOf(240, open);
    const rows = rowsOf(1);
    store.put('a', 'warm-up-0', rows);
    store.put('a', 'warm-up-1', rowsOf(2));
    store.put('b', 'warm-up-0', rowsOf(3));
    expect(store.held()).toEqual({ capBytes: 240, memoryBytes: 240, spilledBytes: 0, count: 3, lost: 0, troubles: [] });
    expect(await store.get('a', 'warm-up-0')).toBe(rows);
    expect(store.peek('a', 'warm-up-0')).toBe(rows);
    expect(await store.get('a', 'warm-up-2')).toBeNull();
    expect(open).not.toHaveBeenCalled();
  });

  it('tells its listeners, and says the same until something changes', () => {
    const store = storeOf(1000);
    const listener = vi.fn();
    const stop = store.subscribe(listener);
    store.put('a', 'x', rowsOf(1));
    expect(listener).toHaveBeenCalledTimes(1);
    expect(store.held()).toBe(store.held());
    stop();
    store.drop('a');
    expect(listener).toHaveBeenCalledTimes(1);
    expect(store.held()).toMatchObject({ memoryBytes: 0, count: 0 });
  });

  it('replaces what is put twice', async () => {
    const store = storeOf(1000);
    store.put('a', 'x', rowsOf(1));
    store.put('a', 'x', rowsOf(2));
    expect(store.held()).toMatchObject({ memoryBytes: 80, count: 1 });
    expect((await store.get('a', 'x'))?.policy[0]?.[0]).toBe(2);
  });
});

describe('over the cap', () => {
  it('spills the longest unused first and reads it back bit for bit', async () => {
    const store = storeOf(160);
    store.put('a', '0', rowsOf(0.1));
    store.put('a', '1', rowsOf(1));
    await store.get('a', '0');
    store.put('a', '2', rowsOf(2));
    await settled(store);
    expect([store.peek('a', '0'), store.peek('a', '1'), store.peek('a', '2')].map((rows) => rows !== null)).toEqual([
      true,
      false,
      true,
    ]);
    expect(store.held()).toMatchObject({ memoryBytes: 160, spilledBytes: 80, count: 3, lost: 0, troubles: [] });
    expect(await shelved()).toEqual(['me,a,1']);

    expect(await store.get('a', '1')).toEqual(rowsOf(1));
    // Read back, it is the latest used: the one that has not been asked for since goes.
    await settled(store);
    expect(store.peek('a', '0')).toBeNull();
    expect(await store.get('a', '0')).toEqual(rowsOf(0.1));
    expect(store.held()).toMatchObject({ count: 3, lost: 0 });
  });

  it('drops a run from memory and storage', async () => {
    const store = storeOf(80);
    for (const moment of ['0', '1', '2']) store.put('a', moment, rowsOf(1));
    store.put('ab', '0', rowsOf(2));
    await settled(store);
    expect(await shelved()).toEqual(['me,a,0', 'me,a,1', 'me,a,2']);
    store.drop('a');
    await vi.waitFor(async () => expect(await shelved()).toEqual([]));
    expect(store.held()).toMatchObject({ memoryBytes: 80, spilledBytes: 0, count: 1 });
    expect(await store.get('a', '0')).toBeNull();
    expect(await store.get('ab', '0')).toEqual(rowsOf(2));
  });

  it('a lower cap spills at once what is over it; a higher one takes back what is looked at', async () => {
    const store = storeOf(240);
    for (const moment of ['0', '1', '2']) store.put('a', moment, rowsOf(Number(moment)));
    store.setCap(100);
    await settled(store);
    expect(store.held()).toMatchObject({ capBytes: 100, memoryBytes: 80, spilledBytes: 160, count: 3, lost: 0 });
    expect(store.peek('a', '2')).not.toBeNull();
    store.setCap(0);
    await settled(store);
    expect(store.held()).toMatchObject({ capBytes: 0, memoryBytes: 0, spilledBytes: 240, count: 3, lost: 0 });
    expect(await store.get('a', '1')).toEqual(rowsOf(1));
    await settled(store);
    expect(store.held()).toMatchObject({ memoryBytes: 0, spilledBytes: 240 });
    store.setCap(240);
    expect(await store.get('a', '2')).toEqual(rowsOf(2));
    expect(store.held()).toMatchObject({ capBytes: 240, memoryBytes: 80, spilledBytes: 160, lost: 0 });
    expect(await shelved()).toEqual(['me,a,0', 'me,a,1', 'me,a,2']);
  });

  it('leaves nothing of a run that is dropped while it is written', async () => {
    const store = storeOf(0);
    store.put('a', '0', rowsOf(1));
    store.drop('a');
    await vi.waitFor(async () => expect(await shelved()).toEqual([]));
    expect(store.held()).toMatchObject({ memoryBytes: 0, spilledBytes: 0, count: 0 });
  });

  it('two puts racing a get: the get tells the latest, and no older record comes back', async () => {
    const store = storeOf(0);
    store.put('a', '0', rowsOf(1));
    await settled(store);
    const reading = store.get('a', '0');
    store.put('a', '0', rowsOf(2));
    store.put('a', '0', rowsOf(3));
    expect((await reading)?.policy[0]?.[0]).toBe(3);
    await settled(store);
    expect(await store.get('a', '0')).toEqual(rowsOf(3));
    await settled(store);
    expect(store.held()).toMatchObject({ memoryBytes: 0, spilledBytes: 80, count: 1, lost: 0 });
  });

  it('two gets at once read the same rows and count them once', async () => {
    const store = storeOf(80);
    store.put('a', '0', rowsOf(1));
    store.put('a', '1', rowsOf(2));
    await settled(store);
    const [first, second] = await Promise.all([store.get('a', '0'), store.get('a', '0')]);
    expect(first).toEqual(rowsOf(1));
    expect(second).toEqual(rowsOf(1));
    await settled(store);
    expect(store.held()).toMatchObject({ memoryBytes: 80, spilledBytes: 80, count: 2 });
  });
});

describe('trouble with storage', () => {
  it('refused: works in memory alone, holds the cap by letting the longest unused go, and says so once', async () => {
    const open = vi.fn(() => Promise.reject(new DOMException('no', 'SecurityError')));
    const store = storeOf(160, open);
    for (let i = 0; i < 5; i++) store.put('a', String(i), rowsOf(i));
    await settled(store);
    expect(store.held()).toEqual({
      capBytes: 160,
      memoryBytes: 160,
      spilledBytes: 0,
      count: 2,
      lost: 3,
      troubles: ['refused'],
    });
    expect(open).toHaveBeenCalledTimes(1);
    expect(await store.get('a', '0')).toBeNull();
    expect(await store.get('a', '4')).toEqual(rowsOf(4));
  });

  it('full: what was written stays readable, the rest is let go', async () => {
    let room = 2;
    const store = storeOf(80, async () => {
      const shelf = await mine();
      return {
        ...shelf,
        write: (...args) =>
          room-- > 0 ? shelf.write(...args) : Promise.reject(new DOMException('full', 'QuotaExceededError')),
      };
    });
    for (let i = 0; i < 5; i++) store.put('a', String(i), rowsOf(i));
    await settled(store);
    expect(store.held()).toMatchObject({ memoryBytes: 80, spilledBytes: 160, count: 3, lost: 2, troubles: ['full'] });
    expect(await store.get('a', '1')).toEqual(rowsOf(1));
    expect(await store.get('a', '2')).toBeNull();
  });

  it('a damaged record is told and forgotten', async () => {
    const store = storeOf(80);
    store.put('a', '0', rowsOf(1));
    store.put('a', '1', rowsOf(2));
    await settled(store);
    const db = await openDB('allo-studio');
    await db.put('snapshots', { version: 1, lengths: Uint32Array.of(9), policy: new Float32Array(3) }, [
      'me',
      'a',
      '0',
    ]);
    db.close();
    expect(await store.get('a', '0')).toBeNull();
    expect(store.held()).toMatchObject({ spilledBytes: 0, count: 1, lost: 1, troubles: ['damaged'] });
    expect(await store.get('a', '1')).toEqual(rowsOf(2));
  });
});

describe('the shelf', () => {
  it('removes at its opening what sessions that are over left behind, and nothing of those that run', async () => {
    for (const session of ['dead', 'alive'])
      await (await openShelf('allo-studio', session, () => true)).write('run-1', 'warm-up-0', rowsOf(1));
    const shelf = await openShelf('allo-studio', 'me', (session) => session === 'alive');
    expect(await shelved()).toEqual(['alive,run-1,warm-up-0']);
    expect(await shelf.read('run-1', 'warm-up-0')).toBeNull();
  });
});
