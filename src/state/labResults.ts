// The results that the lab knows: recorded ones, and before them its own (computed here or read from files), which are kept for later visits
// and shared with the other tabs.
import type { StudyResult } from '../core/study/result';
import type { KnownResult } from './labState';
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
  /** Which of a file's results are new, each once; those that are known to the last digit, or computed here, are not. */
  unknownOf(results: readonly StudyResult[]): StudyResult[];
}

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
    if (news.type === 'lab.kept') {
      void shelf.read(news.key).then((known) => {
        if (!known) return;
        own.set(news.key, known);
        changed();
      });
      return;
    }
    if (news.keys.filter((key) => own.delete(key)).length > 0) changed();
  });

  return {
    has: (key) => own.has(key) || recorded.has(key),
    lookUp,
    async keep(known) {
      for (const one of known) own.set(one.result.key, one);
      changed();
      for (const one of known) {
        await shelf.write(one);
        channel.post({ type: 'lab.kept', key: one.result.key });
      }
    },
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
    unknownOf(results) {
      const isRecorded = (result: StudyResult): boolean =>
        JSON.stringify(recorded.get(result.key)?.result) === JSON.stringify(result);
      const unknown = new Map<string, StudyResult>();
      for (const result of results)
        if (!own.has(result.key) && !unknown.has(result.key) && !isRecorded(result)) unknown.set(result.key, result);
      return [...unknown.values()];
    },
  };
}
