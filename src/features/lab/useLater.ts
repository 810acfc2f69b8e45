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

export interface LaterOptions {
  /** Old values are not good enough: what is done with them cannot be undone. */
  isExact?: boolean;
  /** Worked out before what is not. */
  isUrgent?: boolean;
}

/** What is known by now, by key. The tasks must be the same array while they are the same tasks. */
export function useLater<T>(
  cache: LaterCache<T>,
  tasks: readonly LaterTask<T>[],
  { isExact = false, isUrgent = false }: LaterOptions = {},
): ReadonlyMap<string, T> {
  const [known, setKnown] = useState(() => ({ tasks, values: readLater(cache, tasks, isExact) }));
  useEffect(() => {
    const show = () => setKnown({ tasks, values: readLater(cache, tasks, isExact) });
    show();
    const open = tasks.filter(({ key, stamp }) => cache.get(key)?.stamp !== stamp);
    let left = open.length;
    const cancels = open.map((task) =>
      later(
        () => {
          try {
            if (cache.get(task.key)?.stamp !== task.stamp)
              cache.set(task.key, { stamp: task.stamp, value: task.compute() });
          } finally {
            left--;
            // A paint for every few values, not for each; and drawn in slices as well.
            if (left % 6 === 0) startTransition(show);
          }
        },
        { isUrgent },
      ),
    );
    return () => {
      for (const cancel of cancels) cancel();
    };
  }, [cache, tasks, isExact, isUrgent]);
  // In the first rendering of other tasks what is remembered is still of those before.
  return known.tasks === tasks ? known.values : readLater(cache, tasks, isExact);
}

/** What the cache has for the tasks; `isExact`: only what rests on the same as they do. */
export const readLater = <T>(
  cache: LaterCache<T>,
  tasks: readonly LaterTask<T>[],
  isExact: boolean,
): ReadonlyMap<string, T> =>
  new Map(
    tasks.flatMap(({ key, stamp }) => {
      const entry = cache.get(key);
      return entry && (!isExact || entry.stamp === stamp) ? [[key, entry.value] as const] : [];
    }),
  );
