// The jobs behind the table's links: a row again, its missing seeds, and what an experiment has no result of yet.
import type { Experiment } from '../../core/study/experiment';
import { jobsOf } from '../../core/study/experiments';
import { type Job, jobKey } from '../../core/study/job';
import type { ArmResult } from '../../core/study/result';
import { configOf } from '../../core/study/variants';
import type { LabState } from '../../state/labState';
import type { ArmRow, Place } from './rows';

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

/** Arms of the experiment without a result; for these seeds. */
export const missingJobs = (
  experiment: Experiment,
  { family, preset }: Place,
  seeds: readonly number[],
  results: LabState['results'],
): Job[] =>
  jobsOf(experiment, { preset, families: [family], seeds }).filter(
    (job) => job.kind === 'arm' && job.split === 'held-out' && !results.has(jobKey(job)),
  );
