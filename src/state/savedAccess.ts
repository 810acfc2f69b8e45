// What everything that the page does with saved runs stands on: the store of the browser, looked at when something has changed, what goes wrong told, and
// which of the session's runs is which saved one.
import type { StoreApi } from 'zustand/vanilla';
import type { RunHeader } from '../storage/runRecord';
import type { RunStore } from '../storage/runStore';
import { storageError } from '../storage/storageError';
import type { SavedHost } from './savedActions';
import type { SavedState, SavedWork, Saving } from './savedState';

type SessionRun = ReturnType<SavedHost['sessionRuns']>[number];

export interface SavedAccess {
  /** Opened when it is first needed, and again where that failed. Throws StorageError. */
  runs(): Promise<RunStore>;
  tell(error: unknown): void;
  /** What goes wrong is told; then it gives null. */
  attempt<T>(work: (store: RunStore) => Promise<T>): Promise<T | null>;
  /** The same, one at a time, and the list is looked at afterwards. */
  busyWith<T>(what: SavedWork, name: string, work: (store: RunStore) => Promise<T>): Promise<T | null>;
  /** Never rejects. */
  look(): Promise<void>;
  headerOf(id: string): RunHeader | undefined;
  nameOf(id: string): string;
  link(runId: string, id: string, seq?: number | null): void;
  setSaving(runId: string, saving: Saving): void;
  /** A run of this session that is the saved one; the one that works before those that are looked at. */
  inSession(id: string): SessionRun | null;
  /** This tab's worker has it in hand. */
  isAtWork(id: string): boolean;
}

/** `onNews`: something has changed that another tab or a worker did, or a look has found it. */
export function createSavedAccess(host: SavedHost, store: StoreApi<SavedState>, onNews: () => void): SavedAccess {
  const { getState: get, setState: set } = store;
  let opened: Promise<RunStore> | null = null;
  const runs = (): Promise<RunStore> => {
    opened ??= host.openStore().then(
      (found) => {
        found.listen(() => void look());
        return found;
      },
      (error: unknown) => {
        opened = null;
        throw error;
      },
    );
    return opened;
  };
  const tell = (error: unknown): void => {
    const { message, next } = storageError(error);
    set({ trouble: { message, next } });
  };
  const attempt: SavedAccess['attempt'] = async (work) => {
    set({ trouble: null });
    try {
      return await work(await runs());
    } catch (error) {
      tell(error);
      return null;
    }
  };

  let looksAgain = false;
  let looking: Promise<void> | null = null;
  /** Whoever asks waits for a look that began afterwards. */
  const look = (): Promise<void> => {
    looksAgain = true;
    looking ??= lookOn().finally(() => {
      looking = null;
    });
    return looking;
  };
  const lookOn = async (): Promise<void> => {
    while (looksAgain) {
      looksAgain = false;
      try {
        const from = await runs();
        const [list, usage] = await Promise.all([from.list(), from.usage()]);
        followNames(get().list?.runs ?? [], list.runs);
        set({ list, usage });
      } catch (error) {
        set({ list: null, usage: null });
        tell(error);
      }
    }
    onNews();
  };
  /** What was renamed elsewhere is renamed here too. */
  const followNames = (before: readonly RunHeader[], now: readonly RunHeader[]): void => {
    for (const { id, name } of now) {
      const old = before.find((run) => run.id === id);
      if (!old || old.name === name) continue;
      for (const run of host.sessionRuns()) if (get().links[run.id]?.id === id) host.renameRun(run.id, name);
    }
  };
  /** What is known of runs that the session has let go of is not wanted any more. */
  const ofSession = <T>(known: Readonly<Record<string, T>>): Record<string, T> => {
    const ids = new Set(host.sessionRuns().map(({ id }) => id));
    return Object.fromEntries(Object.entries(known).filter(([id]) => ids.has(id)));
  };
  const headerOf = (id: string): RunHeader | undefined => get().list?.runs.find((run) => run.id === id);

  return {
    ...{ runs, tell, attempt, look, headerOf },
    async busyWith(what, name, work) {
      if (get().working) return null;
      set({ working: { what, name } });
      const result = await attempt(work);
      set({ working: null });
      await look();
      return result;
    },
    nameOf: (id) => headerOf(id)?.name ?? 'the run',
    link: (runId, id, seq = null) => set({ links: { ...ofSession(get().links), [runId]: { id, seq } } }),
    setSaving: (runId, saving) => set({ saving: { ...ofSession(get().saving), [runId]: saving } }),
    inSession(id) {
      const mine = host.sessionRuns().filter((run) => get().links[run.id]?.id === id);
      return mine.find((run) => !run.isOpened) ?? mine.at(-1) ?? null;
    },
    isAtWork(id) {
      const working = host.workingRun();
      return working !== null && get().links[working]?.id === id;
    },
  };
}
