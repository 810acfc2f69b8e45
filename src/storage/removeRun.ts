// Deletes a run so that it can be taken back: first it is only marked, and hidden.
import type { Claim } from './claims';
import type { Hold } from './hold';
import { deleteFrom, putOne } from './runDatabase';
import { goneError, typed } from './storageError';
import { purgeRun } from './sweep';

/** A deleted run, as long as this tab is open: one of the two is called, once. Where neither was, the next visit's sweep purges it. */
export interface RemovedRun {
  undo(): Promise<void>;
  /** Frees its room. */
  purge(): Promise<void>;
}

/** The claim keeps others from purging it. Throws StorageError. */
export async function removeRun(hold: Hold, claim: Claim, id: string): Promise<RemovedRun> {
  const { connect, channel } = hold;
  const db = await connect();
  if ((await db.getKey('runs', id)) === undefined) throw goneError();
  await putOne(db, 'removed', id, true);
  channel.post({ type: 'run.removed', run: id });
  const ending = (work: () => Promise<void>): (() => Promise<void>) =>
    typed(async () => {
      await work();
      channel.post({ type: 'run.removed', run: id });
      await claim.release();
    });
  return {
    undo: ending(async () => deleteFrom(await connect(), 'removed', id)),
    purge: ending(() => purgeRun(hold, id)),
  };
}
