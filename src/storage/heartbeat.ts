// Who works on a run, where there are no locks: the owner counts on in a record, and whoever sees that it stands still takes over. No clock is read, since
// clocks jump and computers sleep: only the counting is looked at, several times over. A tab that slept for long may be taken for gone; its saves are
// then refused (the header names its owner, runWriter.ts), so that this costs nothing but its way on.
import * as v from 'valibot';
import type { Claim, Claims } from './claims';
import { type Connection, changeAll, readAll, type Writing } from './runDatabase';
import { freshName, type World } from './world';

/** Milliseconds between two beats. Background tabs are held to one a second. */
export const BEAT = 1000;
/** Looks, one a beat, of which none must find it counted on. After a sleep the owner's next beat comes before the last of them. */
export const LOOKS = 5;

const claimSchema = v.object({ owner: v.string(), beat: v.number() });
type Beat = v.InferOutput<typeof claimSchema>;

/** A record of no meaning stands still like one whose owner is gone. */
const beatOf = (raw: unknown): Beat | null => {
  if (raw === undefined) return null;
  const parsed = v.safeParse(claimSchema, raw);
  return parsed.success ? parsed.output : { owner: '', beat: -1 };
};

export function createHeartbeats({ wait }: Pick<World, 'wait'>, connect: Connection): Claims {
  const change = async <T>(work: (tx: Writing) => Promise<T>): Promise<T> =>
    changeAll(await connect(), ['claims'], work);

  /** Null: it is mine now. Else who has it, so far as this one was not seen before. */
  const take = (run: string, owner: string, seen: Beat | null): Promise<Beat | null> =>
    change(async (tx) => {
      const store = tx.objectStore('claims');
      const there = beatOf(await store.get(run));
      const isFree = !there || (seen !== null && there.owner === seen.owner && there.beat === seen.beat);
      if (isFree) await store.put({ owner, beat: 0 } satisfies Beat, run);
      return isFree ? null : there;
    });

  /** False: somebody else has it. */
  const beat = (run: string, owner: string): Promise<boolean> =>
    change(async (tx) => {
      const store = tx.objectStore('claims');
      const there = beatOf(await store.get(run));
      if (there?.owner !== owner) return false;
      await store.put({ owner, beat: there.beat + 1 } satisfies Beat, run);
      return true;
    });

  const all = async (): Promise<ReadonlyMap<string, Beat>> => {
    const [runs, beats] = await readAll(await connect(), ['claims'], (tx) => {
      const store = tx.objectStore('claims');
      return Promise.all([store.getAllKeys(), store.getAll()]);
    });
    return new Map(runs.map((run, i) => [run, beatOf(beats[i]) ?? { owner: '', beat: -1 }]));
  };

  const hold = (run: string, owner: string): Claim => {
    let isHeld = true;
    const beating = async (): Promise<void> => {
      while (isHeld) {
        await wait(BEAT);
        // A beat that could not be stored is followed by the next one.
        if (isHeld) isHeld = await beat(run, owner).catch(() => true);
      }
    };
    void beating();
    return {
      async release() {
        isHeld = false;
        await change(async (tx) => {
          const store = tx.objectStore('claims');
          if (beatOf(await store.get(run))?.owner === owner) await store.delete(run);
        });
      },
    };
  };

  return {
    async claim(run) {
      const owner = freshName();
      const seen = await take(run, owner, null);
      if (!seen) return hold(run, owner);
      for (let look = 1; look < LOOKS; look++) {
        await wait(BEAT);
        const now = beatOf(await (await connect()).get('claims', run));
        if (now && (now.owner !== seen.owner || now.beat !== seen.beat)) return null;
      }
      await wait(BEAT);
      return (await take(run, owner, seen)) ? null : hold(run, owner);
    },
    async taken() {
      const first = await all();
      const counting = new Set<string>();
      for (let look = 1; look <= LOOKS && counting.size < first.size; look++) {
        await wait(BEAT);
        for (const [run, { owner, beat: at }] of await all()) {
          const seen = first.get(run);
          if (!seen || seen.owner !== owner || seen.beat !== at) counting.add(run);
        }
      }
      return counting;
    },
  };
}
