// Where a guided experiment stands: its jobs, what of them is known, what is in the queue; and the words for it. Pure.

import { roughly } from '../../components/duration';
import { countOf } from '../../components/format';
import type { GuidedExperiment, GuidedVerdict } from '../../core/study/guided';
import { type Job, jobKey } from '../../core/study/job';
import { expectedSeconds, paceOf } from '../../core/study/pace';
import type { KnownResult, Queue, QueuedJob } from '../../state/labState';

export interface GuidedWork {
  /** Of the asked seeds: without a result. */
  missing: readonly Job[];
  /** Its jobs in the queue, done ones too. */
  queued: readonly QueuedJob[];
  /** Waiting or running jobs of others. */
  others: number;
  /** 0 … 1, of its jobs in the queue. */
  share: number;
}

const isOpen = ({ status }: QueuedJob): boolean => status === 'waiting' || status === 'running';

const keys = new WeakMap<readonly Job[], readonly string[]>();

/** Remembered: a key is a hash of all settings, and the queue tells of progress ten times a second. */
function keysOf(jobs: readonly Job[]): readonly string[] {
  const known = keys.get(jobs) ?? jobs.map(jobKey);
  keys.set(jobs, known);
  return known;
}

export const missingOf = (jobs: readonly Job[], results: ReadonlyMap<string, KnownResult>): Job[] =>
  jobs.filter((_, i) => !results.has(keysOf(jobs)[i]!));

export function workOf(jobs: readonly Job[], results: ReadonlyMap<string, KnownResult>, queue: Queue): GuidedWork {
  const own = new Set(keysOf(jobs));
  const queued = queue.jobs.filter(({ key }) => own.has(key));
  const done = queued.reduce((sum, { status, share }) => sum + (status === 'done' ? 1 : share), 0);
  return {
    missing: missingOf(jobs, results),
    queued,
    others: queue.jobs.filter((job) => isOpen(job) && !own.has(job.key)).length,
    share: queued.length > 0 ? done / queued.length : 0,
  };
}

/** Are more numbers on their way? */
export const isWorking = ({ queued }: GuidedWork): boolean => queued.some(isOpen);

/** Is something of it still to be done in the queue, or waiting for a retry? */
export const isUnderWay = ({ queued }: GuidedWork): boolean =>
  queued.some((job) => isOpen(job) || job.status === 'failed');

/** Do all of its open jobs wait for “Resume”, while others may run? */
export const isHeldUp = ({ queued }: GuidedWork): boolean => {
  const open = queued.filter(isOpen);
  return open.length > 0 && open.every((job) => job.isHeld);
};

/** What becomes of finished training runs. With trouble the page says above what that is. */
export const keptText = (hasTrouble: boolean): string =>
  hasTrouble ? '' : 'What is done is kept, here and after a reload.';

/** Finished jobs that a pace is taken from: recent ones are enough, and each has its settings read. */
const PACED = 30;

/** “3 arms to compute, about 40 seconds”. By the pace of own results, else of recorded ones. */
export function effortText(missing: readonly Job[], known: readonly KnownResult[]): string {
  const what = `${countOf(missing.length, 'training run')} to compute`;
  const preset = missing[0]?.config.preset;
  const ofPreset = known.filter(({ result }) => result.preset === preset);
  const own = ofPreset.filter(({ origin }) => origin === 'here');
  const pace = paceOf((own.length > 0 ? own : ofPreset).slice(-PACED).map(({ result }) => result));
  if (pace === null) return what;
  const where = own.length > 0 ? '' : ' on the machine that recorded the others';
  return `${what}, ${roughly(expectedSeconds(missing, pace))}${where}`;
}

/** Which results the verdict rests on: “Seeds 1, 2; recorded with the studio.” */
export function sourceText(results: ReadonlyMap<string, KnownResult>, { sides }: GuidedVerdict): string {
  const used = sides.slice(0, 2).flatMap(({ keys }) => keys.flatMap((key) => results.get(key) ?? []));
  const seeds = [...new Set(used.map(({ result }) => result.seed))].sort((a, b) => a - b);
  const named = ORIGINS.filter((origin) => used.some((known) => known.origin === origin)).map((one) => ORIGIN[one]);
  return `${seeds.length === 1 ? 'Seed' : 'Seeds'} ${seeds.join(', ')}; ${named.join(', ')}.`;
}

const ORIGINS = ['recorded', 'here', 'file'] as const;
const ORIGIN: Readonly<Record<KnownResult['origin'], string>> = {
  recorded: 'recorded with the studio',
  here: 'computed in this browser',
  file: 'read from a file',
};

/** The verdict's first words. */
export function outcomeText({ answers }: Pick<GuidedExperiment, 'answers'>, { outcome }: GuidedVerdict): string {
  if (outcome === 'not measured') return 'Not measured yet';
  if (outcome === 'open') return 'Too close to call at this size';
  return answers[outcome];
}

const GUESS_FATE = {
  right: 'your guess was right',
  wrong: 'your guess was wrong',
  open: 'your guess still stands, and so does another',
} as const;

/** “Better: your guess was wrong”. */
export const fateText = (
  experiment: Pick<GuidedExperiment, 'answers'>,
  verdict: GuidedVerdict,
  fate: keyof typeof GUESS_FATE,
): string => `${outcomeText(experiment, verdict)}: ${GUESS_FATE[fate]}`;
