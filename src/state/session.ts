// This tab's name among the studio's tabs, and which of the others are still open: what a closed tab has stored may go.

const PREFIX = 'allo-studio.session.';
/** Where tabs cannot be counted, what is older than this belongs to a closed one. */
const OLD_MS = 24 * 60 * 60 * 1000;

/** The part of LockManager that is used. */
export interface Locks {
  request(name: string, whileHeld: () => Promise<never>): Promise<unknown>;
  query(): Promise<{ held?: { name?: string }[] }>;
}

/** Begins with the time it was made at, for `aliveSessions`. */
export const sessionName = (now: number, random: number): string => `${now.toString(36)}-${random.toString(36)}`;

/** Holds a lock as long as the tab lives; browsers release it however the tab ends. Resolves when it is held, or cannot be. */
export const holdSession = (session: string, locks: Locks | undefined): Promise<void> =>
  new Promise((resolve) => {
    const held = (): Promise<never> => {
      resolve();
      return new Promise(() => {});
    };
    if (locks) locks.request(PREFIX + session, held).catch(() => resolve());
    else resolve();
  });

/** Tells of a session's name whether its tab is still open; without locks, whether it is younger than a day. */
export async function aliveSessions(locks: Locks | undefined, now: number): Promise<(session: string) => boolean> {
  if (!locks)
    return (session) => {
      const age = now - Number.parseInt(session.split('-')[0]!, 36);
      return age >= 0 && age < OLD_MS;
    };
  const { held = [] } = await locks.query();
  const names = new Set(held.map(({ name }) => name));
  return (session) => names.has(PREFIX + session);
}
