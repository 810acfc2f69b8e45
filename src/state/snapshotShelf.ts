// The snapshots that left memory, in IndexedDB. Every session has its own; what sessions that are over left behind goes at the first opening.
// Knows no cap and no order: the snapshot store decides what comes here.
import type { IDBPDatabase } from 'idb';
import { connectTo, type Schema } from './database';
import { packRows, readRows, type SnapshotRows } from './snapshotRecord';

/** All promises reject with what the browser says: storage may be refused, full, or taken away. */
export interface Shelf {
  write(runId: string, moment: string, rows: SnapshotRows): Promise<void>;
  /** null: not there, or damaged. */
  read(runId: string, moment: string): Promise<SnapshotRows | null>;
  /** A moment, or all of a run. */
  remove(runId: string, moment?: string): Promise<void>;
}

const STORE = 'snapshots';

/** Keys that begin with these: arrays come after all texts in IndexedDB's order. */
const beginningWith = (...parts: string[]): IDBKeyRange => IDBKeyRange.bound(parts, [...parts, []]);

/**
 * Opens the shelf of this session in a database by name. `isAlive` tells of other sessions in it whether they still run.
 * Rejects when the browser refuses storage.
 */
export async function openShelf(
  database: string,
  session: string,
  isAlive: (session: string) => boolean,
): Promise<Shelf> {
  const connected = connectTo(database);
  await removeLeftovers(await connected(), (other) => other === session || isAlive(other));
  return {
    async write(runId, moment, rows) {
      await (await connected()).put(STORE, packRows(rows), [session, runId, moment]);
    },
    read: async (runId, moment) => readRows(await (await connected()).get(STORE, [session, runId, moment])),
    async remove(runId, moment) {
      const which = moment === undefined ? beginningWith(session, runId) : IDBKeyRange.only([session, runId, moment]);
      await (await connected()).delete(STORE, which);
    },
  };
}

async function removeLeftovers(db: IDBPDatabase<Schema>, isAlive: (session: string) => boolean): Promise<void> {
  const sessions = new Set((await db.getAllKeys(STORE)).map(([session]) => session));
  for (const session of sessions) if (!isAlive(session)) await db.delete(STORE, beginningWith(session));
}
