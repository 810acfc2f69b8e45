// The results that the lab knows: recorded ones, and before them its own (computed here or read from files), which are kept for later visits
// and shared with the other tabs.
import type { StudyResult } from '../core/study/result';
import type { Imported, KnownResult } from './labState';
import type { LabChannel } from './labTabs';
import type { SteadyShelf } from './labTrouble';

export interface LabResults {
  /** Own or recorded. */
  has(key: string): boolean;
  /** Own ones; in storage, too, when another tab has computed it since. */
  lookUp(key: string): Promise<KnownResult | null>;
  /** Known at once; resolves when they are kept as well as they can be. */
  keep(known: readonly KnownResult[]): Promise<void>;
  /** Gives back what was removed: own results only. */
  remove(keys: readonly string[]): KnownResult[];
  takeRecorded(results: readonly StudyResult[]): void;
  /** From storage, at the beginning. */
  takeKept(kept: readonly KnownResult[]): void;
  /** Of a file's results those that are new, each once: own ones stay as they are. Resolves when they are kept as well as they can be. */
  takeFile(results: readonly StudyResult[]): Promise<Imported>;
}

/** Results between two rests, so that the page stays quick. */
const AT_ONCE = 40;

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Everything that was measured, as text: time and backend are no part of it. */
const numbersOf = (result: StudyResult): string =>
  JSON.stringify({ ...result, seconds: 0, backend: '' }, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

/** The same numbers? */
const isSame = (a: StudyResult, b: StudyResult): boolean => a === b || numbersOf(a) === numbersOf(b);

export function createLabResults(
  shelf: SteadyShelf,
  channel: LabChannel,
  publish: (results: ReadonlyMap<string, KnownResult>) => void,
): LabResults {
  const recorded = new Map<string, KnownResult>();
  const own = new Map<string, KnownResult>();
  const changed = (): void => publish(new Map([...recorded, ...own]));

  const lookUp: LabResults['lookUp'] = async (key) => {
    const known = own.get(key) ?? (await shelf.read(key));
    if (known && !own.has(key)) {
      own.set(key, known);
      changed();
    }
    return known;
  };

  channel.listen((news) => {
    if (news.type === 'lab.kept') void takeFromOther(news.keys);
    if (news.type === 'lab.removed' && news.keys.filter((key) => own.delete(key)).length > 0) changed();
  });
  const takeFromOther = async (keys: readonly string[]): Promise<void> => {
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      const read = await Promise.all(keys.slice(from, from + AT_ONCE).map((key) => shelf.read(key)));
      for (const known of read) if (known) own.set(known.result.key, known);
    }
    changed();
  };
  const keep: LabResults['keep'] = async (known) => {
    if (known.length === 0) return;
    for (const one of known) own.set(one.result.key, one);
    changed();
    await shelf.write(known);
    channel.post({ type: 'lab.kept', keys: known.map(({ result }) => result.key) });
  };

  return {
    has: (key) => own.has(key) || recorded.has(key),
    lookUp,
    keep,
    remove(keys) {
      const removed = keys.flatMap((key) => own.get(key) ?? []);
      if (removed.length === 0) return [];
      const removedKeys = removed.map(({ result }) => result.key);
      for (const key of removedKeys) own.delete(key);
      changed();
      void shelf.remove(removedKeys).then(() => channel.post({ type: 'lab.removed', keys: removedKeys }));
      return removed;
    },
    takeRecorded(results) {
      for (const result of results) recorded.set(result.key, { result, origin: 'recorded' });
      changed();
    },
    takeKept(kept) {
      for (const known of kept) if (!own.has(known.result.key)) own.set(known.result.key, known);
      changed();
    },
    async takeFile(results) {
      const added = new Map<string, StudyResult>();
      let same = 0;
      let different = 0;
      for (const [i, result] of results.entries()) {
        if (i > 0 && i % AT_ONCE === 0) await rest();
        const there = own.get(result.key)?.result ?? added.get(result.key);
        const isRecorded = (): boolean => {
          const known = recorded.get(result.key);
          return known !== undefined && isSame(known.result, result);
        };
        if (there) isSame(there, result) ? same++ : different++;
        else if (isRecorded()) same++;
        else added.set(result.key, result);
      }
      await keep([...added.values()].map((result) => ({ result, origin: 'file' })));
      return { added: added.size, same, different };
    },
  };
}
