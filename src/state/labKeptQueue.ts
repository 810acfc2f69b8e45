// The queue as storage keeps it for later visits, and whose tab each of its jobs is: what an open tab has in its queue is no other tab's to
// offer or to drop.
import { type Job, jobKey } from '../core/study/job';
import type { KeptJob } from './labRecord';
import type { JobLocks, LabChannel } from './labTabs';
import type { SteadyShelf } from './labTrouble';

export interface KeptQueueOptions {
  shelf: SteadyShelf;
  locks: JobLocks;
  channel: LabChannel;
  /** Milliseconds of the day, for the places of kept jobs. */
  today(): number;
  /** Another tab has these in its queue now; none: what `elsewhere` says has changed all the same. */
  onTaken(keys: readonly string[]): void;
  /** Another tab has deleted the records of these: they are done, or dropped there. */
  onDropped(keys: readonly string[]): void;
  /** A tab was closed: what it leaves is for the others. */
  onLeft(): void;
}

export interface KeptQueue {
  /** As this tab's own, in this order and before what is kept already. */
  put(jobs: readonly { key: string; job: Job; again: boolean }[]): void;
  drop(keys: readonly string[]): Promise<void>;
  /** What of the kept jobs no open tab has. */
  free(kept: readonly KeptJob[]): Promise<KeptJob[]>;
  /** Jobs that other open tabs have. */
  elsewhere(): Iterable<string>;
}

export function createKeptQueue(options: KeptQueueOptions): KeptQueue {
  const { shelf, locks, channel } = options;
  const { tab: own } = locks;
  const tabOf = new Map<string, string>();
  const watched = new Set<string>();
  const closed = new Set<string>();

  const watch = async (tab: string): Promise<void> => {
    const isSure = await locks.closed(tab);
    closed.add(tab);
    for (const [key, other] of tabOf) if (other === tab) tabOf.delete(key);
    if (isSure) options.onLeft();
    else options.onTaken([]);
  };
  const note = (tab: string, keys: readonly string[]): void => {
    if (closed.has(tab)) return;
    for (const key of keys) tabOf.set(key, tab);
    if (watched.has(tab)) return;
    watched.add(tab);
    void watch(tab);
  };

  channel.listen((news) => {
    if (news.type === 'lab.queued') {
      note(news.tab, news.keys);
      options.onTaken(news.keys);
    }
    if (news.type === 'lab.unqueued') {
      for (const key of news.keys) if (tabOf.get(key) === news.tab) tabOf.delete(key);
      options.onDropped(news.keys);
    }
  });

  return {
    put(jobs) {
      if (jobs.length === 0) return;
      locks.announce();
      const at = options.today();
      const keys = jobs.map(({ key }) => key);
      for (const key of keys) tabOf.delete(key);
      const kept = jobs.map(({ key, job, again }, index) => ({ key, kept: { job, at, index, again, tab: own } }));
      void shelf.queue(kept).then(() => channel.post({ type: 'lab.queued', keys, tab: own }));
    },
    async drop(keys) {
      if (keys.length === 0) return;
      await shelf.unqueue(keys);
      channel.post({ type: 'lab.unqueued', keys, tab: own });
    },
    async free(kept) {
      const open = await locks.others();
      for (const { tab, job } of kept) if (tab !== undefined && open.has(tab)) note(tab, [jobKey(job)]);
      return kept.filter(({ tab, job }) => tab !== own && !tabOf.has(jobKey(job)));
    },
    elsewhere: () => tabOf.keys(),
  };
}
