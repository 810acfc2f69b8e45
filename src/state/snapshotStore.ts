// The log-probs of every snapshot of this session's runs, by run and moment: in memory up to a cap, beyond it in the browser's storage,
// the longest unused first. Where there is no storage the longest unused are let go, and the store says so.
import { bytesOfRows, type SnapshotRows } from './snapshotRecord';
import type { Shelf } from './snapshotShelf';

export type { SnapshotRows } from './snapshotRecord';

/** Why moments are missing or will be: no storage, no room in it, a record that could not be read. */
export type SnapshotTrouble = 'refused' | 'full' | 'damaged';

export interface HeldSnapshots {
  capBytes: number;
  memoryBytes: number;
  /** In storage alone. */
  spilledBytes: number;
  /** Moments that can be asked for. */
  count: number;
  /** Moments that had to go, or could not be read back. */
  lost: number;
  /** Each once, in the order they came. */
  troubles: readonly SnapshotTrouble[];
}

export interface SnapshotStore {
  /** Takes the arrays over. A moment that is there already is replaced. */
  put(runId: string, moment: string, rows: SnapshotRows): void;
  /** What is in memory, at once. */
  peek(runId: string, moment: string): SnapshotRows | null;
  /** null: not held (any more). Never rejects. */
  get(runId: string, moment: string): Promise<SnapshotRows | null>;
  drop(runId: string): void;
  /** Holds at once. What a higher cap has room for comes back when it is looked at. */
  setCap(bytes: number): void;
  /** The same object until something changes. */
  held(): HeldSnapshots;
  subscribe(listener: () => void): () => void;
}

export interface SnapshotStoreOptions {
  /** Until `setCap` says otherwise. */
  capBytes: number;
  /** Asked when the cap is first passed; rejects where storage is refused. */
  openShelf(): Promise<Shelf>;
}

interface Entry {
  runId: string;
  moment: string;
  bytes: number;
  /** null: in storage alone. */
  rows: SnapshotRows | null;
  isShelved: boolean;
}

const keyOf = (runId: string, moment: string): string => JSON.stringify([runId, moment]);

const isFull = (error: unknown): boolean => error instanceof Error && error.name === 'QuotaExceededError';

export function createSnapshotStore({ capBytes: firstCap, openShelf }: SnapshotStoreOptions): SnapshotStore {
  let capBytes = firstCap;
  /** The longest unused first. */
  const entries = new Map<string, Entry>();
  const listeners = new Set<() => void>();
  const troubles: SnapshotTrouble[] = [];
  let shelf: Promise<Shelf> | null = null;
  let mayWrite = true;
  let isSpilling = false;
  let memoryBytes = 0;
  let spilledBytes = 0;
  let lost = 0;
  let held: HeldSnapshots | null = null;

  const changed = (): void => {
    held = null;
    for (const listener of listeners) listener();
  };
  const say = (trouble: SnapshotTrouble): void => {
    if (!troubles.includes(trouble)) troubles.push(trouble);
  };
  const isCurrent = (entry: Entry): boolean => entries.get(keyOf(entry.runId, entry.moment)) === entry;
  const forget = (entry: Entry): void => {
    entries.delete(keyOf(entry.runId, entry.moment));
    if (entry.rows) memoryBytes -= entry.bytes;
    else spilledBytes -= entry.bytes;
  };

  /** After a refusal nothing more is written; what was written before can still be read. */
  const write = async (entry: Entry, rows: SnapshotRows): Promise<void> => {
    try {
      shelf ??= openShelf();
      const open = await shelf;
      await open.write(entry.runId, entry.moment, rows);
      entry.isShelved = true;
      if (!entries.has(keyOf(entry.runId, entry.moment))) await open.remove(entry.runId, entry.moment);
    } catch (error) {
      mayWrite = false;
      say(isFull(error) ? 'full' : 'refused');
    }
  };

  const spill = async (): Promise<void> => {
    while (memoryBytes > capBytes) {
      const entry = [...entries.values()].find(({ rows }) => rows !== null)!;
      if (entry.isShelved) {
        entry.rows = null;
        memoryBytes -= entry.bytes;
        spilledBytes += entry.bytes;
      } else if (mayWrite) await write(entry, entry.rows!);
      else {
        forget(entry);
        lost++;
      }
      changed();
    }
  };
  const settle = (): void => {
    changed();
    if (isSpilling || memoryBytes <= capBytes) return;
    isSpilling = true;
    void spill().finally(() => {
      isSpilling = false;
    });
  };

  const read = async (entry: Entry): Promise<SnapshotRows | null> => {
    try {
      return (await (await shelf)?.read(entry.runId, entry.moment)) ?? null;
    } catch {
      return null;
    }
  };

  const get = async (runId: string, moment: string): Promise<SnapshotRows | null> => {
    const key = keyOf(runId, moment);
    const entry = entries.get(key);
    if (!entry) return null;
    entries.delete(key);
    entries.set(key, entry);
    if (entry.rows) return entry.rows;
    const rows = await read(entry);
    // While it was read, it may have been replaced, dropped, or read by another.
    if (!isCurrent(entry)) return get(runId, moment);
    if (entry.rows) return entry.rows;
    if (rows) {
      entry.rows = rows;
      memoryBytes += entry.bytes;
      spilledBytes -= entry.bytes;
    } else {
      forget(entry);
      lost++;
      say('damaged');
    }
    settle();
    return rows;
  };

  return {
    put(runId, moment, rows) {
      const old = entries.get(keyOf(runId, moment));
      if (old) forget(old);
      const bytes = bytesOfRows(rows);
      entries.set(keyOf(runId, moment), { runId, moment, bytes, rows, isShelved: false });
      memoryBytes += bytes;
      settle();
    },
    peek: (runId, moment) => entries.get(keyOf(runId, moment))?.rows ?? null,
    get,
    drop(runId) {
      for (const entry of [...entries.values()]) if (entry.runId === runId) forget(entry);
      shelf?.then((open) => open.remove(runId)).catch(() => {});
      changed();
    },
    setCap(bytes) {
      capBytes = bytes;
      settle();
    },
    held() {
      held ??= { capBytes, memoryBytes, spilledBytes, count: entries.size, lost, troubles: [...troubles] };
      return held;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
