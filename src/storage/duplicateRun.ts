// A copy of a saved run at its last save, with files of its own: what happens to the one never touches the other.
import { claimed } from './claims';
import { freeRoom, type Hold, headerNow } from './hold';
import { readChunk } from './logChunks';
import { changeAll, nextSeq, putOne } from './runDatabase';
import { bytesOf, packHeader, type RunHeader, type ShelfFile } from './runRecord';
import { damagedError, fullError, storageError } from './storageError';
import { purgeRun } from './sweep';
import { freshName, pauses } from './world';

/** Throws StorageError, after which nothing of the copy is left. */
export async function duplicateRun(hold: Hold, from: string, name: string): Promise<RunHeader> {
  const reading = await headerNow(hold, from);
  if ('problem' in reading) throw damagedError(reading.problem);
  const to = freshName();
  const claim = await claimed(hold.claims, to);
  try {
    const copy = await copyRun(hold, reading.header, to, name);
    hold.channel.post({ type: 'run.saved', run: to });
    return copy;
  } catch (error) {
    await purgeRun(hold, to).catch(() => {});
    const known = storageError(error);
    if (known.kind !== 'full') throw known;
    throw fullError({ wanted: bytesOf(reading.header), free: await freeRoom(hold) }, error);
  } finally {
    await claim.release();
  }
}

/** The record comes last: what is killed before is swept. */
async function copyRun(hold: Hold, header: RunHeader, to: string, name: string): Promise<RunHeader> {
  const from = header.id;
  const save = header.saves[0]!;
  const copied = async (file: ShelfFile): Promise<ShelfFile> => {
    const copy = await hold.shelves.copy(from, to, file);
    if (copy.crc !== file.crc || copy.bytes !== file.bytes) throw damagedError('A file of the saved run is damaged.');
    return copy;
  };
  const point = await copied(save.point);
  const logFiles: { chunk: number; file: ShelfFile }[] = [];
  for (const { chunk, file } of header.logFiles) logFiles.push({ chunk, file: await copied(file) });
  const source = header.source && (await copied(header.source));
  const db = await hold.connect();
  const pause = pauses(hold.world);
  for (let number = 0; number < save.logChunks; number++) {
    const chunk = readChunk(from, number, await db.get('chunks', [from, number]), hold.migrations.chunk);
    await putOne(db, 'chunks', [to, number], { ...chunk, run: to });
    await pause();
  }
  return changeAll(db, ['runs', 'meta'], async (tx) => {
    const copy: RunHeader = {
      ...header,
      ...{ id: to, name, createdAt: hold.world.now(), seq: await nextSeq(tx), owner: '', trouble: null, damaged: [] },
      ...{ saves: [{ ...save, point }], logFiles, source, lineage: { id: from, name: header.name } },
      status: header.status === 'running' ? 'paused' : header.status,
    };
    await tx.objectStore('runs').put(packHeader(copy), to);
    return copy;
  });
}
