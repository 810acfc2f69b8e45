// The lab's results and its queue in IndexedDB, by job key, for all tabs and visits. A record that cannot be read (damaged, or of another
// version of the studio) is left where it is, or moved aside when its place is needed; nothing of that kind is ever deleted.
import { connectTo } from './database';
import { type KeptJob, packJob, packResult, readJob, readResult } from './labRecord';
import type { KnownResult } from './labState';

export interface Kept {
  results: KnownResult[];
  /** In the queue's order. */
  jobs: KeptJob[];
  /** Records that were left alone. */
  setAside: number;
}

/** All promises reject with what the browser says: storage may be refused, full, or taken away. */
export interface LabShelf {
  readAll(): Promise<Kept>;
  /** null: not there, or set aside. */
  read(key: string): Promise<KnownResult | null>;
  write(known: KnownResult): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  queue(jobs: readonly { key: string; kept: KeptJob }[]): Promise<void>;
  unqueue(keys: readonly string[]): Promise<void>;
}

/** “0123456789abcdef aside 1”: where an unreadable record of that key goes. */
const asideName = (key: string, taken: readonly IDBValidKey[]): string => {
  let number = 1;
  while (taken.includes(`${key} aside ${number}`)) number++;
  return `${key} aside ${number}`;
};

/** Rejects when the browser refuses storage. */
export async function openLabShelf(database: string): Promise<LabShelf> {
  const connected = connectTo(database);
  await connected();
  return {
    async readAll() {
      const transaction = (await connected()).transaction(['study', 'studyQueue']);
      const [study, queue] = [transaction.objectStore('study'), transaction.objectStore('studyQueue')];
      const [keys, records, jobKeys, jobRecords] = await Promise.all([
        ...([study.getAllKeys(), study.getAll(), queue.getAllKeys(), queue.getAll()] as const),
      ]);
      const results = records.map((record, i) => readResult(keys[i]!, record));
      const jobs = jobRecords.map((record, i) => readJob(jobKeys[i]!, record));
      return {
        results: results.filter((known) => known !== null),
        jobs: jobs.filter((kept) => kept !== null).sort((a, b) => a.at - b.at || a.index - b.index),
        setAside: [...results, ...jobs].filter((read) => read === null).length,
      };
    },
    read: async (key) => readResult(key, await (await connected()).get('study', key)),
    async write(known) {
      const { key } = known.result;
      const transaction = (await connected()).transaction('study', 'readwrite');
      const [there, taken] = await Promise.all([transaction.store.get(key), transaction.store.getAllKeys()]);
      const isReadable = there === undefined || readResult(key, there) !== null;
      await Promise.all([
        ...(isReadable ? [] : [transaction.store.put(there, asideName(key, taken))]),
        transaction.store.put(packResult(known), key),
        transaction.done,
      ]);
    },
    async remove(keys) {
      const transaction = (await connected()).transaction('study', 'readwrite');
      await Promise.all([...keys.map((key) => transaction.store.delete(key)), transaction.done]);
    },
    async queue(jobs) {
      const transaction = (await connected()).transaction('studyQueue', 'readwrite');
      await Promise.all([...jobs.map(({ key, kept }) => transaction.store.put(packJob(kept), key)), transaction.done]);
    },
    async unqueue(keys) {
      const transaction = (await connected()).transaction('studyQueue', 'readwrite');
      await Promise.all([...keys.map((key) => transaction.store.delete(key)), transaction.done]);
    },
  };
}
