// This tab's shelf in the browser's storage, loaded and opened when it is first needed.
import { DATABASE } from './databaseName';
import { aliveSessions, holdSession, sessionName } from './session';
import type { Shelf } from './snapshotShelf';

let shelf: Promise<Shelf> | null = null;

async function open(): Promise<Shelf> {
  const { locks } = navigator;
  const session = sessionName(Date.now(), crypto.getRandomValues(new Uint32Array(1))[0]!);
  await holdSession(session, locks);
  const isAlive = await aliveSessions(locks, Date.now());
  const { openShelf } = await import('./snapshotShelf');
  return openShelf(DATABASE, session, isAlive);
}

/** The same shelf every time. Rejects where the browser refuses storage. */
export const openSessionShelf = (): Promise<Shelf> => {
  shelf ??= open();
  return shelf;
};

/** What tabs that are closed have left behind goes; nothing is opened where there is nothing. Never rejects. */
export async function removeOldShelves(): Promise<void> {
  try {
    const databases = await indexedDB.databases();
    if (databases.some(({ name }) => name === DATABASE)) await openSessionShelf();
  } catch {
    // Storage is refused, or cannot be listed: the next spill tells.
  }
}
