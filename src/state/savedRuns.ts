// The runs that are saved in this browser, as the page has them: listed, renamed, copied, deleted and taken back, looked at, gone on with. Only the
// trainer's worker writes a run that goes on; here is what the page does with the rest, and how saving goes.
import { createStore } from 'zustand/vanilla';
import type { LoadedRun } from '../storage/loadRun';
import type { RemovedRun } from '../storage/removeRun';
import { bytesOf } from '../storage/runRecord';
import type { RunStore } from '../storage/runStore';
import { StorageError, storageError } from '../storage/storageError';
import { createSavedAccess } from './savedAccess';
import type { SavedHost, SavedListener, SavedRuns } from './savedActions';
import { createSavedFollow } from './savedFollow';
import { createSavedListener } from './savedListener';
import { copyName, firstSaved, NO_MISHAPS, newSaving, type SavedState, wasCutShort, wouldLose } from './savedState';

/** So long a deleted run can be had back. */
export const UNDO_MS = 10_000;
const LONGEST_NAME = 60;
/** This tab's worker writes the last save of a run that is over: so often, and so far apart (ms), it is asked whether it has let go. */
const [ASKED, ASK_MS] = [20, 250];
const IN_USE = new StorageError(
  'busy',
  'Another tab has this run, so it was not deleted.',
  'Stop it there or close that tab, then delete it.',
);

export function createSavedRuns(host: SavedHost): SavedRuns & { listener: SavedListener } {
  const { memory, wallTime } = host;
  const store = createStore<SavedState>(() => firstSaved(memory.savesRuns()));
  const { getState: get, setState: set } = store;
  const removed = new Map<string, RemovedRun>();
  /** Runs that the worker was asked to go on with and has not yet begun. */
  const continuing = new Set<string>();
  const access = createSavedAccess(host, store, () => follow.news());
  const { runs, tell, attempt, busyWith, look, headerOf, nameOf, link, inSession, isAtWork } = access;
  const follow = createSavedFollow({
    ...{ host, store, access },
    async anew(from, runId, id) {
      await show(from, id, { isSelected: host.selectedRun() === runId, replaces: true });
    },
  });

  /** `replaces`: what this session has looked at of it so far makes way, and leaves its name. */
  const showLoaded = async (
    loaded: LoadedRun,
    { isSelected, replaces = false }: { isSelected: boolean; replaces?: boolean },
  ): Promise<string> => {
    const { id, seq } = loaded.header;
    const old = replaces ? host.sessionRuns().filter((run) => run.isOver && get().links[run.id]?.id === id) : [];
    for (const run of old) host.drop(run.id);
    const runId = await host.show(loaded, { isSelected });
    link(runId, id, seq);
    follow.begin(runId, loaded);
    return runId;
  };
  const show = async (from: RunStore, id: string, options: { isSelected: boolean; replaces?: boolean }) =>
    showLoaded(await from.open(id, { withPoint: false }), options);
  /** Shown with its log ending where the worker goes on. What is looked at already stays, with all that is chosen of it. */
  const readyToGoOn = async (from: RunStore, id: string): Promise<string> => {
    const loaded = await from.open(id, { withPoint: true });
    const mine = inSession(id);
    // The end of one that failed is left out by showing it anew.
    if (mine?.isOpened && loaded.header.status !== 'failed' && (await follow.bringUp(from, mine.id))) {
      const reached = follow.reached(mine.id);
      if (reached?.seq === loaded.header.seq && reached.eventsTold === loaded.save.eventsTold) {
        if (host.selectedRun() !== mine.id) host.select(mine.id);
        return mine.id;
      }
    }
    return showLoaded(loaded, { isSelected: true, replaces: true });
  };
  const settled = (id: string): void => {
    if (get().unfinished === id) set({ unfinished: null });
    if (get().beside === id) set({ beside: null });
  };

  const compareWith = async (id: string): Promise<void> => {
    if (!inSession(id)) await busyWith('opening', nameOf(id), (from) => show(from, id, { isSelected: false }));
    if (inSession(id)) host.toCurves();
  };

  const continueRun: SavedRuns['continueRun'] = async (id, change = {}) => {
    const mine = inSession(id);
    if (mine && isAtWork(id)) return host.select(mine.id);
    await busyWith('continuing', nameOf(id), async (from) => {
      let runId: string;
      try {
        runId = await readyToGoOn(from, id);
      } catch (error) {
        const { kind, message, next } = storageError(error);
        if (kind !== 'damaged') throw error;
        settled(id);
        const failure = { cause: 'damaged save', message, next, detail: message } as const;
        return host.unreadable({ runId: mine?.id ?? null, savedId: id, name: nameOf(id) }, failure);
      }
      const mishaps = get().mishaps[id] ?? NO_MISHAPS;
      set({ mishaps: { ...get().mishaps, [id]: { ...mishaps, change: { ...mishaps.change, ...change } } } });
      const header = headerOf(id);
      const save = header?.saves[0];
      const last = header && save ? { savedAt: save.savedAt, place: save.place, bytes: bytesOf(header) } : null;
      continuing.add(runId);
      access.setSaving(runId, newSaving(wallTime(), last));
      settled(id);
      host.goOn(runId, id, change);
    });
  };

  const remove: SavedRuns['remove'] = async (id) => {
    const name = nameOf(id);
    const run = await attempt(async (from) => {
      for (let asked = 1; ; asked++)
        try {
          return await from.remove(id);
        } catch (error) {
          if (storageError(error).kind !== 'busy') throw error;
          if (inSession(id)?.isOpened !== false || isAtWork(id) || asked === ASKED) throw IN_USE;
          await new Promise<void>((again) => host.after(ASK_MS, again));
        }
    });
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
    void runs()
      .then((from) => from.isKept())
      .then((isKept) => set({ isKept }))
      .catch(() => {});
    const last = get().list?.runs[0];
    if (!last || !wasCutShort(last) || memory.dismissedRun() === last.id || inSession(last.id)) return;
    try {
      // Another tab that works on it has not left it.
      const isTaken = (await (await runs()).taken()).has(last.id);
      set(isTaken ? { beside: last.id } : { unfinished: last.id });
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
      // What is looked at follows by itself; what this tab has trained does not, when another tab goes on with it.
      const savedAt = mine && get().saving[mine.id]?.last?.savedAt;
      const isOld = mine?.isOpened === false && !isAtWork(id) && savedAt !== headerOf(id)?.saves[0]?.savedAt;
      if (mine && !isOld) {
        host.select(mine.id);
        follow.news();
      } else await busyWith('opening', nameOf(id), (from) => show(from, id, { isSelected: true, replaces: true }));
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
    goOnUnsaved() {
      const working = host.workingRun();
      const now = working && get().saving[working];
      if (!now) return;
      // For this visit alone: the next one may have room.
      set({ isOn: false });
      access.setSaving(working, { ...now, trouble: null, isGivenUp: true });
      host.unsave(working);
      host.resume(working);
    },
    async saveAndGoOn() {
      const working = host.workingRun();
      if (!working) return;
      // What can still be had back takes its room until then.
      await Promise.all(get().removed.map(({ id }) => end(id, (run) => run.purge())));
      host.saveNow(working);
      host.resume(working);
    },
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
    dismissBeside: () => set({ beside: null }),
    async keep() {
      const isKept = await attempt((from) => from.persist({ wanted: true }));
      set(isKept === null ? { isKeepingRefused: true } : { isKept, isKeepingRefused: !isKept });
    },
    dismissTrouble: () => set({ trouble: null }),
    listener: createSavedListener({ host, store, access, continuing }),
  };
}
