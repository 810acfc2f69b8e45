// A process with Dawn that does one job and ends: what the bench page's worker is in a browser. Dawn keeps Node alive, so the end is
// said; whatever the job still holds goes with the process.
import { offerDawn } from '../../src/cli/backend';
import type { Job } from './protocol';

process.once('message', async (job: Job) => {
  await offerDawn();
  // After Dawn's globals are there, before anything of an engine is loaded.
  const { countGpu, countWasmMemory } = await import('./jobs/measure');
  const { answerTo } = await import('./jobs/runJob');
  const answer = await answerTo(job, { gpu: countGpu(), wasmBytes: countWasmMemory() });
  process.send!(answer, () => process.exit(0));
});
