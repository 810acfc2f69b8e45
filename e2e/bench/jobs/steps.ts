// Times an engine's training steps: each alone, the device idle before and waited for after.
import type { Engine, StepJob, StepResult } from '../protocol';
import { batchOf } from './data';
import type { Trainer } from './engines/engine';
import type { GpuCounts } from './measure';

/** The engine's file is loaded alone, so that none is measured beside another. */
export const loadEngine = (engine: Engine) => {
  switch (engine) {
    case 'allo':
      return import('./engines/allo');
    case 'plain tfjs':
      return import('./engines/plainTfjs');
    case 'jax-js':
      return import('./engines/jaxJs');
  }
};

export async function measureSteps(job: StepJob, gpu: GpuCounts, wasmBytes: () => number): Promise<StepResult> {
  const { backend, model } = job;
  const { createTrainer } = await loadEngine(job.engine);
  const trainer: Trainer = await createTrainer(backend, model);
  const batches = Array.from({ length: job.warmUp + job.steps + 1 }, (_, n) => batchOf(model, n));
  const result: StepResult = {
    stepMs: [],
    jsMs: backend === 'webgpu' ? [] : null,
    dispatches: null,
    peakBytes: null,
    losses: [],
    adapter: trainer.adapter,
  };
  for (const [n, batch] of batches.slice(0, -1).entries()) {
    // Any page's training lets messages in between two steps; threads need it to start.
    await new Promise((done) => setTimeout(done));
    await trainer.settle();
    const dispatched = gpu.dispatches;
    const start = performance.now();
    const loss = await trainer.step(batch);
    await trainer.settle();
    const end = performance.now();
    result.losses.push(loss);
    if (n < job.warmUp) continue;
    result.stepMs.push(end - start);
    if (backend !== 'webgpu') continue;
    result.jsMs?.push(gpu.lastSubmit - start);
    result.dispatches = gpu.dispatches - dispatched;
  }
  result.losses.push(await trainer.loss(batches.at(-1)!));
  result.peakBytes = trainer.peakBytes?.() ?? (backend === 'webgpu' ? gpu.peakBytes : wasmBytes());
  return result;
}
