// The books of a soak: what came of every kill, and the line it closes with.
import type { Kill, Kind } from './plan';

/** A kill that was made, and what came of it. */
export interface Killed {
  run: number;
  configuration: string;
  kill: Kill;
  /** Where the run was, as far as it was heard. */
  stage: string;
  /** The access to the storage that it stood in, or that failed; null: none. */
  access: string | null;
  /** There was a save before it that was heard of. */
  wasSaved: boolean;
  /** The run was there again and went on, or was found done. */
  isResumed: boolean;
  /** How often somebody had to ask for it: what was killed may hold the run for a moment longer. */
  tries: number;
  /** It had no save, and began anew. */
  isFromBeginning: boolean;
  /** Why the run is lost: it was saved and could not be found, opened or gone on with, or not from its last save; null: it is not. */
  lost: string | null;
  /** Milliseconds, those to the run's end with its last kill. */
  milliseconds: number;
}

/** A run that has come to its end. */
export interface Ended {
  run: number;
  configuration: string;
  kills: number;
  /** In what it differs from the uninterrupted run, as sentences. */
  differences: readonly string[];
  /** Of the losses, relative. */
  largestDistance: number;
}

export interface Books {
  killed: Killed[];
  ended: Ended[];
}

export interface Totals {
  kills: number;
  resumes: number;
  lost: number;
  unequal: number;
  fromBeginning: number;
}

export const totalsOf = ({ killed, ended }: Books): Totals => ({
  kills: killed.length,
  resumes: killed.filter(({ isResumed }) => isResumed).length,
  lost: killed.filter(({ lost }) => lost !== null).length,
  unequal: ended.filter(({ differences }) => differences.length > 0).length,
  fromBeginning: killed.filter(({ isFromBeginning }) => isFromBeginning).length,
});

export const summaryLine = ({ kills, resumes, lost, unequal }: Totals): string =>
  `${kills} kills, ${resumes} resumes, ${lost} lost, ${unequal} unequal`;

/** One kill in ten may come before there is anything to go back to: more, and saves come too late or the soak aims badly. */
const MOST_FROM_BEGINNING = 0.1;

/** What is wrong with a soak that was to make so many kills, as sentences. */
export function faultsOf(books: Books, wanted: number): string[] {
  const { kills, resumes, lost, unequal, fromBeginning } = totalsOf(books);
  const runs = new Set(books.killed.filter(({ isResumed }) => isResumed).map(({ run }) => run));
  for (const { run } of books.ended) runs.delete(run);
  return [
    ...(kills < wanted ? [`${wanted - kills} of ${wanted} kills were not made.`] : []),
    ...(resumes !== kills ? [`${kills - resumes} kills were not followed by a resume.`] : []),
    ...(lost > 0 ? [`${lost} runs were lost.`] : []),
    ...(unequal > 0 ? [`${unequal} runs told other numbers than without a kill.`] : []),
    // What was never compared is not equal.
    ...(runs.size > 0 ? [`${runs.size} runs did not come to their end.`] : []),
    ...(fromBeginning > Math.max(1, MOST_FROM_BEGINNING * kills)
      ? [`${fromBeginning} kills came before the first save.`]
      : []),
  ];
}

/** 0 only where nothing is wrong; 130 where somebody has ended it. */
export const exitStatusOf = (faults: readonly string[], wasStopped: boolean): number =>
  wasStopped ? 130 : faults.length > 0 ? 1 : 0;

/** How many kills met a run in each stage. */
export function killsByStage({ killed }: Books): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { stage } of killed) counts[stage] = (counts[stage] ?? 0) + 1;
  return counts;
}

/** Mean seconds of the kills of each kind. */
export function secondsByKind({ killed }: Books): Partial<Record<Kind, { kills: number; seconds: number }>> {
  const kinds = [...new Set(killed.map(({ kill }) => kill.kind))];
  return Object.fromEntries(
    kinds.map((kind) => {
      const times = killed.filter(({ kill }) => kill.kind === kind).map(({ milliseconds }) => milliseconds / 1000);
      return [kind, { kills: times.length, seconds: times.reduce((sum, time) => sum + time, 0) / times.length }];
    }),
  );
}
