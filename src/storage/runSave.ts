// One save of a run, whole or not there: log and point are written under new names first, then one transaction moves the header to them, and what it no
// longer names is removed after. A tab killed anywhere leaves the save before, and rubbish that sweep.ts finds.
import type { LogPhase } from '../core/bundle/runLog';
import type { Stretches } from '../core/stretches';
import { type ArrayPieces, arrayPieces } from './arrayFile';
import { freeRoom, type Hold, recordOf } from './hold';
import { wholeHeader } from './loadRun';
import { packLog, type ToldEntry } from './logChunks';
import { changeAll, nextSeq, type Writing } from './runDatabase';
import {
  filesOf,
  packHeader,
  type RunHeader,
  readHeader,
  type Save,
  type ShelfFile,
  type StoredFailure,
} from './runRecord';
import type { SavedPoint } from './savedPoint';
import { busyError, damagedError, fullError, goneError, storageError } from './storageError';
import { freshName, stretchesOf } from './world';

export interface SaveFacts {
  point: SavedPoint;
  /** Sets the pace of a save beside a run; without it there is one of the store's own. */
  stretches?: Stretches;
  status: LogPhase;
  /** Numbers for lists. */
  glance: Readonly<Record<string, number | null>>;
}

/** Of a run that was never saved: its header, and what it was made of, where that is to be kept. */
export interface FreshRun {
  header: RunHeader;
  source: ArrayPieces | null;
}

/** A run that one tab works on. */
export interface Owned {
  id: string;
  /** As its header must say. */
  owner: string;
  /** What its first save begins with; null: there was one. */
  fresh: FreshRun | null;
}

export interface SaveParts {
  facts: SaveFacts;
  /** The point's. */
  pieces: ArrayPieces;
  /** The log since the last save, and the number of its first portion. */
  batch: readonly ToldEntry[];
  first: number;
}

/** Gives the new header. Throws StorageError; then nothing has changed. */
export async function storeSave(hold: Hold, owned: Owned, parts: SaveParts): Promise<RunHeader> {
  const { shelves, channel } = hold;
  const { id } = owned;
  const { stretches = stretchesOf(hold.world) } = parts.facts;
  const written: string[] = [];
  let moved: { before: RunHeader; after: RunHeader };
  try {
    moved = await writeAndMove(hold, owned, { ...parts, stretches }, written);
  } catch (error) {
    const known = storageError(error);
    // Of storage that hangs it is not known what it has done, and asking it more helps nobody: the next sweep looks.
    if (known.kind === 'hangs') throw known;
    for (const name of written) await shelves.remove(id, name).catch(() => {});
    if (known.kind !== 'full') throw known;
    const source = owned.fresh?.source?.bytes ?? 0;
    const wanted = source + parts.pieces.bytes + parts.batch.reduce((sum, { bytes }) => sum + bytes, 0);
    throw fullError({ wanted, free: await freeRoom(hold) }, error);
  }
  // From here on it is saved. What is left behind now the next sweep finds.
  const kept = filesOf(moved.after);
  for (const name of filesOf(moved.before))
    if (!kept.has(name)) await stretches.away(shelves.remove(id, name).catch(() => {}));
  channel.post({ type: 'run.saved', run: id });
  return moved.after;
}

const short = (text: string): string => text.slice(0, 5000);

/** Lists then say that the run failed, and why, until it is saved again. A run that was never saved has no place for it. Throws StorageError. */
export async function storeFailure(hold: Hold, owned: Owned, failure: StoredFailure): Promise<void> {
  if (owned.fresh) return;
  await changeOwned(hold, owned, [], async (tx, before) => {
    const { cause, message, next } = failure;
    const told = { cause, message: short(message), next: short(next) };
    await tx.objectStore('runs').put(packHeader({ ...before, status: 'failed', failure: told }), owned.id);
  });
  hold.channel.post({ type: 'run.changed', run: owned.id });
}

/** `written` gets the names of all files that may be there afterwards. */
async function writeAndMove(
  hold: Hold,
  owned: Owned,
  { facts, pieces, batch, first, stretches }: SaveParts & { stretches: Stretches },
  written: string[],
) {
  const { id, owner } = owned;
  const { point, status, glance } = facts;
  const write = (name: string, file: ArrayPieces): Promise<ShelfFile> => {
    written.push(name);
    return hold.shelves.write(id, name, file, stretches);
  };
  const source = owned.fresh?.source && (await write(`source-${freshName()}`, owned.fresh.source));
  const logName = `log-${freshName()}`;
  const log = packLog(id, first, logName, batch);
  const logFile =
    log.arrays.size > 0
      ? [{ chunk: first, file: await write(logName, arrayPieces({ text: '{}', arrays: log.arrays })) }]
      : [];
  for (const [i, chunk] of log.chunks.entries()) {
    const put = changeOwned(hold, owned, ['chunks'], (tx) => tx.objectStore('chunks').put(chunk, [id, first + i]));
    await stretches.away(put.then(() => hold.world.turn()));
  }
  const save: Save = {
    ...{ savedAt: hold.world.now(), place: point.place && { ...point.place }, eventsTold: point.eventsTold },
    ...{ logChunks: first + log.chunks.length, point: await write(`point-${freshName()}`, pieces) },
  };
  const moved = changeOwned(hold, owned, ['meta'], async (tx, before) => {
    const seq = Math.max(await nextSeq(tx), before.seq + 1);
    const after: RunHeader = {
      ...before,
      ...{ seq, owner, status, glance: { ...glance }, trouble: null, failure: null },
      saves: [save, ...before.saves.slice(0, 1)],
      logFiles: [...before.logFiles, ...logFile],
      logBytes: before.logBytes + log.bytes,
      source: source ?? before.source,
    };
    await tx.objectStore('runs').put(packHeader(after), id);
    return { before, after };
  });
  return stretches.away(moved);
}

/** As it is stored now; null where it never was. Throws StorageError. */
export async function headerOf(hold: Hold, { id, fresh }: Owned): Promise<RunHeader | null> {
  const [raw, removed] = await recordOf(await hold.connect(), id);
  if (raw === undefined && removed === undefined && fresh) return null;
  return wholeHeader(hold, id);
}

/** In one transaction with the header, which must be ours still: a tab that slept may have been taken for gone. */
async function changeOwned<T>(
  hold: Hold,
  { id, owner, fresh }: Owned,
  names: readonly ('chunks' | 'meta')[],
  work: (tx: Writing, now: RunHeader) => Promise<T>,
): Promise<T> {
  return changeAll(await hold.connect(), ['runs', 'removed', ...names], async (tx) => {
    const [raw, removed] = await Promise.all([tx.objectStore('runs').get(id), tx.objectStore('removed').getKey(id)]);
    if (removed !== undefined) throw goneError();
    if (raw === undefined) {
      if (!fresh) throw goneError();
      return work(tx, fresh.header);
    }
    const now = readHeader(id, raw, hold.migrations.header);
    if ('problem' in now) throw damagedError(now.problem);
    if (now.header.owner !== owner) throw busyError();
    return work(tx, now.header);
  });
}
