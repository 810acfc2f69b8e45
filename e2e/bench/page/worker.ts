// One worker, one job: what counts is installed first, then the engine is loaded and measured, then the answer is posted.
import { countGpu, countWasmMemory } from '../jobs/measure';
import { answerTo } from '../jobs/runJob';
import type { Job } from '../protocol';

// This file is type-checked with the page's library, which has no name for a worker's own scope.
const scope = self as unknown as Worker;

const counters = { gpu: countGpu(), wasmBytes: countWasmMemory() };

scope.onmessage = async ({ data }: MessageEvent<Job>) => {
  scope.postMessage(await answerTo(data, counters));
};
