// What takes long, computed in slices: the page answers in between.
import { startTransition, useEffect, useState } from 'react';

/** Milliseconds; a single step takes a few, a verdict tens. */
const SLICE = 8;
/** Between two drawings of what is not finished. */
const PAUSE = 250;

/**
 * What the steps give, the last one whole; null until there is something of this place. While the next is computed the last one stays.
 * `begin` starts the steps, and another `begin` starts them anew.
 */
export function useSteps<T>(begin: () => Generator<T | undefined, T>, place: string): T | null {
  const [shown, setShown] = useState<{ value: T; place: string } | null>(null);
  useEffect(() => {
    const steps = begin();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let published = Number.NEGATIVE_INFINITY;
    const show = (value: T) => {
      published = performance.now();
      startTransition(() => setShown({ value, place }));
    };
    const goOn = () => {
      const begun = performance.now();
      let latest: T | undefined;
      do {
        const step = steps.next();
        if (step.done) return show(step.value);
        latest = step.value ?? latest;
      } while (performance.now() - begun < SLICE);
      if (latest !== undefined && performance.now() - published > PAUSE) show(latest);
      timer = setTimeout(goOn);
    };
    timer = setTimeout(goOn);
    return () => clearTimeout(timer);
  }, [begin, place]);
  return shown?.place === place ? shown.value : null;
}
