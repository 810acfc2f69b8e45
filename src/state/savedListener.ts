// What the studio tells of its runs that are saved: where one begins, that it goes on, that it could not, each save and each trouble.
import type { StoreApi } from 'zustand/vanilla';
import { freshName } from '../storage/world';
import type { FailureCause } from '../worker/protocol';
import type { SavedAccess } from './savedAccess';
import type { SavedHost, SavedListener } from './savedActions';
import { NO_MISHAPS, newSaving, type SavedState } from './savedState';

interface ListenerOptions {
  host: SavedHost;
  store: StoreApi<SavedState>;
  access: SavedAccess;
  /** Runs that the worker was asked to go on with and has not yet begun. */
  continuing: Set<string>;
}

/** What a run that is to go on can fail with before it does. The rest is met by a run that works. */
const BEFORE_IT_BEGINS: ReadonlySet<FailureCause> = new Set(['storage', 'damaged save', 'file', 'other']);

export function createSavedListener({ host, store, access, continuing }: ListenerOptions): SavedListener {
  const { getState: get, setState: set } = store;
  const { runs, look, link, setSaving } = access;
  const { wallTime } = host;
  let hasAskedToKeep = false;
  return {
    begin(runId, name) {
      set({ unfinished: null });
      if (!get().isOn) return null;
      const id = freshName();
      link(runId, id);
      setSaving(runId, newSaving(wallTime()));
      return { id, name };
    },
    works: (runId) => void continuing.delete(runId),
    refused(runId, { message, next, cause, needs }) {
      if (!continuing.delete(runId) || !BEFORE_IT_BEGINS.has(cause)) return false;
      const { [runId]: _, ...saving } = get().saving;
      set({ saving, viewers: { ...get().viewers, [runId]: { message, next, ...(needs && { needs }) } } });
      host.onlyLook(runId);
      void look();
      return true;
    },
    failed(runId, { cause }) {
      const { saving, links, mishaps } = get();
      const [now, own] = [saving[runId], links[runId]];
      if (now) setSaving(runId, { ...now, failedAt: wallTime() });
      if (!own || cause !== 'device lost') return;
      const before = mishaps[own.id] ?? NO_MISHAPS;
      set({ mishaps: { ...mishaps, [own.id]: { ...before, deviceLosses: before.deviceLosses + 1 } } });
    },
    saved(runId, { savedId, savedAt, bytes, place }) {
      link(runId, savedId);
      setSaving(runId, newSaving(savedAt, { savedAt, bytes, place }));
      void look();
      if (hasAskedToKeep) return;
      hasAskedToKeep = true;
      // There is something to keep now: before, the browser would have asked for nothing.
      void runs()
        .then((from) => from.persist({ wanted: false }))
        .then((isKept) => isKept !== null && set({ isKept }))
        .catch(() => {});
    },
    trouble(runId, trouble) {
      setSaving(runId, { ...(get().saving[runId] ?? newSaving(wallTime())), trouble });
    },
  };
}
