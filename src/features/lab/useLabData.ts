// The results of the chosen preset as pictures read them: named in small slices, so that a thousand of them do not hold up the page.
import { startTransition, useEffect, useState } from 'react';
import type { KnownResult } from '../../state/labState';
import { warmDraws } from './draws';
import { type LabData, labData, labelOf } from './labData';
import { later } from './later';

const BATCH = 12;

/** null until the first results are read; then the latest that are. */
export function useLabData(known: ReadonlyMap<string, KnownResult>, preset: string): LabData | null {
  const [read, setRead] = useState<{ preset: string; data: LabData } | null>(null);
  useEffect(() => {
    const results = [...known.values()].map(({ result }) => result).filter((result) => result.preset === preset);
    const cancels: (() => void)[] = [];
    for (let from = 0; from < results.length; from += BATCH)
      cancels.push(later(() => results.slice(from, from + BATCH).forEach(labelOf)));
    // All pictures come at once: drawn in slices.
    const show = () => startTransition(() => setRead({ preset, data: labData(results) }));
    const steps = warmDraws(results);
    const warm = () => cancels.push(later(steps.next().done ? show : warm));
    cancels.push(later(warm));
    return () => {
      for (const cancel of cancels) cancel();
    };
  }, [known, preset]);
  return read?.preset === preset ? read.data : null;
}
