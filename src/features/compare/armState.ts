// How far an arm is that could be added, and whether a search means it.

import type { KeyedJob } from './jobs';
import { seedsText } from './numberText';
import type { Queued } from './queue';

/** “there”, “queued”, “1 of 3 seeds there, 2 queued”; '' when nothing is there and nothing queued. */
export function armState(jobs: readonly KeyedJob[], results: { has(key: string): boolean }, queued: Queued): string {
  const waiting = jobs.filter(({ key }) => queued.has(key)).length;
  const there = jobs.filter(({ key }) => !queued.has(key) && results.has(key)).length;
  if (there === jobs.length) return 'there';
  if (waiting === jobs.length) return 'queued';
  const parts = [
    ...(there > 0 ? [`${there} of ${seedsText(jobs.length)} there`] : []),
    ...(waiting > 0 ? [`${waiting} queued`] : []),
  ];
  return parts.join(', ');
}

/** Every word of the search is in the text. */
export const matches = (text: string, search: string): boolean =>
  search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.toLowerCase().includes(word));
