// The saved runs of this browser: what the page lists, opens, renames and deletes, and the trainer's worker writes. Opening fails only where the storage
// does not answer; whatever it refuses afterwards is a StorageError.
import { parseConfig } from '../core/parseConfig';
import { claimed, createClaims, keeping } from './claims';
import { duplicateRun } from './duplicateRun';
import { followRun, type MoreOfRun, type Reached } from './followRun';
import type { Hold } from './hold';
import { type LoadedRun, type LoadOptions, loadRun } from './loadRun';
import { createPatience, patientWorld } from './patience';
import { rawRun } from './rawRun';
import { type RemovedRun, removeRun } from './removeRun';
import { type ChangeConfig, claimToResume, type ResumedRun, resumeRun } from './resumeRun';
import { connectToRuns, RUNS_DATABASE } from './runDatabase';
import { changeHeader, listRuns, noteTrouble, type RunList, type RunUsage, usageOf } from './runList';
import { openRunChannel, type RunChannel } from './runNews';
import { MIGRATIONS, type RecordKinds, type RunHeader } from './runRecord';
import { createFresh, type NewRun, type RunWriter } from './runWriter';
import { openShelves } from './shelves';
import { StorageError, typed } from './storageError';
import { sweepAll } from './sweep';
import { browserWorld, freshName, type World } from './world';

/** All methods throw StorageError. */
export interface RunStore {
  list(): Promise<RunList>;
  /** Checks all of it. A run that cannot be read is set aside, and comes back when it can. */
  open(id: string, options: LoadOptions): Promise<LoadedRun>;
  /** Stored with its first save. Throws Error for a config that could not be read back. */
  create(run: NewRun): Promise<RunWriter>;
  /** `busy`: another tab works on it. It can be opened all the same. With `change` the record has other settings from here on. */
  resume(id: string, change?: ChangeConfig): Promise<ResumedRun>;
  rename(id: string, name: string): Promise<void>;
  duplicate(id: string, name: string): Promise<RunHeader>;
  /** Also of what was set aside. `busy`: a tab works on it. */
  remove(id: string): Promise<RemovedRun>;
  /** What a run has told since it was read; null where it went back behind that, and is to be opened anew. */
  follow(id: string, from: Reached): Promise<MoreOfRun | null>;
  /** The runs that a tab works on at this moment, this one too. Seconds where there are no locks. */
  taken(): Promise<ReadonlySet<string>>;
  /** A zip of what there is of it, also where it cannot be opened. */
  exportRaw(id: string): Promise<Blob>;
  /** Once a visit: clears away unfinished saves, and what was deleted on earlier visits. */
  sweep(): Promise<void>;
  usage(): Promise<RunUsage>;
  /** The browser has promised to keep the page's storage when the disk is full; null where it does not say. */
  isKept(): Promise<boolean | null>;
  /**
   * Asks it to; null where it cannot be asked, as in a worker, or where that would ask the person, who has not asked for it (`wanted`).
   */
  persist(options: { wanted: boolean }): Promise<boolean | null>;
  /** What other tabs and workers did; what this store does is told to them alone. */
  listen: RunChannel['listen'];
  close(): void;
}

export interface StoreOptions {
  world?: World;
  database?: string;
  migrations?: RecordKinds;
}

export async function openRunStore({
  world: given = browserWorld(),
  database = RUNS_DATABASE,
  migrations = MIGRATIONS,
}: StoreOptions = {}): Promise<RunStore> {
  const timely = createPatience(given);
  const world = patientWorld(given, timely);
  const connect = connectToRuns(database, timely);
  const [channel, claims] = [openRunChannel(world), createClaims(world, connect)];
  const hold: Hold = {
    world,
    connect,
    claims,
    channel,
    migrations,
    shelves: await openShelves(world, connect, timely),
  };

  let sweeping: Promise<unknown> = Promise.resolve();

  return {
    list: typed(() => listRuns(hold)),
    open: typed(async (id, options) => {
      try {
        const run = await loadRun(hold, id, options);
        if (run.header.trouble !== null) await noteTrouble(hold, id, null);
        return run;
      } catch (error) {
        if (error instanceof StorageError && error.kind === 'damaged') await noteTrouble(hold, id, error.message);
        throw error;
      }
    }),
    async create(run) {
      const { problems } = parseConfig({ ...run.config });
      if (problems[0]) throw new Error(`A run with this config could not be opened again. ${problems[0].message}`);
      const id = run.id ?? freshName();
      return createFresh(hold, await typed(claimed)(claims, id), id, run);
    },
    resume: typed(async (id, change) => {
      const claim = await claimToResume(hold, id);
      return keeping(claim, () => resumeRun(hold, claim, id, change));
    }),
    rename: typed((id, name) => changeHeader(hold, id, (header) => ({ ...header, name }))),
    duplicate: typed((id, name) => duplicateRun(hold, id, name)),
    remove: typed(async (id) => {
      const claim = await claimed(claims, id);
      return keeping(claim, () => removeRun(hold, claim, id));
    }),
    follow: typed((id, from) => followRun(hold, id, from)),
    taken: typed(async () => {
      // What this tab has only to clear it up, nobody works on.
      await sweeping.catch(() => {});
      return claims.taken();
    }),
    exportRaw: typed((id) => rawRun(hold, id)),
    sweep: typed(() => {
      const done = sweepAll(hold);
      sweeping = done;
      return done;
    }),
    usage: typed(() => usageOf(hold)),
    isKept: typed(async () => (await world.rooms?.persisted()) ?? null),
    persist: typed(async ({ wanted }) => {
      const { rooms, asksPerson } = world;
      if (!rooms?.persist) return null;
      if (await rooms.persisted()) return true;
      return asksPerson && !wanted ? null : rooms.persist();
    }),
    listen: channel.listen,
    close() {
      channel.close();
      connect.close();
    },
  };
}
