// The saved runs' own database: its stores, and how it is opened. Not in the studio's one (state/database.ts): a layout of the future or a damaged
// database must not take anything else with it.
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from 'idb';
import type { Timely } from './patience';
import { StorageError, storageError } from './storageError';

export const RUNS_DATABASE = 'allo-runs';
/** Of the stores; a record's own version is in the record. */
const LAYOUT = 1;
const STORES = ['runs', 'chunks', 'pieces', 'removed', 'claims', 'meta'] as const;

/** Nothing is known of a record before it is checked: another version of the studio may have written it. */
export interface Schema extends DBSchema {
  /** Headers (runRecord.ts) by run. */
  runs: { key: string; value: unknown };
  /** The log (logChunks.ts), in portions. */
  chunks: { key: [run: string, chunk: number]; value: unknown };
  /** Large arrays where there is no file system. */
  pieces: { key: [run: string, file: string, piece: number]; value: unknown };
  /** Runs that were deleted, as long as that can be taken back. */
  removed: { key: string; value: unknown };
  /** Who works on a run, where there are no locks (heartbeat.ts). */
  claims: { key: string; value: unknown };
  /** `seq`: how many saves there ever were. It orders them, since clocks jump. */
  meta: { key: 'seq'; value: unknown };
}

/** Its single reads answer in time or throw StorageError `hangs`; transactions are for `readAll` and `changeAll`. */
export type RunDatabase = IDBPDatabase<Schema> & { readonly timely: Timely };
export type Names = readonly StoreNames<Schema>[];
export type Writing = IDBPTransaction<Schema, StoreNames<Schema>[], 'readwrite'>;

export type Reading = IDBPTransaction<Schema, StoreNames<Schema>[], 'readonly'>;

export interface Connection {
  /** The same one while it holds. Throws StorageError. */
  (): Promise<RunDatabase>;
  close(): void;
}

export function connectToRuns(name: string, timely: Timely): Connection {
  let db: Promise<RunDatabase> | null = null;
  const forget = (): void => {
    db = null;
  };
  const open = async (): Promise<RunDatabase> => {
    const opening = (): Promise<IDBPDatabase<Schema>> =>
      openDB<Schema>(name, LAYOUT, {
        upgrade(fresh) {
          for (const store of STORES) if (!fresh.objectStoreNames.contains(store)) fresh.createObjectStore(store);
        },
        // A later version of the page wants the database, or the browser has closed it: the next access opens it anew.
        blocking: () => drop(),
        terminated: forget,
      });
    const opened = await timely('opening its database', opening, (late) => late.close());
    const drop = (): void => {
      opened.close();
      forget();
    };
    return patient(opened, async (what, call, late) => {
      try {
        return await timely(what, call, late);
      } catch (error) {
        // Perhaps it is this connection that hangs: the next access has another one.
        if (isHanging(error)) drop();
        throw error;
      }
    });
  };
  const connect = async (): Promise<RunDatabase> => {
    db ??= open();
    try {
      return await db;
    } catch (error) {
      forget();
      throw storageError(error);
    }
  };
  const close = (): void => {
    db?.then(
      (opened) => opened.close(),
      () => {},
    );
    forget();
  };
  return Object.assign(connect, { close });
}

const isHanging = (error: unknown): boolean => error instanceof StorageError && error.kind === 'hangs';

const READS: ReadonlySet<string | symbol> = new Set(['get', 'getAll', 'getKey', 'getAllKeys']);

function patient(db: IDBPDatabase<Schema>, timely: Timely): RunDatabase {
  return new Proxy(db as RunDatabase, {
    get(_, name) {
      if (name === 'timely') return timely;
      const value: unknown = Reflect.get(db, name);
      if (typeof value !== 'function') return value;
      if (!READS.has(name)) return value.bind(db);
      return (...args: unknown[]) => timely('reading', () => value.apply(db, args));
    },
  });
}

/** What is read is of one moment. Throws what the storage throws, StorageError `hangs`. */
export const readAll = <T>(db: RunDatabase, names: Names, work: (tx: Reading) => Promise<T>): Promise<T> =>
  db.timely('reading', async () => work(db.transaction([...names])));

/**
 * All of the work is stored or nothing of it. Throws what the work throws, StorageError for what the browser says. After `hangs` it is not known whether
 * it was stored: it is given up, unless the browser had it in hand already.
 */
export async function changeAll<T>(db: RunDatabase, names: Names, work: (tx: Writing) => Promise<T>): Promise<T> {
  let open: Writing | null = null;
  const giveUp = (): void => {
    try {
      open?.abort();
    } catch {
      // It is over already.
    }
  };
  const change = async (): Promise<T> => {
    const tx = db.transaction([...names], 'readwrite');
    open = tx;
    // Of a transaction that fails, what made it fail says why.
    tx.done.catch(() => {});
    const result = await work(tx);
    await tx.done;
    return result;
  };
  try {
    return await db.timely('writing', change);
  } catch (error) {
    giveUp();
    throw storageError(error);
  }
}

type Valued = { [S in Names[number]]: [store: S, key: Schema[S]['key'], value: Schema[S]['value']] }[Names[number]];
type Ranged = { [S in Names[number]]: [store: S, key: Schema[S]['key'] | IDBKeyRange] }[Names[number]];

/** One value. IDB's own shortcut leaves a promise unheard where a value is refused at once. */
export const putOne = (db: RunDatabase, ...[store, key, value]: Valued): Promise<unknown> =>
  changeAll(db, [store], (tx) => tx.objectStore(store).put(value, key));

export const deleteFrom = (db: RunDatabase, ...[store, key]: Ranged): Promise<void> =>
  changeAll(db, [store], (tx) => tx.objectStore(store).delete(key));

/** The number of a save, larger than all before it. */
export async function nextSeq(tx: Writing): Promise<number> {
  const store = tx.objectStore('meta');
  const last = await store.get('seq');
  const seq = (typeof last === 'number' && Number.isSafeInteger(last) ? last : 0) + 1;
  await store.put(seq, 'seq');
  return seq;
}

/** All keys that begin with these: arrays come after all texts and numbers in IndexedDB's order. */
export const beginningWith = (...parts: string[]): IDBKeyRange => IDBKeyRange.bound(parts, [...parts, []]);

/** The runs that have something in a store, each once, without reading all of its keys. */
export async function runsIn(db: RunDatabase, store: 'chunks' | 'pieces'): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const last = found.at(-1);
    const range = last === undefined ? null : IDBKeyRange.lowerBound([last, []], true);
    const key = await db.getKey(store, range ?? IDBKeyRange.lowerBound([]));
    if (!key) return found;
    found.push(key[0]);
  }
}
