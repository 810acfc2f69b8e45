// One tab works on a run, the others are told. By the browser's locks; where it has none (a page over plain http), by heartbeats.
import { createHeartbeats } from './heartbeat';
import type { Connection } from './runDatabase';
import { busyError, StorageError } from './storageError';
import type { Locks, World } from './world';

/** Held until it is released or the tab is gone. */
export interface Claim {
  /** Resolves when others can have it. */
  release(): Promise<void>;
}

export interface Claims {
  /** Null: another tab has the run, or this one has it already. */
  claim(run: string): Promise<Claim | null>;
  /** The runs that some tab has at this moment, this one too. Nothing is claimed for it. */
  taken(): Promise<ReadonlySet<string>>;
}

const LOCK = 'allo-run:';

export function createClaims(world: World, connect: Connection): Claims {
  const beats = createHeartbeats(world, connect);
  const { locks } = world;
  return {
    async claim(run) {
      if (!locks) return beats.claim(run);
      try {
        return await lockOf(locks, run);
      } catch (error) {
        if (error instanceof StorageError) throw error;
        // There are locks, and this page may not have any.
        return beats.claim(run);
      }
    },
    async taken() {
      const held = locks ? await heldLocks(locks) : null;
      return held ?? beats.taken();
    },
  };
}

const lockOf = (locks: Locks, run: string): Promise<Claim | null> =>
  new Promise((resolve, reject) => {
    const held = locks.request(LOCK + run, { ifAvailable: true }, async (lock) => {
      if (!lock) return resolve(null);
      await new Promise<void>((release) =>
        resolve({
          async release() {
            release();
            await held;
          },
        }),
      );
    });
    held.catch(reject);
  });

/** Null where this page may not know. */
async function heldLocks(locks: Locks): Promise<ReadonlySet<string> | null> {
  try {
    const { held = [] } = await locks.query();
    const names = held.map(({ name }) => name ?? '');
    return new Set(names.flatMap((name) => (name.startsWith(LOCK) ? [name.slice(LOCK.length)] : [])));
  } catch (error) {
    if (error instanceof StorageError) throw error;
    return null;
  }
}

/** Throws StorageError `busy`. */
export async function claimed(claims: Claims, run: string): Promise<Claim> {
  const claim = await claims.claim(run);
  if (!claim) throw busyError();
  return claim;
}

/** The claim stays held when the work is done, and only then. */
export async function keeping<T>(claim: Claim, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await claim.release().catch(() => {});
    throw error;
  }
}
