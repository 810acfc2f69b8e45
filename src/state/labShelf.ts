// The lab's results and its queue in IndexedDB, by job key, for all tabs and visits. A record that cannot be read (damaged, or of another
// version of the studio) is left where it is, or moved aside when its place is needed; nothing of that kind is ever deleted.
import { connectTo } from './database';
import { type KeptJob, packJob, packResult, readJob, readResult } from './labRecord';
import type { KnownResult } from './labState';

export interface Kept {
  results: KnownResult[];
  /** In the queue's order: what was asked for last comes first. */
  jobs: KeptJob[];
  /** Records that were left alone. */
  setAside: number;
}

/** All promises reject with what the browser says: storage may be refused, full, or taken away. */
export interface LabShelf {
  readAll(): Promise<Kept>;
  readJobs(): Promise<KeptJob[]>;
  /** null: not there, or set aside. */
  read(key: string): Promise<KnownResult | null>;
  /** Keeps what it can: an error leaves the portions before it. */
  write(known: readonly KnownResult[]): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  queue(jobs: readonly { key: string; kept: KeptJob }[]): Promise<void>;
  unqueue(keys: readonly string[]): Promise<void>;
}

/** Records between two turns of the event loop, so that the page stays quick. */
const AT_ONCE = 40;

/** “0123456789abcdef aside 1”: where an unreadable record of that key goes. */
const asideName = (key: string, taken: readonly IDBValidKey[]): string => {
  let number = 1;
  while (taken.includes(`${key} aside ${number}`)) number++;
  return `${key} aside ${number}`;
};

const inOrder = (jobs: readonly (KeptJob | null)[]): KeptJob[] =>
  jobs.filter((kept) => kept !== null).sort((a, b) => b.at - a.at || a.index - b.index);

/** Rejects when the browser refuses storage. */
export async function openLabShelf(database: string): Promise<LabShelf> {
  const connected = connectTo(database);
  await connected();
  /** What `read` makes of all records of a store; portions are read in transactions of their own, which are turns of the event loop. */
  const readStore = async <T>(
    store: 'study' | 'studyQueue',
    read: (key: string, record: unknown) => T,
  ): Promise<T[]> => {
    const all = await (await connected()).getAllKeys(store);
    const found: T[] = [];
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const range = IDBKeyRange.bound(all[from]!, all[Math.min(from + AT_ONCE, all.length) - 1]!);
      const part = (await connected()).transaction(store).store;
      const [keys, records] = await Promise.all([part.getAllKeys(range), part.getAll(range)]);
      found.push(...records.map((record, i) => read(keys[i]!, record)));
    }
    return found;
  };
  const readJobs = (): Promise<(KeptJob | null)[]> => readStore('studyQueue', readJob);
  const writeSome = async (known: readonly KnownResult[]): Promise<void> => {
    const transaction = (await connected()).transaction('study', 'readwrite');
    const { store } = transaction;
    const there = await Promise.all(known.map(({ result }) => store.get(result.key)));
    const unreadable = known.flatMap(({ result: { key } }, i) =>
      there[i] === undefined || readResult(key, there[i]) !== null ? [] : [{ key, record: there[i] }],
    );
    const taken = unreadable.length > 0 ? await store.getAllKeys() : [];
    await Promise.all([
      ...unreadable.map(({ key, record }) => store.put(record, asideName(key, taken))),
      ...known.map((one) => store.put(packResult(one), one.result.key)),
      transaction.done,
    ]);
  };
  return {
    async readAll() {
      const results = await readStore('study', readResult);
      const jobs = await readJobs();
      return {
        results: results.filter((known) => known !== null),
        jobs: inOrder(jobs),
        setAside: [...results, ...jobs].filter((read) => read === null).length,
      };
    },
    readJobs: async () => inOrder(await readJobs()),
    read: async (key) => readResult(key, await (await connected()).get('study', key)),
    async write(known) {
      for (let from = 0; from < known.length; from += AT_ONCE) await writeSome(known.slice(from, from + AT_ONCE));
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
