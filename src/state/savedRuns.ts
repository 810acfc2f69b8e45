// The runs that are saved in this browser, as the page has them: listed, renamed, copied, deleted and taken back, looked at, gone on with. Only the
// trainer's worker writes a run that goes on; here is what the page does with the rest, and how saving goes.
import { createStore } from 'zustand/vanilla';
import type { RemovedRun } from '../storage/removeRun';
import { bytesOf, type RunHeader } from '../storage/runRecord';
import type { RunStore } from '../storage/runStore';
import { storageError } from '../storage/storageError';
import { freshName } from '../storage/world';
import type { SavedHost, SavedListener, SavedRuns } from './savedActions';
import {
  copyName,
  firstSaved,
  type SavedState,
  type SavedWork,
  type Saving,
  wasCutShort,
  wouldLose,
} from './savedState';

/** So long a deleted run can be had back. */
export const UNDO_MS = 10_000;
const LONGEST_NAME = 60;

export function createSavedRuns(host: SavedHost): SavedRuns & { listener: SavedListener } {
  const { memory, wallTime } = host;
  const store = createStore<SavedState>(() => firstSaved(memory.savesRuns()));
  const { getState: get, setState: set } = store;
  const removed = new Map<string, RemovedRun>();
  /** Runs that the worker was asked to go on with and has not yet begun. */
  const continuing = new Set<string>();
  let hasAskedToKeep = false;

  let opened: Promise<RunStore> | null = null;
  const runs = (): Promise<RunStore> => {
    opened ??= host.openStore().then((found) => {
      found.listen(() => void look());
      return found;
    });
    return opened;
  };
  const tell = (error: unknown): void => {
    const { message, next } = storageError(error);
    set({ trouble: { message, next } });
  };
  /** What goes wrong is told; then it gives null. */
  const attempt = async <T>(work: (store: RunStore) => Promise<T>): Promise<T | null> => {
    set({ trouble: null });
    try {
      return await work(await runs());
    } catch (error) {
      tell(error);
      return null;
    }
  };
  const busyWith = async <T>(what: SavedWork, name: string, work: (store: RunStore) => Promise<T>) => {
    if (get().working) return null;
    set({ working: { what, name } });
    const result = await attempt(work);
    set({ working: null });
    await look();
    return result;
  };

  let [isLooking, looksAgain] = [false, false];
  const look = async (): Promise<void> => {
    looksAgain = true;
    if (isLooking) return;
    isLooking = true;
    while (looksAgain) {
      looksAgain = false;
      try {
        const from = await runs();
        const [list, usage] = await Promise.all([from.list(), from.usage()]);
        set({ list, usage });
      } catch (error) {
        set({ list: null, usage: null });
        tell(error);
      }
    }
    isLooking = false;
  };
  const headerOf = (id: string): RunHeader | undefined => get().list?.runs.find((run) => run.id === id);
  const nameOf = (id: string): string => headerOf(id)?.name ?? 'the run';
  const link = (runId: string, id: string, seq: number | null = null): void =>
    set({ links: { ...get().links, [runId]: { id, seq } } });
  const setSaving = (runId: string, saving: Saving): void => set({ saving: { ...get().saving, [runId]: saving } });
  /** A run of this session that is the saved one; the one that works before those that are looked at. */
  const inSession = (id: string) => {
    const mine = host.sessionRuns().filter((run) => get().links[run.id]?.id === id);
    return mine.find((run) => !run.isOpened) ?? mine.at(-1) ?? null;
  };
  const isAtWork = (id: string): boolean => {
    const working = host.workingRun();
    return working !== null && get().links[working]?.id === id;
  };
  /** `replaces`: what this session has looked at of it so far makes way, and leaves its name. */
  const show = async (
    from: RunStore,
    id: string,
    {
      isSelected,
      withPoint = false,
      replaces = false,
    }: { isSelected: boolean; withPoint?: boolean; replaces?: boolean },
  ): Promise<string> => {
    const loaded = await from.open(id, { withPoint });
    const old = replaces ? host.sessionRuns().filter((run) => run.isOver && get().links[run.id]?.id === id) : [];
    for (const run of old) host.drop(run.id);
    const runId = await host.show(loaded, { isSelected });
    link(runId, id, loaded.header.seq);
    return runId;
  };
  const settled = (id: string): void => {
    if (get().unfinished === id) set({ unfinished: null });
  };

  const compareWith = async (id: string): Promise<void> => {
    if (!inSession(id)) await busyWith('opening', nameOf(id), (from) => show(from, id, { isSelected: false }));
    if (inSession(id)) host.toCurves();
  };

  const continueRun: SavedRuns['continueRun'] = async (id) => {
    const mine = inSession(id);
    if (mine && isAtWork(id)) return host.select(mine.id);
    await busyWith('continuing', nameOf(id), async (from) => {
      // With the point, so that the log ends where the worker goes on.
      const runId = await show(from, id, { isSelected: true, withPoint: true, replaces: true });
      const header = headerOf(id);
      const save = header?.saves[0];
      const last = header && save ? { savedAt: save.savedAt, place: save.place, bytes: bytesOf(header) } : null;
      continuing.add(runId);
      setSaving(runId, { since: wallTime(), last, trouble: null });
      settled(id);
      host.goOn(runId, id);
    });
  };

  const remove: SavedRuns['remove'] = async (id) => {
    const name = nameOf(id);
    const run = await attempt((from) => from.remove(id));
    if (run) {
      removed.set(id, run);
      settled(id);
      set({ removed: [...get().removed, { id, name }] });
      host.after(UNDO_MS, () => void end(id, (one) => one.purge()));
    }
    await look();
  };
  /** Of a deleted run one of both is done, once. */
  const end = async (id: string, work: (run: RemovedRun) => Promise<void>): Promise<void> => {
    const run = removed.get(id);
    if (!run) return;
    removed.delete(id);
    set({ removed: get().removed.filter((one) => one.id !== id) });
    try {
      await work(run);
    } catch (error) {
      tell(error);
    }
    await look();
  };

  const arrive = async (): Promise<void> => {
    try {
      await (await runs()).sweep();
    } catch {
      // What cannot be cleared up is told where it is looked at.
    }
    await look();
    const last = get().list?.runs[0];
    if (!last || !wasCutShort(last) || memory.dismissedRun() === last.id || inSession(last.id)) return;
    try {
      // Another tab that works on it has not left it.
      if (await (await runs()).isFree(last.id)) set({ unfinished: last.id });
    } catch {
      // Nothing is offered.
    }
  };

  return {
    store,
    arrive,
    look,
    setOn(isOn) {
      set({ isOn });
      memory.saveSavesRuns(isOn);
    },
    async rename(id, wanted) {
      const name = wanted.trim().slice(0, LONGEST_NAME);
      if (name === '' || name === headerOf(id)?.name) return;
      const isDone = await attempt(async (from) => {
        await from.rename(id, name);
        return true;
      });
      if (isDone)
        for (const run of host.sessionRuns()) if (get().links[run.id]?.id === id) host.renameRun(run.id, name);
      await look();
    },
    async duplicate(id) {
      const name = copyName(nameOf(id), get().list?.runs.map((run) => run.name) ?? []);
      await busyWith('copying', nameOf(id), (from) => from.duplicate(id, name));
    },
    remove,
    undo: (id) => end(id, (run) => run.undo()),
    async open(id) {
      const mine = inSession(id);
      const seq = mine && get().links[mine.id]?.seq;
      const isOld = mine?.isOpened && seq !== headerOf(id)?.seq;
      if (mine && !isOld) host.select(mine.id);
      else await busyWith('opening', nameOf(id), (from) => show(from, id, { isSelected: true, replaces: true }));
      if (inSession(id)) settled(id);
    },
    compare: compareWith,
    continueRun,
    exportRun: async (id) =>
      busyWith('exporting', nameOf(id), async (from) => {
        const there = inSession(id);
        const runId = there?.isOver ? there.id : await show(from, id, { isSelected: false });
        // A copy beside its run would have another name.
        host.renameRun(runId, nameOf(id));
        const blob = await host.bundle(runId);
        if (runId !== there?.id) host.drop(runId);
        return blob;
      }),
    exportAside: async (id) => busyWith('exporting', 'what there is of the run', (from) => from.exportRaw(id)),
    saveNow() {
      const working = host.workingRun();
      if (working && get().saving[working]) host.saveNow(working);
    },
    wouldLose() {
      const saving = get().saving[host.workingRun() ?? ''];
      return saving !== undefined && wouldLose(saving, wallTime());
    },
    dismissUnfinished() {
      const { unfinished } = get();
      if (unfinished) memory.saveDismissedRun(unfinished);
      set({ unfinished: null });
    },
    dismissTrouble: () => set({ trouble: null }),
    listener: {
      begin(runId, name) {
        set({ unfinished: null });
        if (!get().isOn) return null;
        const id = freshName();
        link(runId, id);
        setSaving(runId, { since: wallTime(), last: null, trouble: null });
        return { id, name };
      },
      works: (runId) => void continuing.delete(runId),
      refused(runId, { message, next }) {
        if (!continuing.delete(runId)) return false;
        const { [runId]: _, ...saving } = get().saving;
        set({ saving, viewers: { ...get().viewers, [runId]: { message, next } } });
        host.onlyLook(runId);
        void look();
        return true;
      },
      saved(runId, { savedId, savedAt, bytes, place }) {
        link(runId, savedId);
        setSaving(runId, { since: savedAt, last: { savedAt, bytes, place }, trouble: null });
        void look();
        if (hasAskedToKeep) return;
        hasAskedToKeep = true;
        // There is something to keep now: before, the browser would have asked for nothing.
        void runs()
          .then((from) => from.persist())
          .then((isKept) => set({ isKept }))
          .catch(() => {});
      },
      trouble(runId, trouble) {
        const now = get().saving[runId];
        setSaving(runId, { since: now?.since ?? wallTime(), last: now?.last ?? null, trouble });
      },
    },
  };
}
