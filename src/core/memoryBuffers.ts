// The largest single buffers of a run. A GPU bounds not only the sum but each of them (WebGPU's maxBufferSize and maxStorageBufferBindingSize, which
// TensorFlow.js asks for as the adapter has them), and what is beyond computes nothing and throws nothing. From shapes alone, in float32.
import { isMasked, isSingleStage, type RunConfig } from './config';
import { type DataLengths, decodedRows, PREFILL_TOKENS, scoredTokens, sumsGradients, warmsUp } from './memory';
import { kvWidthOf, type ModelConfig, parameterCount, queryWidthOf, sizeOf, tensorSpecs } from './model/config';

/** What makes a buffer smaller: nothing but another model; fewer tokens that run together; another score of the masks; AdamW. */
export type BufferRemedy = 'model' | 'tokens' | 'score' | 'optimiser';

export interface BufferNeed {
  /** In words, with its shape. */
  what: string;
  bytes: number;
  remedy: BufferRemedy;
}

export interface BufferOptions {
  lengths: DataLengths;
  /** Tokens of the longest pair: no batch is shorter, whatever is asked for. */
  longestPair: number;
  trainsSft: boolean;
  trainsRewards: boolean;
}

const FLOAT = 4;
/** A batch may hold so many times the mean share of response tokens. */
const RESPONSE_SPREAD = 1.25;
/** Sizes of batches are rounded up (stages/batches.ts, model/scored.ts). */
const BUCKET = 64;
const roundUp = (n: number): number => Math.ceil(n / BUCKET) * BUCKET;

const rectangle = (what: string, rows: number, width: number, remedy: BufferRemedy = 'tokens'): BufferNeed => ({
  what: `${what} [${rows}, ${width}]`,
  bytes: FLOAT * rows * width,
  remedy,
});

/** The widest rows that `tokens` packed tokens have between two matrices. */
function rowsBetween(config: ModelConfig, tokens: number): BufferNeed {
  const { architecture, mlpWidth, width } = config;
  const qkvWidth = queryWidthOf(config) + (architecture === 'llama' ? 0 : 2 * kvWidthOf(config));
  return rectangle('the rows of all tokens inside a layer', tokens, Math.max(width, mlpWidth, qkvWidth));
}

/** Of a pass over `tokens` packed tokens, `scored` of which predict something. */
export const passBuffers = (config: ModelConfig, tokens: number, scored: number): BufferNeed[] => [
  rowsBetween(config, tokens),
  rectangle('the logits', scored, config.vocabularySize),
];

/** Of weights and gradients, and of the optimiser where `selected` (a share of all entries) move: the largest tensor's. */
export function weightBuffers(config: ModelConfig, selected: number): BufferNeed[] {
  const largest = tensorSpecs(config).reduce((most, spec) => (sizeOf(spec) > sizeOf(most) ? spec : most));
  const weights = { what: `${largest.name} [${largest.shape.join(', ')}]`, bytes: FLOAT * sizeOf(largest) };
  // A mask may choose all its entries from one tensor.
  const moving = Math.min(sizeOf(largest), Math.ceil(selected * parameterCount(config)));
  const moments = { what: `AdamW’s two moments of ${weights.what}`, bytes: 2 * FLOAT * moving };
  return [weights, moments].map((need) => ({ ...need, remedy: 'model' as const }));
}

/** The buffers of a run that may be too large, the largest first. */
export function runBuffers(run: RunConfig, model: ModelConfig, options: BufferOptions): BufferNeed[] {
  const { lengths, longestPair, trainsSft, trainsRewards } = options;
  const share = Math.min(1, RESPONSE_SPREAD * lengths.responseShare);
  const pass = (tokens: number): BufferNeed[] => {
    const longest = Math.max(tokens, longestPair);
    return passBuffers(model, roundUp(longest), roundUp(longest * share));
  };
  const positions = Math.min(lengths.prompt + run.maxNewTokens, model.maxPositions);
  const rows = decodedRows(model, positions);
  const parameters = parameterCount(model);
  const needs = [
    ...weightBuffers(model, mostMoving(run, trainsSft || trainsRewards)),
    ...pass(run.batchTokens / run.accumulate),
    ...(trainsSft ? pass((run.sftSequences * lengths.supervised) / run.accumulate) : []),
    ...pass(scoredTokens(model)),
    rowsBetween(model, Math.max(PREFILL_TOKENS, lengths.prompt)),
    rectangle('one layer’s cache of keys', rows * positions, kvWidthOf(model)),
    ...(sumsGradients(run, model)
      ? [{ what: `the sum of all gradients [${parameters}]`, bytes: FLOAT * parameters, remedy: 'score' as const }]
      : []),
    ...(run.optimiser === 'adamw'
      ? []
      : [
          {
            what: `all gradients and weights that are merged [${2 * parameters}]`,
            bytes: 2 * FLOAT * parameters,
            remedy: 'optimiser' as const,
          },
        ]),
  ];
  return needs.sort((a, b) => b.bytes - a.bytes);
}

/** The largest share of the weights that one of the run's optimisers moves. */
function mostMoving(run: RunConfig, trainsOthers: boolean): number {
  // The warm-up moves all weights, as does whatever has no mask.
  if (trainsOthers || !isMasked(run) || warmsUp(run)) return 1;
  const share = (purpose: 'forgetting' | 'improving'): number =>
    (run[`${purpose}Percent`] - run[`${purpose}Lower`]) / 100;
  return isSingleStage(run) ? share('improving') : Math.max(share('forgetting'), share('improving'));
}
