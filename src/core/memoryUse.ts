// How much memory the backend really holds, and making room for a run before it starts. What a run will need is in memory.ts.
import type { RunConfig } from './config';
import type { Dataset } from './data/dataset';
import { type DataLengths, type MemoryEstimate, type MemoryOptions, runMemory } from './memory';
import type { ModelConfig } from './model/config';
import { poolPeak } from './ops/gpuPool';
import { heapGrowth, reserveHeap } from './ops/simd/heap';
import type { Rng } from './rng';
import { tf, type wasm, type webgpu } from './tf';

/** Bytes that the backend has held at most: GPU buffers (webgpu), the heap's growth (wasm; it never shrinks); null on cpu. */
export function mostMemoryHeld(): number | null {
  switch (tf.getBackend()) {
    case 'webgpu':
      return poolPeak(tf.backend() as webgpu.WebGPUBackend);
    case 'wasm':
      return heapGrowth(tf.backend() as wasm.BackendWasm);
    default:
      return null;
  }
}

/** Throws Error when there is not that much memory. */
export function reserveMemory(estimate: MemoryEstimate): void {
  if (tf.getBackend() === 'wasm') reserveHeap(tf.backend() as wasm.BackendWasm, estimate.total);
}

/** So many examples tell enough of the lengths. */
const LOOKED_AT = 64;

/** The estimate for a run whose data is at hand. */
export function estimateMemory(
  config: RunConfig,
  model: ModelConfig,
  { dataset, rng, ...options }: { dataset: Dataset; rng: Rng } & Omit<MemoryOptions, 'lengths'>,
): MemoryEstimate {
  return runMemory(config, model, { ...options, lengths: lengthsOf(dataset, rng) });
}

function lengthsOf(dataset: Dataset, rng: Rng): DataLengths {
  const examples = Array.from({ length: LOOKED_AT }, () => dataset.sftExample('sft', rng)).filter(
    (one) => one !== null,
  );
  const sum = (of: (example: (typeof examples)[number]) => number): number =>
    examples.reduce((total, example) => total + of(example), 0);
  const tokens = sum(({ prompt, response }) => prompt.length + response.length);
  const prompts = dataset.families.flatMap((family) =>
    dataset.evaluationQuestions(family, 'held-out', LOOKED_AT).map(({ prompt }) => prompt.length),
  );
  return {
    supervised: tokens / Math.max(1, examples.length),
    prompt: Math.max(1, ...prompts),
    responseShare: tokens > 0 ? sum(({ response }) => response.length) / tokens : 1,
  };
}
