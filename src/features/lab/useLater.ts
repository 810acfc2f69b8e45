// Values that take milliseconds each: worked out off the first paint, kept while what they rest on is the same, old ones shown until then.
import { startTransition, useEffect, useState } from 'react';
import { later } from './later';

export interface LaterTask<T> {
  key: string;
  /** What the value rests on: another stamp, another value. */
  stamp: string;
  compute(): T;
}

export type LaterCache<T> = Map<string, { stamp: string; value: T }>;

export const createLaterCache = <T>(): LaterCache<T> => new Map();

/** What is known by now, by key. The tasks must be the same array while they are the same tasks. */
export function useLater<T>(cache: LaterCache<T>, tasks: readonly LaterTask<T>[]): ReadonlyMap<string, T> {
  const [known, setKnown] = useState<ReadonlyMap<string, T>>(() => read(cache, tasks));
  useEffect(() => {
    setKnown(read(cache, tasks));
    const open = tasks.filter(({ key, stamp }) => cache.get(key)?.stamp !== stamp);
    let left = open.length;
    const cancels = open.map((task) =>
      later(() => {
        if (cache.get(task.key)?.stamp !== task.stamp)
          cache.set(task.key, { stamp: task.stamp, value: task.compute() });
        left--;
        // A paint for every few values, not for each; and drawn in slices as well.
        if (left % 6 === 0) startTransition(() => setKnown(read(cache, tasks)));
      }),
    );
    return () => {
      for (const cancel of cancels) cancel();
    };
  }, [cache, tasks]);
  return known;
}

const read = <T>(cache: LaterCache<T>, tasks: readonly LaterTask<T>[]): ReadonlyMap<string, T> =>
  new Map(
    tasks.flatMap(({ key }) => {
      const entry = cache.get(key);
      return entry ? [[key, entry.value] as const] : [];
    }),
  );
