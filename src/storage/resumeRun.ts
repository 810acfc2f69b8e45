// Goes on with a saved run: from its last save, or from the one before it where that cannot be read.
import type { RunConfig } from '../core/config';
import type { ArrayFile } from './arrayFile';
import type { Claim } from './claims';
import { type Hold, headerNow } from './hold';
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

/** A worker that was ended, or a tab that crashed, holds on to its locks for up to about two seconds. Heartbeats take their own time. ms. */
export const LEAVING = { tries: 12, pause: 250 } as const;

/** Waits a moment for whoever is on its way out. Throws StorageError: `busy` where somebody has the run and stays. */
export async function claimToResume(hold: Hold, id: string): Promise<Claim> {
  const { claims, world } = hold;
  const saved = async (): Promise<number | null> => {
    const reading = await headerNow(hold, id);
    return 'header' in reading ? reading.header.seq : null;
  };
  let claim = await claims.claim(id);
  const before = claim ? null : await saved();
  for (let tries = 0; world.locks && !claim && tries < LEAVING.tries; tries++) {
    await world.wait(LEAVING.pause);
    claim = await claims.claim(id);
    // Whoever saves is not on its way out, nor was whoever has saved and is through.
    if ((await saved()) === before) continue;
    await claim?.release();
    claim = null;
    break;
  }
  if (!claim) throw busyError();
  return claim;
}

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
