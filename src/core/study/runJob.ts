// Does one job of a study, whatever its kind, with honest progress on the way. What a plan asks for is experiments.ts; queues are elsewhere.
import type { Job } from './job';
import type { JobContext } from './jobContext';
import type { Progress } from './jobProgress';
import type { StudyResult } from './result';
import { runArm } from './runArm';
import { runBestOfN } from './runBestOfN';
import { runInterpolation } from './runInterpolation';
import { runAgreement, runChange } from './runMaskJobs';

/**
 * Yields progress, a small unit of work at a time, and gives the result (rounded, valid). `return()` frees everything. Throws where a stage
 * cannot do its work; an arm whose loss is not finite is a result with its `failure`.
 */
export function runJob(job: Job, jobContext: JobContext): AsyncGenerator<Progress, StudyResult> {
  switch (job.kind) {
    case 'arm':
      return runArm(job, jobContext);
    case 'best-of-n':
      return runBestOfN(job, jobContext);
    case 'interpolation':
      return runInterpolation(job, jobContext);
    case 'change':
      return runChange(job, jobContext);
    case 'agreement':
      return runAgreement(job, jobContext);
  }
}
