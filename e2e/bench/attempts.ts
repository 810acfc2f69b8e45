// Jobs one after another with a progress line on stderr; what fails becomes a problem of the report instead of ending it.
import type { Job, ResultOf } from './protocol';

/** Runs what `work` does; null when it failed. */
export type Attempt = <T>(name: string, work: () => Promise<T>) => Promise<T | null>;

export function attempts(problems: string[]): Attempt {
  return async (name, work) => {
    const start = performance.now();
    process.stderr.write(`${name} … `);
    try {
      const result = await work();
      process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
      return result;
    } catch (error) {
      process.stderr.write('failed\n');
      problems.push(`${name}: ${error instanceof Error ? error.message : error}`);
      return null;
    }
  };
}

const nameOf = (job: Job): string => {
  if (job.kind === 'mask') return `mask over ${job.entries / 1e6} M`;
  if (job.kind === 'roofline') return 'roofline';
  const what = job.kind === 'step' ? job.model.name : job.kind;
  return `${job.engine} on ${job.backend}, ${what}`;
};

export interface JobRunner {
  run<J extends Job>(job: J): Promise<ResultOf[J['kind']]>;
}

/** Runs the jobs one after another; the failed ones are left out. */
export async function runAll<J extends Job>(
  host: JobRunner,
  attempt: Attempt,
  jobs: readonly J[],
): Promise<[job: J, result: ResultOf[J['kind']]][]> {
  const done: [J, ResultOf[J['kind']]][] = [];
  for (const job of jobs) {
    const result = await attempt(nameOf(job), () => host.run(job));
    if (result) done.push([job, result]);
  }
  return done;
}
