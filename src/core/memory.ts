// How much memory a run holds at most, before it starts: bytes of GPU buffers (webgpu) or of the wasm heap, from shapes alone. What is
// counted are the tensors that this project's gradients save (core/model, core/ops), in float32; JavaScript's own memory is not.
import type { RunConfig } from './config';
import type { BackendName } from './events';
import { type ModelConfig, parameterCount } from './model/config';

const FLOAT = 4;
const MIB = 1 << 20;

export interface MemoryParts {
  weights: number;
  gradients: number;
  /** Two moments an entry that moves; where not all do, its place as well. */
  moments: number;
  /** What is kept for the gradient, and what one block makes on the way. */
  activations: number;
  /** Keys and values of the sequences that are decoded together. */
  cache: number;
  /** What the backend keeps for reuse, or has not got back yet. */
  spare: number;
}

export interface MemoryEstimate {
  /** Where the most is held. */
  phase: MemoryPhase;
  parts: MemoryParts;
  /** Bytes. */
  total: number;
}

export type MemoryPhase = 'SFT' | 'sampling' | 'scoring' | 'reward model' | 'warm-up' | 'forgetting' | 'improving';

const sum = (parts: MemoryParts): number => Object.values(parts).reduce((total, part) => total + part, 0);

/** Numbers a token leaves behind in one block for its gradient (recompute.ts says which), and those alive at most without one. */
export function blockFloats({ architecture, width, kvHeads, heads, mlpWidth }: ModelConfig): {
  saved: number;
  alive: number;
} {
  const kvWidth = (width * kvHeads) / heads;
  const inner = architecture === 'llama' ? 3 * mlpWidth : 2 * mlpWidth;
  // Input, normed, queries, keys, values, heads, middle, normed again; then the feed-forward's.
  const saved = 6 * width + 2 * kvWidth + inner;
  // And the output; in Llama queries and keys before their rotation.
  return { saved, alive: saved + width + (architecture === 'llama' ? width + kvWidth : 0) };
}

export interface StepShape {
  /** Packed tokens of a part, and how many of them predict a response token. */
  tokens: number;
  scored: number;
  /** Share of the entries that move. */
  selected: number;
  /** Keep every block's input only, and run the block again for its gradient. */
  recompute: boolean;
}

/** A training step, without what the backend adds. */
export function stepMemory(config: ModelConfig, { tokens, scored, selected, recompute }: StepShape): MemoryParts {
  const parameters = parameterCount(config);
  const { width, layers, vocabularySize } = config;
  const { saved } = blockFloats(config);
  const kept = layers * tokens * (recompute ? width : saved);
  const again = recompute ? tokens * saved : 0;
  // Last hidden rows before and after their norm, those that are scored, logits and their gradient.
  const head = tokens * 2 * width + scored * (width + 2 * vocabularySize);
  // From the last block to the first, activations go and gradients come.
  const atStart = kept + head + again;
  const atEnd = parameters + tokens * saved;
  const gradients = atStart > atEnd ? 0 : parameters;
  return {
    weights: FLOAT * parameters,
    gradients: FLOAT * gradients,
    moments: FLOAT * parameters * selected * (selected < 1 ? 3 : 2),
    activations: FLOAT * (Math.max(atStart, atEnd) - gradients),
    cache: 0,
    spare: 0,
  };
}

const withoutTraining = (config: ModelConfig, activations: number, cache: number): MemoryParts => ({
  weights: FLOAT * parameterCount(config),
  gradients: 0,
  moments: 0,
  activations: FLOAT * activations,
  cache: FLOAT * cache,
  spare: 0,
});

/** Log-probs of `tokens` packed tokens. */
export const scoringMemory = (config: ModelConfig, tokens: number): MemoryParts =>
  withoutTraining(config, tokens * (blockFloats(config).alive + config.vocabularySize), 0);

/** Decoding `rows` sequences of at most `positions` tokens, `prefill` of whose prompts' tokens run at once. */
export function decodingMemory(
  config: ModelConfig,
  { rows, positions, prefill }: { rows: number; positions: number; prefill: number },
): MemoryParts {
  const kvWidth = (config.width * config.kvHeads) / config.heads;
  const cache = 2 * config.layers * rows * positions * kvWidth;
  return withoutTraining(config, prefill * blockFloats(config).alive + rows * config.vocabularySize, cache);
}

/** GPU buffers that are free but in commands not yet submitted, at most (ops/gpuRun.ts). */
const HELD_BYTES = 32 * MIB;
/** Room for reuse: on webgpu what the pool's limit allows (ops/gpuPool.ts); on wasm what a heap with holes needs. */
const REUSE: Readonly<Record<BackendName, number>> = { webgpu: 0.15, wasm: 0.25, cpu: 0 };
const WASM_START = 4 * MIB;

/** The same with what the backend adds. */
export function withSpare(parts: MemoryParts, backend: BackendName): MemoryParts {
  const held = backend === 'webgpu' ? Math.min(HELD_BYTES, parts.activations) : 0;
  const spare = held + REUSE[backend] * (sum(parts) + held) + (backend === 'wasm' ? WASM_START : 0);
  return { ...parts, spare: parts.spare + spare };
}

/** What a run needs to know of its data. */
export interface DataLengths {
  /** Mean tokens of a supervised example. */
  supervised: number;
  /** Longest prompt. */
  prompt: number;
  /** Share of a sequence's tokens that is response. */
  responseShare: number;
}

/** Of the built-in families (data.test asks the data whether that is so). */
export const BUILTIN_LENGTHS: DataLengths = { supervised: 40, prompt: 19, responseShare: 0.55 };

export interface MemoryOptions {
  lengths: DataLengths;
  backend: BackendName;
  /** Are SFT and reward model trained here? */
  trainsSft: boolean;
  trainsRewards: boolean;
}

/** Largest batches without a gradient (stages/scores.ts, stages/sampling.ts, model/generate.ts). */
export const SCORED_TOKENS = 4096;
export const DECODED_ROWS = 256;
export const PREFILL_TOKENS = 2048;

/** The most that a run holds at once, and where. */
export function runMemory(run: RunConfig, model: ModelConfig, options: MemoryOptions): MemoryEstimate {
  const { lengths, backend } = options;
  const weights = FLOAT * parameterCount(model);
  const step = (tokens: number, selected: number): MemoryParts => {
    const ofPart = tokens / run.accumulate;
    const scored = ofPart * lengths.responseShare;
    return stepMemory(model, { tokens: ofPart, scored, selected, recompute: run.recompute });
  };
  /** A second model beside the policy. */
  const beside = (parts: MemoryParts): MemoryParts => ({ ...parts, weights: parts.weights + weights });
  const masked = (purpose: 'forgetting' | 'improving'): number =>
    run.arm === 'dpo-full' ? 1 : (run[`${purpose}Percent`] - run[`${purpose}Lower`]) / 100;
  const rows = Math.min(DECODED_ROWS, Math.max(run.prompts * run.samplesPerPrompt, run.heldOutPrompts));
  const positions = Math.min(lengths.prompt + run.maxNewTokens, model.maxPositions);
  const prefill = Math.min(PREFILL_TOKENS, rows * lengths.prompt);
  const phases: Partial<Record<MemoryPhase, MemoryParts>> = {
    ...(options.trainsSft && { SFT: step(run.sftSequences * lengths.supervised, 1) }),
    sampling: decodingMemory(model, { rows, positions, prefill }),
    scoring: beside(scoringMemory(model, SCORED_TOKENS)),
    ...(options.trainsRewards && { 'reward model': beside(step(run.batchTokens, 1)) }),
    'warm-up': step(run.batchTokens, 1),
    ...(run.arm === 'allo' && { forgetting: step(run.batchTokens, masked('forgetting')) }),
    improving: step(run.batchTokens, masked('improving')),
  };
  return (Object.entries(phases) as [MemoryPhase, MemoryParts][])
    .map(([phase, bare]) => {
      const parts = withSpare(bare, backend);
      return { phase, parts, total: sum(parts) };
    })
    .reduce((most, one) => (one.total > most.total ? one : most));
}
