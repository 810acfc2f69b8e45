// How much memory the backend really holds, and making room for a run before it starts. What a run will need is in memory.ts.
import type { RunConfig } from './config';
import type { Dataset } from './data/dataset';
import { OutOfMemoryError } from './failures';
import { type DataLengths, type MemoryEstimate, type MemoryOptions, runMemory } from './memory';
import { runBuffers } from './memoryBuffers';
import { bufferText, remedyText, tooLargeBuffer } from './memoryFit';
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

export type KnownData = { dataset: Dataset; rng: Rng } & Omit<MemoryOptions, 'lengths'>;

/** The estimate for a run whose data is at hand. */
export function estimateMemory(
  config: RunConfig,
  model: ModelConfig,
  { dataset, rng, ...options }: KnownData,
): MemoryEstimate {
  return runMemory(config, model, { ...options, lengths: lengthsOf(dataset, rng) });
}

/** Throws OutOfMemoryError naming the tensor that would be larger than `bytes`, which is what the backend takes in one piece, and what helps. */
export function checkBuffers(
  config: RunConfig,
  model: ModelConfig,
  { dataset, rng, ...options }: KnownData,
  bytes: number,
): void {
  const lengths = lengthsOf(dataset, rng);
  const needs = (one: RunConfig) => runBuffers(one, model, { ...options, lengths, longestPair: 2 * lengths.longest });
  const buffer = tooLargeBuffer({ bytes, needs }, config);
  if (buffer) throw new OutOfMemoryError(`${bufferText(buffer)} ${remedyText(buffer)}`);
}

function lengthsOf(dataset: Dataset, rng: Rng): DataLengths & { longest: number } {
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
    longest: Math.max(1, ...examples.map(({ prompt, response }) => prompt.length + response.length)),
  };
}
