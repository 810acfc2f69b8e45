// What all work on saved runs shares.
import type { Claims } from './claims';
import { type Connection, type RunDatabase, readAll } from './runDatabase';
import type { RunChannel } from './runNews';
import { type HeaderReading, type RecordKinds, readHeader } from './runRecord';
import type { Shelves } from './shelves';
import { goneError } from './storageError';
import type { World } from './world';

export interface Hold {
  readonly world: World;
  readonly connect: Connection;
  readonly shelves: Shelves;
  readonly claims: Claims;
  readonly channel: RunChannel;
  readonly migrations: RecordKinds;
}

/** The header as it is now. Throws StorageError `gone` where there is none, or the run was deleted. */
export async function headerNow({ connect, migrations }: Hold, run: string): Promise<HeaderReading> {
  const [raw, removed] = await recordOf(await connect(), run);
  if (raw === undefined || removed !== undefined) throw goneError();
  return readHeader(run, raw, migrations.header);
}

/** A run's record, and whether it was deleted. */
export const recordOf = (db: RunDatabase, run: string): Promise<[raw: unknown, removed: string | undefined]> =>
  readAll(db, ['runs', 'removed'], (tx) =>
    Promise.all([tx.objectStore('runs').get(run), tx.objectStore('removed').getKey(run)]),
  );

/** Bytes that are left for the page; null where the browser does not say. */
export async function freeRoom({ world }: Hold): Promise<number | null> {
  try {
    const { quota, usage } = (await world.rooms?.estimate()) ?? {};
    return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
  } catch {
    return null;
  }
}
