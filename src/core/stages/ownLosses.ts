// What every pair or wrong answer of a batch costs by itself, from the log-probs that the training step has read back anyway. Only told:
// no training uses it.
import type { TimedStage } from '../events';
import { dpoLoss32, npoLoss32 } from '../tokens/floatLoss';
import { keptTokens } from '../tokens/keep';
import { type WeightingName, weightDenominator } from '../tokens/rewards';
import type { TokenLogps } from '../tokens/terms';
import { responseValues, type SequenceBatch } from './batches';
import { type RunContext, responseIds } from './context';

/** Pairs or weighted responses of a batch, and the loss of each before the update. */
export interface OwnLosses {
  items: readonly object[];
  losses: Float32Array;
}

/** A part of a batch with the log-probs of its response tokens, [B·R]. */
export interface ScoredPart {
  batch: SequenceBatch;
  policy: Float32Array;
  reference: Float32Array;
}

const rowLogps = ({ batch, policy, reference }: ScoredPart, row: number): TokenLogps => ({
  policy: responseValues(batch, policy, row),
  reference: responseValues(batch, reference, row),
});

/** −log σ(β z) of one pair (ALGORITHM §6). */
const pairLoss = (chosen: TokenLogps, rejected: TokenLogps, keepShare: number, beta: number): number =>
  dpoLoss32({ chosen, rejected, keep: keptTokens(rejected, keepShare), beta });

/** The same from its log-ratios. */
export function lossOfRatios(chosen: Float32Array, rejected: Float32Array, keepShare: number, beta: number): number {
  const against0 = (policy: Float32Array): TokenLogps => ({ policy, reference: new Float32Array(policy.length) });
  return pairLoss(against0(chosen), against0(rejected), keepShare, beta);
}

/** −log σ(β z) of every pair of parts whose rows are first the chosen, then the rejected responses. */
export const dpoLosses = (parts: readonly ScoredPart[], keepShare: number, beta: number): Float32Array =>
  Float32Array.from(
    parts.flatMap((part) => {
      const pairs = part.batch.batchSize / 2;
      return Array.from({ length: pairs }, (_, i) => {
        return pairLoss(rowLogps(part, i), rowLogps(part, pairs + i), keepShare, beta);
      });
    }),
  );

/** The forgetting loss of every response, divided by the D of that response alone (ALGORITHM §5). */
export const responseLosses = (
  parts: readonly (ScoredPart & { weights: Float32Array })[],
  weighting: WeightingName,
  beta: number,
): Float32Array =>
  Float32Array.from(
    parts.flatMap((part) =>
      Array.from({ length: part.batch.batchSize }, (_, row) => {
        const weights = responseValues(part.batch, part.weights, row);
        const valid = new Uint8Array(weights.length).fill(1);
        const denominator = weightDenominator(weights, valid, weighting);
        return npoLoss32({ ...rowLogps(part, row), weights, denominator, beta });
      }),
    ),
  );

/** The number under which each item of a stage's batches is told: place of a pair, record id of a wrong answer. */
export function itemNumbers(context: RunContext, stage: TimedStage): ReadonlyMap<object, number> {
  if (stage !== 'forgetting') return new Map(context.pairSet?.pairs.map((pair, place) => [pair, place]));
  const ids = responseIds(context, context.weighted);
  return new Map(context.weighted.map((item, i) => [item, ids[i]!]));
}
