// What a press of “Run” would compute: the jobs of an experiment in the chosen scope, how many are known, and how long the rest will take.
import { roughly } from '../../components/duration';
import { countOf } from '../../components/format';
import type { Experiment, Scope } from '../../core/study/experiment';
import { jobsOf } from '../../core/study/experiments';
import { type Job, jobKey } from '../../core/study/job';
import { expectedSeconds, paceOf } from '../../core/study/pace';
import type { KnownResult } from '../../state/labState';
import { createLaterCache, type LaterTask } from './useLater';

export interface PlannedJobs {
  jobs: readonly Job[];
  /** In the order of the jobs. */
  keys: readonly string[];
}

export const PLANNED = createLaterCache<PlannedJobs>();

export const plannedTask = (experiment: Experiment, scope: Scope): LaterTask<PlannedJobs> => ({
  ...{ key: experiment.id, stamp: JSON.stringify(scope) },
  compute() {
    const jobs = jobsOf(experiment, scope);
    return { jobs, keys: jobs.map(jobKey) };
  },
});

/** Finished jobs that a pace is taken from: recent ones are enough. */
const PACED = 30;

export interface Outlook {
  /** Jobs without a result, in order. */
  open: readonly Job[];
  known: number;
  /** null before anything of this size was measured. */
  seconds: number | null;
  /** Where the pace is from. */
  paceFrom: 'here' | 'recorded' | null;
}

/** Own results tell this machine's pace, others that of the machine they were recorded on. */
export function outlookOf(
  { jobs, keys }: PlannedJobs,
  results: ReadonlyMap<string, KnownResult>,
  preset: string,
): Outlook {
  const open = jobs.filter((_, i) => !results.has(keys[i]!));
  const ofPreset = [...results.values()].filter(({ result }) => result.preset === preset);
  const here = ofPreset.filter(({ origin }) => origin === 'here');
  const used = (here.length > 0 ? here : ofPreset).slice(-PACED).map(({ result }) => result);
  const pace = paceOf(used);
  return {
    ...{ open, known: jobs.length - open.length },
    seconds: pace === null ? null : expectedSeconds(open, pace),
    paceFrom: pace === null ? null : here.length > 0 ? 'here' : 'recorded',
  };
}

/** What the press is called: it computes only what has no result. */
export function pressText({ open, known }: Outlook): string {
  if (known === 0 || open.length === 0) return 'Run this experiment';
  return open.length === 1 ? 'Run the one that is missing' : `Run the ${open.length} that are missing`;
}

/** “54 jobs, 12 of them known already; the other 42 take about 3 hours at this machine’s pace.” */
export function outlookText({ open, known, seconds, paceFrom }: Outlook): string {
  const all = countOf(known + open.length, 'job');
  if (open.length === 0) return `${all}, all known already: nothing is left to compute.`;
  const knownText = known > 0 ? `, ${known} known already` : '';
  const isOne = open.length === 1;
  const rest =
    known === 0 ? (isOne ? 'it takes' : 'they take') : isOne ? 'the other takes' : `the other ${open.length} take`;
  if (seconds === null) return `${all}${knownText}; how long ${rest} is known after the first.`;
  const pace = paceFrom === 'here' ? 'this machine’s pace' : 'the pace of the machine that recorded the results';
  return `${all}${knownText}; ${rest} ${roughly(seconds)} at ${pace}.`;
}
