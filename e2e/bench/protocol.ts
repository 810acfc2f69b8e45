// What the command asks of the bench page and what comes back. Plain data only: both sides of the browser's border import it.

export type Engine = 'allo' | 'plain tfjs' | 'jax-js';
export type Backend = 'webgpu' | 'webgl' | 'wasm';

/** A GPT-2 with a tied head, and the batch it is trained on: `batch` sequences of `length` tokens. */
export interface BenchModel {
  name: string;
  vocabularySize: number;
  width: number;
  layers: number;
  heads: number;
  mlpWidth: number;
  length: number;
  batch: number;
}

export const STANDARD_MODEL: BenchModel = {
  name: 'width 128',
  vocabularySize: 256,
  width: 128,
  layers: 4,
  heads: 4,
  mlpWidth: 512,
  length: 64,
  batch: 16,
};

/** 256 tokens a step. */
export const WIDE_MODEL: BenchModel = {
  ...STANDARD_MODEL,
  name: 'width 512',
  width: 512,
  heads: 8,
  mlpWidth: 2048,
  batch: 4,
};

/** A product [rows, inner] · [inner, columns]. */
export interface MatmulSize {
  rows: number;
  inner: number;
  columns: number;
}

interface Place {
  engine: Engine;
  backend: Backend;
  /** Of WASM; every engine is held to it. */
  threads: number;
}

export interface StepJob extends Place {
  kind: 'step';
  model: BenchModel;
  warmUp: number;
  steps: number;
}

export interface MatmulJob extends Place {
  kind: 'matmul';
  sizes: readonly MatmulSize[];
  repeats: number;
}

export interface SamplingJob extends Place {
  kind: 'sampling';
  engine: 'allo';
  model: BenchModel;
  rows: number;
  promptTokens: number;
  newTokens: number;
}

export interface MaskJob {
  kind: 'mask';
  entries: number;
  repeats: number;
}

export type Job = StepJob | MatmulJob | SamplingJob | MaskJob;

export interface StepResult {
  /** One number a measured step: from its start until the device has done all of it. */
  stepMs: number[];
  /** Start of the step until its last `queue.submit` with a dispatch returned, the device idle before; webgpu only. */
  jsMs: number[] | null;
  /** Of the last measured step; webgpu only. */
  dispatches: number | null;
  /** webgpu: most bytes of GPU buffers alive at once; wasm: all WebAssembly memories; webgl: bytes of textures. */
  peakBytes: number | null;
  /** losses[n]: on batch n after n updates; the last one is computed without a step, after all of them. */
  losses: number[];
  adapter: string | null;
}

export interface MatmulResult {
  /** Best of the repeats, one number a size. */
  gflops: number[];
}

export interface SamplingResult {
  tokens: number;
  cachedMs: number;
  rerunMs: number;
  /** Share of the greedy tokens that both ways agree on. */
  agreement: number;
}

export interface MaskResult {
  ms: number[];
  /** The input and every array that the selection makes. */
  peakBytes: number;
  /** Is the threshold the one that a full sort gives? null where sorting takes too long. */
  matchesSort: boolean | null;
}

export interface ResultOf {
  step: StepResult;
  matmul: MatmulResult;
  sampling: SamplingResult;
  mask: MaskResult;
}

/**
 * Floating-point operations of one training step: 6 per matmul weight and token (forward 2, backward 4), and attention's two
 * products over the causal half. Norms, activations and the optimiser are left out, for every engine alike.
 */
export function stepFlops({ vocabularySize, width, layers, mlpWidth, length, batch }: BenchModel): number {
  const weights = layers * (4 * width * width + 2 * width * mlpWidth) + vocabularySize * width;
  return 6 * batch * length * (weights + layers * length * width);
}

export const tokensAStep = ({ length, batch }: BenchModel): number => length * batch;
