// The jobs behind the table's links: a row again, its missing seeds, an arm of one click or of one's own settings, and what an experiment
// has no result of yet.
import { ARM_DESCRIPTIONS, type ArmDescription } from '../../core/arms';
import { ARMS, type Arm, type RunConfig } from '../../core/config';
import { type ConfigProblem, configDifference, parseConfig } from '../../core/parseConfig';
import type { Experiment } from '../../core/study/experiment';
import { type Job, jobKey } from '../../core/study/job';
import type { ArmResult } from '../../core/study/result';
import { configOf, variant, variantConfig } from '../../core/study/variants';
import type { LabState } from '../../state/labState';
import type { ArmRow, Place } from './rows';

/** A key takes a tenth of a millisecond: it is worked out once. */
export interface KeyedJob {
  key: string;
  job: Job;
}

export const keyed = (job: Job): KeyedJob => ({ key: jobKey(job), job });

const armJob = (config: RunConfig): Job => ({ kind: 'arm', config, split: 'held-out' });

/** On whatever backend is chosen now. */
const jobOf = (result: ArmResult, seed: number): Job => ({
  kind: 'arm',
  config: { ...configOf(result), seed, backend: 'auto' },
  split: result.split,
});

/** All seeds of the row. */
export const againJobs = ({ known }: ArmRow): Job[] => known.map(({ result }) => jobOf(result, result.seed));

/** Seeds that others have and this row has not. */
export function missingSeeds({ known }: ArmRow, seeds: readonly number[]): number[] {
  const own = new Set(known.map(({ result }) => result.seed));
  return seeds.filter((seed) => !own.has(seed));
}

export const missingSeedJobs = (row: ArmRow, seeds: readonly number[]): Job[] =>
  missingSeeds(row, seeds).map((seed) => jobOf(row.known[0]!.result, seed));

/** An arm of one click: the very jobs that an experiment plans for it. */
export const plainJobs = (arm: Arm, { family, preset }: Place, seeds: readonly number[]): Job[] =>
  seeds.map((seed) => armJob(variantConfig(variant(arm), preset, family, seed)));

export interface KeyedArm extends ArmDescription {
  arm: Arm;
  jobs: readonly KeyedJob[];
}

/** Every arm of one click with its jobs, in small steps: a hundred keys take longer than a frame. */
export function* armSteps(place: Place, seeds: readonly number[]): Generator<undefined, KeyedArm[]> {
  const arms: KeyedArm[] = [];
  for (const arm of ARMS) {
    const jobs: KeyedJob[] = [];
    for (const job of plainJobs(arm, place, seeds)) {
      jobs.push(keyed(job));
      yield;
    }
    arms.push({ ...ARM_DESCRIPTIONS[arm], arm, jobs });
  }
  return arms;
}

/**
 * Settings from elsewhere as an arm of this place: what differs there from the defaults of its own family and preset differs here. `problems`:
 * what does not go with this preset.
 */
export function ownArm(
  settings: RunConfig,
  { family, preset }: Place,
): { config: RunConfig; problems: ConfigProblem[] } {
  return parseConfig({ ...configDifference(settings), family, preset, arm: settings.arm });
}

export const ownJobs = (config: RunConfig, seeds: readonly number[]): Job[] =>
  seeds.map((seed) => armJob({ ...config, seed, backend: 'auto' }));

/** The experiment's arms in this place, each once; in small steps. None of no experiment. */
export function* plannedSteps(
  experiment: Experiment | null,
  { family, preset }: Place,
  seeds: readonly number[],
): Generator<undefined, KeyedJob[]> {
  const byKey = new Map<string, KeyedJob>();
  for (const job of experiment?.plan({ preset, families: [family], seeds }) ?? []) {
    if (job.kind !== 'arm' || job.split !== 'held-out') continue;
    const one = keyed(job);
    if (!byKey.has(one.key)) byKey.set(one.key, one);
    yield;
  }
  return [...byKey.values()];
}

export const withoutResult = (jobs: readonly KeyedJob[], results: Pick<LabState['results'], 'has'>): KeyedJob[] =>
  jobs.filter(({ key }) => !results.has(key));
