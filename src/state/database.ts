// The studio's one database in the browser's storage: its layout, and how it is opened and upgraded. What lies in it belongs to
// snapshotShelf.ts and labShelf.ts.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { SnapshotRecord } from './snapshotRecord';

/** Of the stores; a record's own version is in the record. */
const LAYOUT = 2;
/** Layout 1 had only the first. */
const STORES = ['snapshots', 'study', 'studyQueue'] as const;

export interface Schema extends DBSchema {
  snapshots: { key: [session: string, runId: string, moment: string]; value: SnapshotRecord };
  /** Results by job key, and jobs that wait. Records may be of other versions of the studio: nothing is known of them before they are checked. */
  study: { key: string; value: unknown };
  studyQueue: { key: string; value: unknown };
}

export type Connect = () => Promise<IDBPDatabase<Schema>>;

/** A connection when it is asked for, the same one while it holds. Its promises reject where the browser refuses storage. */
export function connectTo(name: string): Connect {
  let db: IDBPDatabase<Schema> | null = null;
  return async () => {
    db ??= await openDB<Schema>(name, LAYOUT, {
      upgrade(fresh) {
        for (const store of STORES) if (!fresh.objectStoreNames.contains(store)) fresh.createObjectStore(store);
      },
      // A later version of the page wants the database, or the browser has closed it: the next access opens it anew.
      blocking: () => {
        db?.close();
        db = null;
      },
      terminated: () => {
        db = null;
      },
    });
    return db;
  };
}
