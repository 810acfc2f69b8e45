// What a saved run has told since it was last read: of its log only the new portions are read, however long it is.
import type { LogEntry } from '../core/bundle/runLog';
import type { Hold } from './hold';
import { type LoadedRun, loadLog, TRIES, wholeHeader } from './loadRun';
import type { RunHeader, Save } from './runRecord';
import { storageError } from './storageError';

/** How far somebody has read a run. */
export interface Reached {
  readonly seq: number;
  readonly logChunks: number;
  readonly eventsTold: number;
  /** How many snapshots had turned out to be damaged: with each the run went back to an earlier save. */
  readonly damaged: number;
}

export interface MoreOfRun {
  header: RunHeader;
  reached: Reached;
  /** Behind what was read before. */
  log: LogEntry[];
  /** What could not be read and was left out, as sentences. */
  problems: string[];
}

const reachedOf = ({ seq, damaged }: RunHeader, { logChunks, eventsTold }: Save): Reached => ({
  ...{ seq, logChunks, eventsTold, damaged: damaged.length },
});

export const reachedBy = ({ header, save }: Pick<LoadedRun, 'header' | 'save'>): Reached => reachedOf(header, save);

/** Null: the run has gone back behind what was read, so that it is to be read anew. Throws StorageError: `gone`, `damaged`. */
export async function followRun(hold: Hold, run: string, from: Reached): Promise<MoreOfRun | null> {
  for (let left = TRIES; ; left--) {
    const header = await wholeHeader(hold, run);
    const save = header.saves[0]!;
    const isOther = save.eventsTold < from.eventsTold || save.logChunks < from.logChunks;
    if (isOther || header.damaged.length !== from.damaged) return null;
    if (header.seq === from.seq) return { header, reached: from, log: [], problems: [] };
    try {
      return { header, reached: reachedOf(header, save), ...(await loadLog(hold, header, save, from)) };
    } catch (error) {
      const known = storageError(error);
      const mayPass = known.kind === 'damaged' || known.kind === 'gone';
      // It was saved, or gone on with, in the middle of that.
      if (!mayPass || left === 0 || (await wholeHeader(hold, run)).seq === header.seq) throw known;
    }
  }
}
