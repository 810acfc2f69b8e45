// One job, wherever it runs: in the bench page's worker, or in a process with Dawn. What counts is installed by the caller, before
// anything of an engine is loaded.
import type { Job, JobAnswer, ResultOf } from '../protocol';
import { measureMask } from './mask';
import { measureMatmul } from './matmul';
import { type GpuCounts, pretendCores } from './measure';
import { measureRoofline } from './roofline';
import { measureSteps } from './steps';

export interface Counters {
  gpu: GpuCounts;
  wasmBytes: () => number;
}

async function runJob(job: Job, { gpu, wasmBytes }: Counters): Promise<ResultOf[Job['kind']]> {
  if (job.kind === 'mask') return measureMask(job);
  if (job.kind === 'roofline') return measureRoofline(job);
  pretendCores(job.threads);
  switch (job.kind) {
    case 'step':
      return measureSteps(job, gpu, wasmBytes);
    case 'matmul':
      return measureMatmul(job);
    case 'sampling':
      return (await import('./sampling')).measureSampling(job);
  }
}

/** The result, or what went wrong. */
export const answerTo = (job: Job, counters: Counters): Promise<JobAnswer> =>
  runJob(job, counters).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
