// Runs jobs in Node: a fresh process with Dawn for every job, so that none inherits another's memory or compiled kernels.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { JobRunner } from './attempts';
import type { Job, JobAnswer, ResultOf } from './protocol';

const WORKER = fileURLToPath(new URL('./nativeWorker.ts', import.meta.url));

const answerOf = (job: Job): Promise<JobAnswer> =>
  new Promise((resolve, reject) => {
    // Only messages come back: what drivers print would stand in the middle of a report.
    const child = fork(WORKER, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.once('message', (answer) => resolve(answer as JobAnswer));
    child.once('error', reject);
    child.once('exit', (status, signal) =>
      reject(new Error(`The process ended without an answer (${signal ?? status}).`)),
    );
    child.send(job);
  });

export const nativeHost: JobRunner = {
  async run<J extends Job>(job: J) {
    const { result, error } = await answerOf(job);
    if (error !== undefined) throw new Error(error);
    return result as ResultOf[J['kind']];
  },
};
