// What would have to shrink where a run does not fit: the first of a ladder of changes, from those that cost only time to those that change what is
// learnt. Arithmetic over memory.ts's estimate; how much there is, the caller says.
import { isSingleStage, type RunConfig } from './config';
import type { BackendName } from './events';
import type { MemoryEstimate } from './memory';
import type { BufferNeed, BufferRemedy } from './memoryBuffers';

/** Settings that a fit may change. */
export type FitChanges = Partial<
  Pick<RunConfig, 'accumulate' | 'recompute' | 'rewardSteps' | 'batchTokens' | 'sftSequences'>
>;

export type Fit =
  | { status: 'fits'; estimate: MemoryEstimate }
  /** It would with these changes. `buffer`: what is too large in one piece without them. */
  | {
      status: 'shrinks';
      estimate: MemoryEstimate;
      changes: FitChanges;
      fitted: MemoryEstimate;
      buffer: TooLarge | null;
    }
  /** Not even with all of them: `over` bytes are missing (0: none), or `buffer` is still too large in one piece. */
  | {
      status: 'too large';
      estimate: MemoryEstimate;
      changes: FitChanges;
      fitted: MemoryEstimate;
      over: number;
      buffer: TooLarge | null;
    };

/** A buffer beyond what a GPU takes in one piece, `limit` bytes. */
export interface TooLarge extends BufferNeed {
  limit: number;
}

/** What a backend takes in one piece, and what a run asks of it, the largest first (memoryBuffers.ts). */
export interface BufferLimit {
  bytes: number;
  needs(config: RunConfig): readonly BufferNeed[];
}

export interface FitLimits {
  /** Bytes there are. */
  bytes: number;
  /** Where single buffers have a limit too. */
  buffers?: BufferLimit;
  /** Tokens of the longest pair (or supervised sequence): no part of a step is shorter. */
  longestPair: number;
}

const MOST_PARTS = 64;
const LEAST_TOKENS = 128;

/** A wasm heap has 32-bit addresses. */
const WASM_BYTES = 4e9;
/** Browsers do not say how much memory a GPU has; so much is common. */
export const COMMON_GPU_BYTES = 8e9;

/** Bytes that a backend can hold; null where nothing is known to bound it. `gpuBytes`: what somebody says their GPU has. */
export function backendBytes(backend: BackendName, gpuBytes = COMMON_GPU_BYTES): number | null {
  return { wasm: WASM_BYTES, webgpu: gpuBytes, cpu: null }[backend];
}

/** Whether a run fits, and with which least change it would. `estimate` must follow the settings that `FitChanges` names. */
export function fitMemory(
  config: RunConfig,
  estimate: (config: RunConfig) => MemoryEstimate,
  { bytes, buffers, longestPair }: FitLimits,
): Fit {
  const now = estimate(config);
  const buffer = buffers ? tooLargeBuffer(buffers, config) : null;
  if (now.total <= bytes && !buffer) return { status: 'fits', estimate: now };
  const over = (fitted: MemoryEstimate): number => Math.max(0, fitted.total - bytes);
  // No setting makes a tensor of the model smaller.
  if (buffer && buffer.remedy !== 'tokens')
    return { status: 'too large', estimate: now, changes: {}, fitted: now, over: over(now), buffer };
  let least = { changes: {} as FitChanges, fitted: now, buffer };
  for (const changes of ladder(config, longestPair)) {
    const changed = { ...config, ...changes };
    const one = { changes, fitted: estimate(changed), buffer: buffers ? tooLargeBuffer(buffers, changed) : null };
    if (one.fitted.total <= bytes && !one.buffer)
      return { status: 'shrinks', estimate: now, changes, fitted: one.fitted, buffer };
    if (one.fitted.total < least.fitted.total) least = one;
  }
  return { status: 'too large', estimate: now, ...least, over: over(least.fitted) };
}

/** What is too large in one piece: what no setting shrinks before what fewer tokens do, of these the largest. Null where all fit. */
export function tooLargeBuffer({ bytes, needs }: BufferLimit, config: RunConfig): TooLarge | null {
  const large = needs(config).filter((need) => need.bytes > bytes);
  const worst = large.find(({ remedy }) => remedy !== 'tokens') ?? large[0];
  return worst ? { ...worst, limit: bytes } : null;
}

/** From the least change to the largest. */
function* ladder(config: RunConfig, longestPair: number): Generator<FitChanges> {
  // More parts: the same gradient, in smaller passes.
  yield* inParts(config, {}, longestPair);
  const again: FitChanges = config.recompute ? {} : { recompute: true };
  if (!config.recompute) {
    yield again;
    yield* inParts(config, again, longestPair);
  }
  // The token difference stands in for the reward model, which is a second model with its own optimiser.
  const isRewarded = config.rewardSource === 'train' && config.rewardSteps > 0 && !isSingleStage(config);
  const plain: FitChanges = isRewarded ? { ...again, rewardSteps: 0 } : again;
  if (isRewarded) yield* inParts(config, plain, longestPair, true);
  for (let tokens = config.batchTokens / 2; tokens >= Math.max(LEAST_TOKENS, longestPair); tokens /= 2) {
    const sftSequences = Math.max(1, Math.floor((config.sftSequences * tokens) / config.batchTokens));
    const smaller: FitChanges = { ...plain, batchTokens: Math.floor(tokens), sftSequences };
    yield* inParts({ ...config, ...smaller }, smaller, longestPair, true);
  }
}

function* inParts(
  { accumulate, batchTokens }: RunConfig,
  changes: FitChanges,
  longestPair: number,
  withPresent = false,
): Generator<FitChanges> {
  if (withPresent) yield changes;
  for (let parts = accumulate * 2; parts <= MOST_PARTS && batchTokens / parts >= longestPair; parts *= 2) {
    yield { ...changes, accumulate: parts };
  }
}

const WORDS: { [K in keyof Required<FitChanges>]: (value: Required<FitChanges>[K], config: RunConfig) => string } = {
  accumulate: (value) => `gradients of each step added up over ${value} parts (some more time)`,
  recompute: () => 'activations computed again instead of kept (a third more time)',
  rewardSteps: () => 'no reward model: the token difference to the right answer stands in',
  batchTokens: (value, config) => `${value} tokens per step instead of ${config.batchTokens}`,
  sftSequences: (value, config) => `${value} SFT sequences per step instead of ${config.sftSequences}`,
};

/** The changes as phrases for people, in the order of the ladder. */
export function fitWords(changes: FitChanges, config: RunConfig): string[] {
  const word = <K extends keyof FitChanges>(name: K, value: Required<FitChanges>[K] | undefined): string[] =>
    value === undefined || value === config[name] ? [] : [WORDS[name](value, config)];
  return [
    ...word('accumulate', changes.accumulate),
    ...word('recompute', changes.recompute),
    ...word('rewardSteps', changes.rewardSteps),
    ...word('batchTokens', changes.batchTokens),
    ...word('sftSequences', changes.sftSequences),
  ];
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

const REMEDIES: Readonly<Record<BufferRemedy, string>> = {
  model: 'No setting makes it smaller: take a model with fewer words or narrower layers, or a GPU with larger buffers',
  tokens: 'Take fewer tokens per step, more parts of a step, or data with shorter sequences',
  score: 'Rank the weights by their change instead of their gradient',
  optimiser: 'Take AdamW as the optimiser',
};

/** Which tensor a GPU does not take in one piece, as a sentence. */
export const bufferText = ({ what, bytes, limit }: TooLarge): string =>
  `Too large in one piece: ${what}, ${megabytes(bytes)}, where this GPU takes at most ${megabytes(limit)}.`;
/** What helps, as a sentence. */
export const remedyText = ({ remedy }: Pick<TooLarge, 'remedy'>): string => `${REMEDIES[remedy]}.`;

/** What a fit says, as sentences; null where the run fits as it is. */
export function fitText(fit: Fit, config: RunConfig): string | null {
  if (fit.status === 'fits') return null;
  const needs = `The run needs about ${megabytes(fit.estimate.total)}, most of it in ${fit.estimate.phase}`;
  const words = fitWords(fit.changes, config).join('; ');
  const piece = fit.buffer ? ` ${bufferText(fit.buffer)}` : '';
  if (fit.status === 'shrinks') return `${needs}.${piece} It fits in ${megabytes(fit.fitted.total)} with: ${words}.`;
  const even = words ? `; even with ${words} it needs ${megabytes(fit.fitted.total)}` : '';
  if (fit.over === 0) return `${needs}${even}.${piece} ${remedyText(fit.buffer!)}`;
  const smaller = 'Take a smaller model, or data with shorter sequences.';
  return `${needs}${even}: ${megabytes(fit.over)} too much.${piece} ${smaller}`;
}
