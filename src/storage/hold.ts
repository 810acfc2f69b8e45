// What all work on saved runs shares.
import type { Claims } from './claims';
import type { Connection } from './runDatabase';
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
  const tx = (await connect()).transaction(['runs', 'removed']);
  const [raw, removed] = await Promise.all([tx.objectStore('runs').get(run), tx.objectStore('removed').getKey(run)]);
  if (raw === undefined || removed !== undefined) throw goneError();
  return readHeader(run, raw, migrations.header);
}

/** Bytes that are left for the page; null where the browser does not say. */
export async function freeRoom({ world }: Hold): Promise<number | null> {
  try {
    const { quota, usage } = (await world.rooms?.estimate()) ?? {};
    return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
  } catch {
    return null;
  }
}
