// One worker, one job: what counts is installed first, then the engine is loaded and measured, then the answer is posted.
import type { Job, ResultOf } from '../protocol';
import type { JobAnswer } from './main';
import { measureMask } from './mask';
import { measureMatmul } from './matmul';
import { countGpu, countWasmMemory, pretendCores } from './measure';
import { measureSteps } from './steps';

// This file is type-checked with the page's library, which has no name for a worker's own scope.
const scope = self as unknown as Worker;

const gpu = countGpu();
const wasmBytes = countWasmMemory();

async function run(job: Job): Promise<ResultOf[Job['kind']]> {
  if (job.kind === 'mask') return measureMask(job);
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

scope.onmessage = async ({ data }: MessageEvent<Job>) => {
  const answer: JobAnswer = await run(data).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
  scope.postMessage(answer);
};
