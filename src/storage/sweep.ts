// Clears away what is nobody's: parts of saves that were not finished, and runs that were deleted. Runs that a tab works on are left alone, and so is
// everything of a run whose record cannot be read.
import { type Hold, recordOf } from './hold';
import { beginningWith, changeAll, deleteFrom, runsIn } from './runDatabase';
import { filesOf, type RunHeader, readHeader } from './runRecord';

/** All runs that have anything anywhere. Rejects with what the storage throws. */
export async function sweepAll(hold: Hold): Promise<void> {
  const db = await hold.connect();
  const known = await Promise.all([
    ...[db.getAllKeys('runs'), db.getAllKeys('removed'), runsIn(db, 'chunks'), hold.shelves.runs()],
  ]);
  for (const run of new Set(known.flat())) {
    const claim = await hold.claims.claim(run);
    if (!claim) continue;
    try {
      await sweepRun(hold, run);
    } finally {
      await claim.release();
    }
  }
}

async function sweepRun(hold: Hold, run: string): Promise<void> {
  const [raw, removed] = await recordOf(await hold.connect(), run);
  if (raw === undefined || removed !== undefined) return purgeRun(hold, run);
  const reading = readHeader(run, raw, hold.migrations.header);
  if ('header' in reading) await removeUnfinished(hold, reading.header);
}

/** Removes what lies behind a header's last save: parts of saves that were not finished. The run must be claimed. */
export async function removeUnfinished({ shelves, connect }: Hold, header: RunHeader): Promise<void> {
  const { id, saves } = header;
  const kept = filesOf(header);
  for (const name of await shelves.names(id)) if (!kept.has(name)) await shelves.remove(id, name);
  await deleteFrom(await connect(), 'chunks', IDBKeyRange.bound([id, saves[0]!.logChunks], [id, []]));
}

/** All of a run, its record last: what is killed in between is done by the next sweep. The run must be claimed. */
export async function purgeRun({ shelves, connect }: Hold, run: string): Promise<void> {
  await shelves.removeRun(run);
  await changeAll(await connect(), ['runs', 'chunks', 'removed'], async (tx) => {
    await tx.objectStore('chunks').delete(beginningWith(run));
    await tx.objectStore('runs').delete(run);
    await tx.objectStore('removed').delete(run);
  });
}
