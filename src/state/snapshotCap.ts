// How much memory the time line's log-probs may take in this tab: a choice of the page, remembered between visits.

/** In megabytes (10⁶ bytes): its limits, and what holds until something else is chosen: thousands of moments of the built-in models. */
export const SNAPSHOT_MEGABYTES = { min: 0, max: 1000, first: 64 } as const;

/** What was remembered, as text; null or nonsense gives the first value. */
export function parseSnapshotMegabytes(text: string | null): number {
  const { min, max, first } = SNAPSHOT_MEGABYTES;
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return value >= min && value <= max ? value : first;
}

export const capBytesOf = (megabytes: number): number => Math.round(megabytes * 1e6);
