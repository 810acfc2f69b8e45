// Runs that are looked at here while another tab may train them: kept at their last save, and said of each whether a tab has it. Of a run only what it has
// told since is read and applied; all of them together are looked at once a while at most, however often they are saved.
import type { StoreApi } from 'zustand/vanilla';
import { type Reached, reachedBy } from '../storage/followRun';
import type { LoadedRun } from '../storage/loadRun';
import type { RunStore } from '../storage/runStore';
import { storageError } from '../storage/storageError';
import type { SavedAccess } from './savedAccess';
import type { SavedHost } from './savedActions';
import { isUnfinished, type SavedState } from './savedState';

/** Looks at what is followed are that far apart. */
export const FOLLOW_MS = 1000;
/** Without news, how often it is asked whether a tab still has the run: one that is killed tells nobody. */
export const WATCH_MS = 2000;

export interface SavedFollow {
  /** A run that is looked at was read so far. */
  begin(runId: string, loaded: Pick<LoadedRun, 'header' | 'save'>): void;
  /** How far it was read; null: it is not followed. */
  reached(runId: string): Reached | null;
  /** Something may be new. */
  news(): void;
  /** Asks which runs other tabs have. Never rejects. */
  watch(): Promise<void>;
  /** Reads on; false where the run has to be opened anew. Throws StorageError. */
  bringUp(from: RunStore, runId: string): Promise<boolean>;
}

interface FollowOptions {
  host: SavedHost;
  store: StoreApi<SavedState>;
  access: SavedAccess;
  /** Opens a run anew in the place of what is shown of it. */
  anew(from: RunStore, runId: string, id: string): Promise<void>;
}

export function createSavedFollow({ host, store, access, anew }: FollowOptions): SavedFollow {
  const { getState: get, setState: set } = store;
  const followed = new Map<string, Reached>();
  let [isDue, isAtIt, isWatching] = [false, false, false];
  /** The session's runs that are looked at, and which saved ones they are. One that went on here and could not is among them again. */
  const viewed = (): { runId: string; id: string }[] =>
    host.sessionRuns().flatMap(({ id: runId, isOpened }) => {
      const id = get().links[runId]?.id;
      return isOpened && id !== undefined && followed.has(runId) ? [{ runId, id }] : [];
    });

  /** Runs that this tab's worker may just be about to let go: seen once, they are another tab's when they are seen again. */
  let doubtful: ReadonlySet<string> = new Set();
  const watch = async (): Promise<void> => {
    try {
      const taken = [...(await (await access.runs()).taken())].filter((id) => !access.isAtWork(id));
      const mine = new Set(taken.filter((id) => access.inSession(id)?.isOpened === false));
      const others = taken.filter((id) => !mine.has(id) || doubtful.has(id));
      doubtful = mine;
      const shown = new Set(viewed().map(({ id }) => id));
      // Whoever looks at a run whose tab has gone is told; of the others nobody has asked.
      const left = Object.keys(get().elsewhere).filter((id) => !others.includes(id) && shown.has(id));
      const elsewhere = Object.fromEntries(
        [...left.map((id) => [id, false]), ...others.map((id) => [id, true])].sort(),
      );
      if (JSON.stringify(elsewhere) !== JSON.stringify(get().elsewhere)) set({ elsewhere });
    } catch {
      // What cannot be known is not told; reading the run says why.
    }
  };

  const bringUp: SavedFollow['bringUp'] = async (from, runId) => {
    const reached = followed.get(runId);
    const id = get().links[runId]?.id;
    if (!reached || id === undefined) return false;
    const more = await from.follow(id, reached);
    if (!more) return false;
    if (more.reached === reached) return true;
    if (!(await host.more(runId, more))) return false;
    followed.set(runId, more.reached);
    access.link(runId, id, more.reached.seq);
    // The list tells the same save as the picture above it.
    if (access.headerOf(id)?.seq !== more.reached.seq) void access.look();
    return true;
  };

  const isGone = (error: unknown): boolean => storageError(error).kind === 'gone';

  const once = async (): Promise<void> => {
    await watch();
    for (const { runId, id } of viewed()) {
      // One thing at a time: it may be about to go on here.
      if (get().working) continue;
      try {
        const from = await access.runs();
        if (await bringUp(from, runId)) continue;
        followed.delete(runId);
        await anew(from, runId, id);
      } catch (error) {
        // The note beside it says that it was deleted.
        if (!isGone(error)) access.tell(error);
      }
    }
  };

  /** Some run may change hands without anybody telling. */
  const isWorthWatching = (): boolean =>
    doubtful.size > 0 ||
    Object.values(get().elsewhere).includes(true) ||
    viewed().some(({ id }) => {
      const header = access.headerOf(id);
      return header !== undefined && isUnfinished(header);
    });

  const news = (): void => {
    isDue = true;
    if (isAtIt) return;
    isAtIt = true;
    isDue = false;
    void once().then(() =>
      host.after(FOLLOW_MS, () => {
        isAtIt = false;
        if (isDue) news();
        else if (!isWatching && isWorthWatching()) {
          isWatching = true;
          host.after(WATCH_MS - FOLLOW_MS, () => {
            isWatching = false;
            news();
          });
        }
      }),
    );
  };

  return {
    begin(runId, loaded) {
      followed.set(runId, reachedBy(loaded));
      news();
    },
    reached: (runId) => followed.get(runId) ?? null,
    news,
    watch,
    bringUp,
  };
}
