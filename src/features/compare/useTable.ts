// The table of what is asked for, computed in slices: the page answers in between, and what was computed before comes at once.
import { startTransition, useEffect, useState } from 'react';
import { type Memory, type Table, type TableInput, tableSteps } from './table';

/** Milliseconds; a single step takes a few, a verdict tens. */
const SLICE = 8;
/** Between two drawings of an unfinished table. */
const PAUSE = 250;

/** For the life of the page: the same results have the same numbers. */
const memory: Memory = new Map();

/** null until there is something of this place to show. While the next table of it is computed the last one stays. */
export function useTable(input: TableInput, place: string): Table | null {
  const [shown, setShown] = useState<{ table: Table; place: string } | null>(null);
  useEffect(() => {
    const steps = tableSteps(input, memory);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let published = Number.NEGATIVE_INFINITY;
    const show = (table: Table) => {
      published = performance.now();
      startTransition(() => setShown({ table, place }));
    };
    const goOn = () => {
      const begun = performance.now();
      let latest: Table | undefined;
      do {
        const step = steps.next();
        if (step.done) return show(step.value);
        latest = step.value ?? latest;
      } while (performance.now() - begun < SLICE);
      if (latest && performance.now() - published > PAUSE) show(latest);
      timer = setTimeout(goOn);
    };
    timer = setTimeout(goOn);
    return () => clearTimeout(timer);
  }, [input, place]);
  return shown?.place === place ? shown.table : null;
}
