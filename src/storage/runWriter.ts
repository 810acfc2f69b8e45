// Writes one run: keeps what it tells until the next save takes it, and lets one save be made at a time. How a save is made: runSave.ts.
import { isReplacedBy, type LogEntry } from '../core/bundle/runLog';
import type { RunConfig } from '../core/config';
import { type ArrayFile, arrayPieces } from './arrayFile';
import type { Claim } from './claims';
import type { Hold } from './hold';
import { ownEntry, type ToldEntry } from './logChunks';
import { newHeader, type RunHeader, type StoredFailure } from './runRecord';
import { headerOf, type Owned, type SaveFacts, storeFailure, storeSave } from './runSave';
import { pointPieces } from './savedPoint';
import { StorageError, storageError, typed } from './storageError';
import { removeUnfinished } from './sweep';
import { freshName } from './world';

export interface RunWriter {
  readonly id: string;
  /**
   * All that the run tells, in order, no event left out; cheap, and stored with the next save. The entries are copied at once, but for their large
   * arrays (logChunks.ts): those must stay as they are, and may not be handed over, until they are stored.
   */
  appendLog(entries: readonly LogEntry[]): void;
  /** A point of the run is taken now, to be committed some time later: what was told before it stays, also where what comes next would replace it. */
  mark(): void;
  /**
   * A save. One at a time; of those that are asked for meanwhile only the last is made, for all of them, so that no more than two points are held. Throws StorageError, after which the save before it is whole, and what this one
   * would have stored goes into the next: `full` names bytes, `busy` and `gone` will not pass. Throws RangeError for a point with more events than the log,
   * Error for one whose facts are no JSON.
   */
  commit(facts: SaveFacts): Promise<RunHeader>;
  /** Notes that the run failed, and why, beside its last save. Throws StorageError. */
  fail(failure: StoredFailure): Promise<void>;
  /** Lets others work on the run. What was not saved is given up. */
  release(): Promise<void>;
}

export interface NewRun {
  /** Of no other run; by default one is drawn. */
  id?: string;
  name: string;
  config: RunConfig;
  /** What the run is made of and cannot be had again; `RunStore.resume` gives it back. */
  source?: ArrayFile | null;
}

/** Entries wait for a save that works. With so many bytes of them waiting after one that did not, the run is no longer saved. */
const MOST_WAITING = 256 << 20;

/** A save that waits for its turn. */
interface Waiting {
  facts: SaveFacts;
  saved: Promise<RunHeader>;
}

/** Of a run that is not there yet. */
export function createFresh(hold: Hold, claim: Claim, id: string, { name, config, source }: NewRun): RunWriter {
  const header = newHeader(id, name, config, hold.world.now());
  const fresh = { header, source: source ? arrayPieces(source) : null };
  return createWriter(hold, claim, { id, owner: freshName(), fresh }, null);
}

/** The claim goes with the writer. `saved`: the run's header, which names the owner; null: it has none yet. */
export function createWriter(hold: Hold, claim: Claim, run: Owned, saved: RunHeader | null): RunWriter {
  let owned = run;
  let header = saved;
  let waiting: ToldEntry[] = [];
  let told = header?.saves[0]?.eventsTold ?? 0;
  /** So many of them are a point's. */
  let marked = told;
  let [hasFailed, isOver] = [false, false];
  /** Never rejects. */
  let underWay: Promise<void> | null = null;
  /** The save that waits for the one under way. */
  let next: Waiting | null = null;
  /** What a save took along whose end was not heard of: it may be stored all the same. */
  let doubtful: ReadonlySet<ToldEntry> | null = null;

  const settleDoubt = async (): Promise<void> => {
    const now = doubtful && (await headerOf(hold, owned));
    if (now && now.owner === owned.owner && now.seq > (header?.seq ?? 0)) {
      header = now;
      owned = { ...owned, fresh: null };
      waiting = waiting.filter((entry) => !doubtful?.has(entry));
    } else if (doubtful && header) {
      // What it had written is of no use.
      await removeUnfinished(hold, header).catch(() => {});
    }
    doubtful = null;
  };

  const save = async (facts: SaveFacts): Promise<RunHeader> => {
    if (isOver) throw givenUpError();
    const { eventsTold } = facts.point;
    if (eventsTold > told) throw new RangeError(`The log has ${told} of the point’s ${eventsTold} events.`);
    const pieces = pointPieces(facts.point);
    await facts.stretches?.pause();
    await settleDoubt();
    const behind = waiting.findIndex((entry) => entry.told > eventsTold);
    const batch = waiting.splice(0, behind < 0 ? waiting.length : behind);
    try {
      header = await storeSave(hold, owned, { first: header?.saves[0]?.logChunks ?? 0, batch, facts, pieces });
    } catch (error) {
      waiting = [...batch, ...waiting];
      hasFailed = true;
      const known = storageError(error);
      if (known.kind === 'hangs') doubtful = new Set(batch);
      throw known;
    }
    owned = { ...owned, fresh: null };
    hasFailed = false;
    return header;
  };

  const start = (facts: SaveFacts): Promise<RunHeader> => {
    const saved = save(facts);
    const over = saved
      .catch(() => {})
      .then(() => {
        if (underWay === over) underWay = null;
      });
    underWay = over;
    return saved;
  };
  const startWaiting = (mine: Waiting): Promise<RunHeader> => {
    next = null;
    return start(mine.facts);
  };

  return {
    id: run.id,
    appendLog(entries) {
      if (isOver) return;
      for (const entry of entries) {
        if ('event' in entry) told++;
        const last = waiting.at(-1);
        if (last && last.told > marked && isReplacedBy(last.entry, entry)) waiting.pop();
        waiting.push(ownEntry(entry, told));
      }
      if (!hasFailed || waiting.reduce((sum, { bytes }) => sum + bytes, 0) <= MOST_WAITING) return;
      isOver = true;
      waiting = [];
    },
    mark() {
      marked = told;
    },
    commit(facts) {
      if (next) {
        next.facts = facts;
        return next.saved;
      }
      if (!underWay) return start(facts);
      const mine: Waiting = { facts, saved: underWay.then(() => startWaiting(mine)) };
      next = mine;
      return mine.saved;
    },
    async fail(failure) {
      await (next?.saved ?? underWay)?.catch(() => {});
      if (!isOver) await typed(storeFailure)(hold, owned, failure);
    },
    async release() {
      await (next?.saved ?? underWay)?.catch(() => {});
      isOver = true;
      waiting = [];
      await claim.release();
    },
  };
}

const givenUpError = (): StorageError =>
  new StorageError(
    'refused',
    'This run is no longer saved: it was let go, or too much of it waited for storage that does not take it.',
    'Export the run when it is done. Its last save can be opened.',
  );
