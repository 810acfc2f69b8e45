// Storage that fails on demand: every write of a tab is counted, and one of them can be made to fail, to be done in part, or to be the last thing the tab ever does.
import { vi } from 'vitest';

/**
 * full, unknown: the write throws what browsers throw. killed: the tab is gone before the write; torn: in the middle of it; after: right after it, before
 * anybody hears of it (a transaction that is open is lost with the tab).
 */
export const FAULTS = ['full', 'unknown', 'killed', 'torn', 'after'] as const;
export type Fault = (typeof FAULTS)[number];

export const isDeadly = (fault: Fault): boolean => fault === 'killed' || fault === 'torn' || fault === 'after';

const errorOf = (fault: Fault): Error =>
  fault === 'full'
    ? new DOMException('no room', 'QuotaExceededError')
    : fault === 'unknown'
      ? new DOMException('internal error', 'UnknownError')
      : new Error('the tab is gone');

export interface Faults {
  /** Writes so far. */
  writes: number;
  /** The one that fails, counted from 1; 0: none. */
  at: number;
  fault: Fault;
  isDead: boolean;
  /** Called once when the tab dies. */
  onDeath(): void;
  /** One write. `part` does some of it. Throws where it fails. */
  write<T>(whole: () => T, part?: () => void): T;
  /** The same; of a tab that is gone, the promise never settles. */
  writeLater<T>(whole: () => Promise<T> | T, part?: () => void): Promise<T>;
}

export function createFaults(): Faults {
  const faults: Faults = {
    ...{ writes: 0, at: 0, fault: 'full', isDead: false, onDeath: () => {} },
    write(whole, part) {
      if (faults.isDead) throw errorOf('killed');
      faults.writes++;
      if (faults.writes !== faults.at) return whole();
      if (faults.fault === 'torn') part?.();
      if (faults.fault === 'after') whole();
      if (isDeadly(faults.fault)) {
        faults.isDead = true;
        faults.onDeath();
      }
      throw errorOf(faults.fault);
    },
    async writeLater(whole, part) {
      try {
        return await faults.write(whole, part);
      } catch (error) {
        if (faults.isDead) await new Promise(() => {});
        throw error;
      }
    },
  };
  return faults;
}

/**
 * Counts the writes of whoever is at work into `faultsNow()` (null: nobody's), in all databases of this process, until the mocks are restored. A
 * transaction that was open in a tab that dies is undone.
 */
export function watchDatabases(faultsNow: () => Faults | null): void {
  for (const method of ['put', 'delete'] as const) {
    const original = IDBObjectStore.prototype[method] as (this: IDBObjectStore, ...args: unknown[]) => IDBRequest;
    vi.spyOn(IDBObjectStore.prototype, method).mockImplementation(function (this: IDBObjectStore, ...args: unknown[]) {
      const faults = faultsNow();
      if (!faults) return original.apply(this, args);
      try {
        return faults.write(() => original.apply(this, args));
      } catch (error) {
        if (faults.isDead) this.transaction.abort();
        throw error;
      }
    });
  }
}
