// How much memory a run holds at most, before it starts: bytes of GPU buffers (webgpu) or by which the wasm heap grows, from shapes alone. What is
// counted are the tensors that this project's gradients save (core/model, core/ops), in float32; JavaScript's own memory is not.
import { isMasked, isPpo, isSingleStage, type RunConfig } from './config';
import type { BackendName } from './events';
import { kvWidthOf, type ModelConfig, parameterCount, queryWidthOf } from './model/config';

/** Above so many weights a run does not sum up its warm-up's gradients, */
export const SUMMED_GRADIENTS = 5_000_000;
/** does not tell its weights at the stages' ends, */
export const KEPT_WEIGHTS = 50_000_000;
/** and does not tell the change at the moments of its time line. */
export const KEPT_STEPS = 1_000_000;

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

/**
 * Numbers a token has in one block: those saved for its gradient up to the attention and behind it, and those alive at most without a
 * gradient.
 */
export function blockFloats(config: ModelConfig): {
  upToAttention: number;
  behind: number;
  alive: number;
} {
  const { architecture, width, mlpWidth, qkNorm } = config;
  const [queryWidth, kvWidth] = [queryWidthOf(config), kvWidthOf(config)];
  const turned = queryWidth + kvWidth;
  // Input, normed, queries, keys and values (queries and keys before their norm too, where they have one); heads, middle, normed again, and the
  // feed-forward's. Where both halves of a block read its input, the middle is not kept.
  const upToAttention = 2 * width + queryWidth + 2 * kvWidth + (qkNorm ? turned : 0);
  const rows = config.parallelResidual ? 1 : 2;
  const behind = rows * width + queryWidth + (architecture === 'llama' ? 3 : 2) * mlpWidth;
  // And the output; before RoPE in Llama queries and keys, in GPT-NeoX all three.
  const before = { llama: turned, gpt2: 0, gpt_neox: turned + kvWidth }[architecture];
  return { upToAttention, behind, alive: upToAttention + behind + width + before };
}

export interface StepShape {
  /** Packed tokens of a part, and how many of them predict a response token. */
  tokens: number;
  scored: number;
  /** Parts that are run one after another, their gradients added up. */
  parts: number;
  /** Share of the entries that move. */
  selected: number;
  /** Keep every block's input only, and run the block again for its gradient. */
  recompute: boolean;
}

/** Bytes of what is held, and of what a pass makes and gives back on the way. */
export interface Holding {
  parts: MemoryParts;
  made: number;
}

/** A training step, without what the backend adds. */
export function stepMemory(config: ModelConfig, { tokens, scored, parts, selected, recompute }: StepShape): Holding {
  const parameters = parameterCount(config);
  const { width, layers, vocabularySize } = config;
  const { upToAttention, behind } = blockFloats(config);
  const block = tokens * (upToAttention + behind);
  // Behind the last attention only the scored rows go on.
  const made = layers * block - (tokens - scored) * behind;
  const kept = recompute ? layers * tokens * width : made;
  // The last hidden rows before and after their norm, logits and their gradient.
  const head = scored * 2 * (width + vocabularySize);
  // A block that is run again, and the gradients between its parts.
  const again = recompute ? 1.5 * block : 0;
  // A tied embedding's gradient comes in two halves, as head and as embedding, which are then added up in a third place.
  const halves = config.tiedHead ? 2 * width * vocabularySize : 0;
  // From the last block to the first, activations go and gradients come.
  const [atStart, atEnd] = [kept + head + again, parameters + Math.max(block, again, halves)];
  const earlier = parts > 1 ? parameters : 0;
  const gradients = (atStart > atEnd ? 0 : parameters) + earlier;
  return {
    // The optimiser and the gradient norm pack small tensors into copies.
    made: FLOAT * (made + 2 * parameters),
    parts: {
      weights: FLOAT * parameters,
      gradients: FLOAT * gradients,
      moments: FLOAT * parameters * selected * (selected < 1 ? 3 : 2),
      activations: FLOAT * (Math.max(atStart, atEnd) + earlier - gradients),
      cache: 0,
      spare: 0,
    },
  };
}

/** One block of `tokens` at a time; what `blocks` of them made before is on its way back. */
function withoutTraining(
  config: ModelConfig,
  { tokens, blocks, logits, cache }: Record<'tokens' | 'blocks' | 'logits' | 'cache', number>,
): Holding {
  const block = FLOAT * tokens * blockFloats(config).alive;
  const bytes = { gradients: 0, moments: 0, activations: block + FLOAT * logits, cache: FLOAT * cache, spare: 0 };
  return { made: blocks * block, parts: { weights: FLOAT * parameterCount(config), ...bytes } };
}

/** Log-probs of `tokens` packed tokens, `scored` of which predict something. */
export const scoringMemory = (config: ModelConfig, tokens: number, scored: number): Holding =>
  withoutTraining(config, {
    tokens,
    blocks: config.layers - 1,
    logits: scored * config.vocabularySize,
    cache: 0,
  });

/** Decoding `rows` sequences of at most `positions` tokens, `prefill` of whose prompts' tokens run at once. */
export function decodingMemory(
  config: ModelConfig,
  { rows, positions, prefill }: { rows: number; positions: number; prefill: number },
): Holding {
  return withoutTraining(config, {
    tokens: prefill,
    blocks: config.layers,
    logits: rows * config.vocabularySize,
    cache: 2 * config.layers * rows * positions * kvWidthOf(config),
  });
}

/** GPU buffers that are given back, but in commands not yet submitted (at most 32 MiB, ops/gpuRun.ts), and their like in the pool. */
const HELD_BYTES = 36 * MIB;
/** Room for reuse: on webgpu what the pool's limit allows (ops/gpuPool.ts); on wasm what a heap with holes needs. */
const REUSE: Readonly<Record<BackendName, number>> = { webgpu: 0.15, wasm: 0.15, cpu: 0 };

/** The same with what the backend adds. */
export function withSpare({ parts, made }: Holding, backend: BackendName): MemoryParts {
  const held = backend === 'webgpu' ? Math.min(HELD_BYTES, 1.12 * made) : 0;
  return { ...parts, spare: held + REUSE[backend] * (sum(parts) + held) };
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

/** Tokens that are scored together, at most. */
const SCORED_TOKENS = 4096;
/** Logits of them, or of rows that are decoded together: what a vocabulary of tens of thousands makes of many tokens would fill a GPU's buffer. */
const MOST_LOGITS = 1 << 25;

/** Tokens that are scored together, at most: as many, unless their logits are too many. */
export const scoredTokens = ({ vocabularySize }: Pick<ModelConfig, 'vocabularySize'>): number =>
  Math.max(1, Math.min(SCORED_TOKENS, Math.floor(MOST_LOGITS / vocabularySize)));
/** Tokens of a stage's reference that are scored together: as many as a step trains on, but no more of them than fit, however a step is cut. */
export const referenceTokens = (model: Pick<ModelConfig, 'vocabularySize'>, batchTokens: number): number =>
  Math.min(batchTokens, scoredTokens(model));
/** Prompts that run together before decoding have at most this many tokens (one has any number). */
export const PREFILL_TOKENS = 2048;
const MOST_ROWS = 256;
const MOST_CACHE_BYTES = 128 * MIB;

/** Sequences that are decoded together, at most: enough to fill the matrix products, but a cache of keys and values that fits. */
export function decodedRows(config: ModelConfig, positions: number): number {
  const bytesOfRow = FLOAT * 2 * config.layers * positions * kvWidthOf(config);
  const ofLogits = Math.floor(MOST_LOGITS / config.vocabularySize);
  return Math.max(1, Math.min(MOST_ROWS, ofLogits, Math.floor(MOST_CACHE_BYTES / bytesOfRow)));
}

/** Training, or answering with the optimiser's moments at hand: whichever holds more. */
function withRollouts(
  training: Holding,
  { rolloutPrompts }: RunConfig,
  model: ModelConfig,
  { positions, prompt }: { positions: number; prompt: number },
): Holding {
  const rows = Math.min(rolloutPrompts, decodedRows(model, positions));
  const prefill = Math.min(PREFILL_TOKENS, rows * prompt);
  const { made, parts } = decodingMemory(model, { rows, positions, prefill });
  const rollout = { made, parts: { ...parts, moments: training.parts.moments } };
  return sum(training.parts) > sum(rollout.parts) ? training : rollout;
}

/** Is there a warm-up: does it choose what a mask holds still? */
export const warmsUp = (run: RunConfig): boolean => isMasked(run) && run.maskRule !== 'random';

/** Does the warm-up sum up its gradients: because they rank the weights, or because the model is small and they can be looked at? */
export const sumsGradients = (run: RunConfig, model: ModelConfig): boolean =>
  (warmsUp(run) && run.maskScore === 'gradient') || parameterCount(model) <= SUMMED_GRADIENTS;

/** The most that a run holds at once, and where. */
export function runMemory(run: RunConfig, model: ModelConfig, options: MemoryOptions): MemoryEstimate {
  const { lengths, backend } = options;
  const weights = FLOAT * parameterCount(model);
  const step = (all: number, selected: number): Holding => {
    const { accumulate: parts, recompute } = run;
    const tokens = all / parts;
    return stepMemory(model, { tokens, scored: tokens * lengths.responseShare, parts, selected, recompute });
  };
  /** A second model beside the policy. */
  const beside = ({ parts, made }: Holding): Holding => ({
    made,
    parts: { ...parts, weights: parts.weights + weights },
  });
  const masked = (purpose: 'forgetting' | 'improving'): number =>
    !isMasked(run) ? 1 : (run[`${purpose}Percent`] - run[`${purpose}Lower`]) / 100;
  /** With the gradients summed over its steps. */
  const warmup = (): Holding => {
    const { made, parts } = step(run.batchTokens, 1);
    const sums = sumsGradients(run, model) ? weights : 0;
    return { made, parts: { ...parts, gradients: parts.gradients + sums } };
  };
  /** Online merging holds moments and task vectors in JavaScript's memory, 24 bytes a weight of the tensors that move: none here. */
  const merging = (): Holding => {
    const { made, parts } = step(run.batchTokens, 1);
    return { made, parts: { ...parts, moments: 0 } };
  };
  const positions = Math.min(lengths.prompt + run.maxNewTokens, model.maxPositions);
  const rows = Math.min(
    decodedRows(model, positions),
    Math.max(run.prompts * run.samplesPerPrompt, run.heldOutPrompts),
  );
  const answers = Math.max(run.prompts * Math.min(run.samplesPerPrompt, run.pairsPerPrompt), run.heldOutPrompts);
  const scored = Math.min(scoredTokens(model), answers * lengths.supervised);
  const prefill = Math.min(PREFILL_TOKENS, rows * lengths.prompt);
  const improving = (): Holding => {
    const training = run.optimiser === 'adamw' ? step(run.batchTokens, masked('improving')) : merging();
    if (!isPpo(run)) return training;
    const most = withRollouts(training, run, model, { positions, prompt: lengths.prompt });
    // Beside the policy the reference, and perhaps the reward model.
    return run.ppoReward === 'reward model' ? beside(beside(most)) : beside(most);
  };
  const phases: Partial<Record<MemoryPhase, Holding>> = {
    ...(options.trainsSft && { SFT: step(run.sftSequences * lengths.supervised, 1) }),
    sampling: decodingMemory(model, { rows, positions, prefill }),
    scoring: beside(scoringMemory(model, scored, scored * lengths.responseShare)),
    ...(options.trainsRewards && { 'reward model': beside(step(run.batchTokens, 1)) }),
    ...(warmsUp(run) && { 'warm-up': warmup() }),
    ...(!isSingleStage(run) && { forgetting: step(run.batchTokens, masked('forgetting')) }),
    improving: improving(),
  };
  return (Object.entries(phases) as [MemoryPhase, Holding][])
    .map(([phase, holding]) => {
      const parts = withSpare(holding, backend);
      return { phase, parts, total: sum(parts) };
    })
    .reduce((most, one) => (one.total > most.total ? one : most));
}
