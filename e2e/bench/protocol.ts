// What the commands ask of whoever runs the jobs (the bench page's worker, or a process with Dawn) and what comes back. Plain data
// only: both sides of the border import it.

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

/** What the WebGPU adapter can do at most, by programs that do nothing else. */
export interface RooflineJob {
  kind: 'roofline';
  repeats: number;
}

export type Job = StepJob | MatmulJob | SamplingJob | MaskJob | RooflineJob;

export interface StepResult {
  /** One number a measured step: from its start until the device has done all of it. */
  stepMs: number[];
  /** Start of the step until its last `queue.submit` with work in it returned, the device idle before; webgpu only. */
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

export interface RooflineResult {
  adapter: string;
  /** Chains of multiply-adds in registers, the best of fma(x, a, b) and x * a + b. */
  fp32Gflops: number;
  /** Buffer to buffer by a program, c = a: 8 bytes a number, in GB/s. */
  copyGBs: number;
  /** c = a + s · b: 12 bytes a number, in GB/s. */
  triadGBs: number;
}

export interface ResultOf {
  step: StepResult;
  matmul: MatmulResult;
  sampling: SamplingResult;
  mask: MaskResult;
  roofline: RooflineResult;
}

/** `error` is set instead of `result` when the job failed. */
export interface JobAnswer {
  result?: unknown;
  error?: string;
}

export const tokensAStep = ({ length, batch }: BenchModel): number => length * batch;
