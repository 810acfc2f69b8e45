// The page does nothing but start one worker for one job; the command line calls it and waits.
import type { Job, JobAnswer } from '../protocol';

export type BenchWindow = Window & { runJob?: (job: Job) => Promise<JobAnswer> };

(window as BenchWindow).runJob = (job) =>
  new Promise((resolve) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<JobAnswer>) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = ({ message }) => resolve({ error: message || 'The worker could not be loaded.' });
    worker.postMessage(job);
  });
