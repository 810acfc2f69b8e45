// Writes one run: its log and its points. A save is whole or it is not there: log and snapshot are written under new names first, then one transaction moves
// the header to them, and what it no longer names is removed after. A tab killed anywhere leaves the save before, and rubbish that sweep.ts finds.
import { isReplacedBy, type LogEntry, type LogPhase } from '../core/bundle/runLog';
import type { RunConfig } from '../core/config';
import { type ArrayPieces, arrayPieces } from './arrayFile';
import type { Claim } from './claims';
import { freeRoom, type Hold } from './hold';
import { ownEntry, packLog, type ToldEntry } from './logChunks';
import { changeAll, nextSeq, type Writing } from './runDatabase';
import { filesOf, packHeader, type RunHeader, readHeader, type Save, type ShelfFile } from './runRecord';
import { pointPieces, type SavedPoint } from './savedPoint';
import { busyError, damagedError, fullError, goneError, isFull, StorageError, storageError } from './storageError';
import { freshName } from './world';

export interface SaveFacts {
  point: SavedPoint;
  status: LogPhase;
  /** Numbers for lists. */
  glance: Readonly<Record<string, number | null>>;
}

export interface RunWriter {
  readonly id: string;
  /**
   * All that the run tells, in order, no event left out; cheap, and stored with the next save. The entries are copied at once, so that their arrays may be
   * handed over afterwards.
   */
  appendLog(entries: readonly LogEntry[]): void;
  /**
   * A save. One at a time; those that are asked for meanwhile wait. Throws StorageError, after which the save before it is whole, and what this one
   * would have stored goes into the next: `full` names bytes, `busy` and `gone` will not pass. Throws RangeError for a point with more events than the log,
   * Error for one whose facts are no JSON.
   */
  commit(facts: SaveFacts): Promise<RunHeader>;
  /** Lets others work on the run. What was not saved is given up. */
  release(): Promise<void>;
}

export interface NewRun {
  name: string;
  config: RunConfig;
}

/** Entries wait for a save that works. With so many bytes of them waiting after one that did not, the run is no longer saved. */
const MOST_WAITING = 256 << 20;

export type Start = { fresh: NewRun & { id: string } } | { header: RunHeader; owner: string };

/** The claim goes with the writer. `start`: a run that is not there yet, or the header of one that `owner` has been written into. */
export function createWriter(hold: Hold, claim: Claim, start: Start): RunWriter {
  const { shelves, world, channel } = hold;
  const id = 'fresh' in start ? start.fresh.id : start.header.id;
  const owner = 'fresh' in start ? freshName() : start.owner;
  let header = 'fresh' in start ? null : start.header;
  let waiting: ToldEntry[] = [];
  let told = header?.saves[0]?.eventsTold ?? 0;
  let [hasFailed, isOver] = [false, false];
  let last: Promise<unknown> = Promise.resolve();

  const headerOf = (save: Save, facts: SaveFacts, now: RunHeader | null, seq: number): RunHeader => ({
    ...(now ?? newHeader(start, world.now())),
    ...{ id, seq, owner, trouble: null, status: facts.status, glance: { ...facts.glance } },
    saves: [save, ...(now?.saves.slice(0, 1) ?? [])],
  });

  const save = async (facts: SaveFacts, pieces: ArrayPieces): Promise<RunHeader> => {
    const { point } = facts;
    const behind = waiting.findIndex((entry) => entry.told > point.eventsTold);
    const batch = waiting.splice(0, behind < 0 ? waiting.length : behind);
    const first = header?.saves[0]?.logChunks ?? 0;
    const log = packLog(id, first, `log-${freshName()}`, batch);
    const arrays = log.arrays.size > 0 ? arrayPieces({ text: '{}', arrays: log.arrays }) : null;
    const files: string[] = [];
    const write = (name: string, file: ArrayPieces): Promise<ShelfFile> => {
      files.push(name);
      return shelves.write(id, name, file);
    };
    try {
      const logFile = arrays && { chunk: first, file: await write(String(log.chunks[0]!.file), arrays) };
      for (const [i, chunk] of log.chunks.entries()) {
        await changeOwn(['chunks'], (tx) => tx.objectStore('chunks').put(chunk, [id, first + i]));
        await world.turn();
      }
      const { stage, done, total } = point.place;
      const made: Save = {
        ...{ savedAt: world.now(), place: { stage, done, total }, eventsTold: point.eventsTold },
        ...{ logChunks: first + log.chunks.length, point: await write(`point-${freshName()}`, pieces) },
      };
      const [before, after] = await changeOwn(['meta'], async (tx, now) => {
        const seq = Math.max(await nextSeq(tx), (now?.seq ?? 0) + 1);
        const next = headerOf(made, facts, now, seq);
        const moved: RunHeader = {
          ...next,
          logBytes: next.logBytes + log.bytes,
          logFiles: logFile ? [...next.logFiles, logFile] : next.logFiles,
        };
        await tx.objectStore('runs').put(packHeader(moved), id);
        return [now, moved] as const;
      });
      header = after;
      const kept = filesOf(after);
      // What is left behind here the next sweep finds.
      for (const name of before ? filesOf(before) : [])
        if (!kept.has(name)) await shelves.remove(id, name).catch(() => {});
      channel.post({ type: 'run.saved', run: id });
      return after;
    } catch (error) {
      waiting = [...batch, ...waiting];
      for (const name of files) await shelves.remove(id, name).catch(() => {});
      if (!isFull(error) && !(error instanceof StorageError && error.kind === 'full')) throw error;
      const wanted = pieces.bytes + (arrays?.bytes ?? 0) + log.bytes;
      throw fullError({ wanted, free: await freeRoom(hold) }, error);
    }
  };

  /** In one transaction with the header, which must be ours still. */
  const changeOwn = async <T>(
    names: readonly ('chunks' | 'meta')[],
    work: (tx: Writing, now: RunHeader | null) => Promise<T>,
  ): Promise<T> =>
    changeAll(await hold.connect(), ['runs', 'removed', ...names], async (tx) => {
      const [raw, removed] = await Promise.all([tx.objectStore('runs').get(id), tx.objectStore('removed').getKey(id)]);
      if (removed !== undefined || (raw === undefined && header !== null)) throw goneError();
      if (raw === undefined) return work(tx, null);
      const now = readHeader(id, raw, hold.migrations.header);
      if ('problem' in now) throw damagedError(now.problem);
      if (now.header.owner !== owner) throw busyError();
      return work(tx, now.header);
    });

  return {
    id,
    appendLog(entries) {
      if (isOver) return;
      for (const entry of entries) {
        if ('event' in entry) told++;
        const one = ownEntry(entry, told);
        if (isReplacedBy(waiting.at(-1)?.entry, entry)) waiting.pop();
        waiting.push(one);
      }
      if (!hasFailed || waiting.reduce((sum, { bytes }) => sum + bytes, 0) <= MOST_WAITING) return;
      isOver = true;
      waiting = [];
    },
    commit(facts) {
      const next = last.then(async () => {
        if (isOver) throw givenUpError();
        const { point } = facts;
        if (point.eventsTold > told)
          throw new RangeError(`The log has ${told} of the point’s ${point.eventsTold} events.`);
        const pieces = pointPieces(point);
        try {
          const saved = await save(facts, pieces);
          hasFailed = false;
          return saved;
        } catch (error) {
          hasFailed = true;
          throw storageError(error);
        }
      });
      last = next.catch(() => {});
      return next;
    },
    async release() {
      isOver = true;
      await last;
      waiting = [];
      await claim.release();
    },
  };
}

const givenUpError = (): StorageError =>
  new StorageError(
    'refused',
    'This run is no longer saved: too much of it waits for storage that does not take it.',
    'Export the run when it is done. Its last save can be opened.',
  );

function newHeader(start: Start, createdAt: number): RunHeader {
  if (!('fresh' in start)) throw goneError();
  const { id, name, config } = start.fresh;
  return {
    ...{ id, name, config, createdAt, seq: 0, status: 'running', saves: [], logFiles: [], logBytes: 0 },
    ...{ lineage: null, glance: {}, owner: '', trouble: null, damaged: [] },
  };
}
