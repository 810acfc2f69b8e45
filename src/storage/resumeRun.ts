// Goes on with a saved run: from its last save, or from the one before it where that cannot be read.
import type { RunConfig } from '../core/config';
import type { ArrayFile } from './arrayFile';
import type { Claim } from './claims';
import type { Hold } from './hold';
import { type LoadedRun, loadArrays, loadRun } from './loadRun';
import { changeAll } from './runDatabase';
import { packHeader, type RunHeader, readHeader } from './runRecord';
import { createWriter, type RunWriter } from './runWriter';
import { busyError, damagedError, goneError, typed } from './storageError';
import { removeUnfinished } from './sweep';
import { freshName } from './world';

export interface ResumedRun {
  writer: RunWriter;
  run: LoadedRun;
  /** What was kept with it (`NewRun.source`); null: nothing. Throws StorageError. */
  source(): Promise<ArrayFile | null>;
}

/** The settings that a run goes on with, from those it had. */
export type ChangeConfig = (config: RunConfig) => RunConfig;

/** The claim goes with the writer. Throws StorageError. */
export async function resumeRun(
  hold: Hold,
  claim: Claim,
  id: string,
  change: ChangeConfig = (config) => config,
): Promise<ResumedRun> {
  const run = await loadRun(hold, id, { withPoint: true });
  const owner = freshName();
  const header = await changeAll(await hold.connect(), ['runs'], async (tx) => {
    const raw: unknown = await tx.objectStore('runs').get(id);
    if (raw === undefined) throw goneError();
    const now = readHeader(id, raw, hold.migrations.header);
    if ('problem' in now) throw damagedError(now.problem);
    // Only a tab that was taken for gone can have saved meanwhile.
    if (now.header.seq !== run.header.seq) throw busyError();
    const mine: RunHeader = { ...from(now.header, run), config: change(now.header.config), owner, trouble: null };
    await tx.objectStore('runs').put(packHeader(mine), id);
    return mine;
  });
  await removeUnfinished(hold, header);
  return {
    run: { ...run, header },
    writer: createWriter(hold, claim, { id, owner, fresh: null }, header),
    source: typed(async () => header.source && loadArrays(hold, id, header.source)),
  };
}

/** The header with the save that was read as its last one. A snapshot that could not be read is set aside. */
function from(header: RunHeader, { save }: LoadedRun): RunHeader {
  const [last] = header.saves;
  if (last!.point.name === save.point.name) return header;
  return {
    ...header,
    saves: [save],
    damaged: [...header.damaged, last!.point],
    logFiles: header.logFiles.filter(({ chunk }) => chunk < save.logChunks),
  };
}
