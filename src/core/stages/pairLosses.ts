// Every method that learns from preference pairs, as one loss of a part of a batch. The losses themselves are pure (losses/); here they
// get their settings, and what two of them know beside the pairs: BCO's running mean reward and KTO's mismatched log-ratios.
import type { RunConfig } from '../config';
import { type BcoState, bcoLoss } from '../losses/bco';
import { hingeLoss, lnDpoLoss, rDpoLoss } from '../losses/dpo';
import { fineGrainedDpoLoss, keepLowestRatios } from '../losses/fineGrainedDpo';
import { ipoLoss } from '../losses/ipo';
import { ktoLoss } from '../losses/kto';
import { npoLoss } from '../losses/npo';
import type { PairLogps } from '../losses/sequence';
import { simpoLoss } from '../losses/simpo';
import type { PairMethod } from '../methods';
import { tf } from '../tf';
import { keptCount } from '../tokens/keep';
import type { SequenceBatch } from './batches';
import type { ArrayWriter } from './resume/arrays';

/** A method with its own settings. */
export type PairLossChoice = Pick<
  RunConfig,
  'lengthAlpha' | 'targetMargin' | 'desirableWeight' | 'undesirableWeight'
> & { method: PairMethod };

export interface PairLossSettings extends Omit<PairLossChoice, 'method'> {
  beta: number;
  /** ε: share of the rejected tokens that count. Only `allo` and `dpo` have it. */
  keepShare: number;
}

/** A part of a step's pairs. */
export interface PairPart {
  /** Rows 0…P−1 the chosen, P…2P−1 the rejected responses. */
  batch: SequenceBatch;
  /** [2P·R] */
  refLogps: Float32Array;
  /** Of the step's pairs, 0…1. */
  share: number;
}

/** What losses know beside the pairs, on the device. Whoever made it disposes it. */
export class PairLossState {
  /** BCO. Starts at 0; a part counts as much as its share of the step's pairs. */
  running: BcoState = { delta: 0, batches: 0 };
  /** KTO: Σ (log π_θ − log π_ref) of responses under other prompts of the batch under way; null where it has none. */
  mismatched: tf.Tensor1D | null = null;

  /** BCO goes on from a running mean. */
  constructor(running: { delta: number; batches: number } | null = null) {
    if (running) this.running = { delta: tf.scalar(running.delta), batches: running.batches };
  }

  /** The running mean as it is now, which is read when the point is written; null before the first batch. */
  keptBy(writer: Pick<ArrayWriter, 'readNumber'>): { delta: number; batches: number } | null {
    const { delta, batches } = this.running;
    if (typeof delta === 'number') return null;
    const running = { delta: Number.NaN, batches };
    writer.readNumber(delta, (value) => {
      running.delta = value;
    });
    return running;
  }

  /** Takes over `delta` for the running mean. */
  advance(delta: tf.Scalar, batches: number): void {
    const before = this.running.delta;
    this.running = { delta, batches };
    if (typeof before !== 'number') before.dispose();
  }

  forgetMismatched(): void {
    this.mismatched?.dispose();
    this.mismatched = null;
  }

  dispose(): void {
    this.forgetMismatched();
    this.advance(tf.scalar(0), 0);
    (this.running.delta as tf.Scalar).dispose();
    this.running = { delta: 0, batches: 0 };
  }
}

type PairLoss = (pairs: PairLogps, part: PairPart, settings: PairLossSettings, state: PairLossState) => tf.Scalar;

/** The part's own mean. */
export const PAIR_LOSSES: Readonly<Record<PairMethod, PairLoss>> = {
  allo: (pairs, part, settings) => fineGrainedDpo(pairs, part, settings),
  dpo: (pairs, part, settings) => fineGrainedDpo(pairs, part, settings),
  hinge: (pairs, _, { beta }) => hingeLoss(pairs, { beta }).loss,
  'r-dpo': (pairs, _, { beta, lengthAlpha }) => rDpoLoss(pairs, { beta, alpha: lengthAlpha }).loss,
  'ln-dpo': (pairs, _, { beta }) => lnDpoLoss(pairs, { beta }).loss,
  ipo: (pairs, _, { beta }) => ipoLoss(pairs, { beta, average: false }).loss,
  'ipo-mean': (pairs, _, { beta }) => ipoLoss(pairs, { beta, average: true }).loss,
  bco(pairs, { share }, { beta }, state) {
    const { delta: before, batches } = state.running;
    // (δ·b + s·mean) / (b + s): after all parts of a step δ is what it would be had they been one batch.
    const { loss, delta } = bcoLoss(pairs, { beta }, { delta: before, batches: batches / share });
    state.advance(tf.keep(delta), batches + share);
    return loss;
  },
  kto(pairs, _, { beta, desirableWeight, undesirableWeight }, { mismatched }) {
    // Without a mismatched response z0 would be a response's own reward (ALGORITHM §8 forbids that): 0 is the least it can be.
    const ratios = mismatched ?? tf.tensor1d([0]);
    return ktoLoss(pairs, ratios, { beta, desirableWeight, undesirableWeight }).loss;
  },
  simpo: (pairs, _, { beta, targetMargin }) => simpoLoss(pairs, { beta, gammaBetaRatio: targetMargin }).loss,
  npo: (pairs, _, { beta }) => npoLoss(pairs, { beta }).loss,
};

/** The loss of a part from the policy's log-probs [2P, R], without the part's share. */
export function pairLoss(
  logps: tf.Tensor2D,
  part: PairPart,
  method: PairMethod,
  settings: PairLossSettings,
  state: PairLossState,
): tf.Scalar {
  const { batch, refLogps } = part;
  const { batchSize, width, responseMask } = batch;
  const pairCount = batchSize / 2;
  const shape: [number, number] = [pairCount, width];
  const half = pairCount * width;
  const constant = (values: Float32Array): tf.Tensor2D => tf.tensor2d(values, shape);
  const pairs: PairLogps = {
    policyChosenLogps: tf.slice(logps, [0, 0], shape),
    policyRejectedLogps: tf.slice(logps, [pairCount, 0], shape),
    refChosenLogps: constant(refLogps.subarray(0, half)),
    refRejectedLogps: constant(refLogps.subarray(half)),
    chosenMask: constant(responseMask.subarray(0, half)),
    rejectedMask: constant(responseMask.subarray(half)),
  };
  return PAIR_LOSSES[method](pairs, part, settings, state);
}

/** DPO; with `keepShare` < 1 only the rejected tokens with the lowest log-ratios count. */
function fineGrainedDpo(pairs: PairLogps, { batch }: PairPart, { beta, keepShare }: PairLossSettings): tf.Scalar {
  const { policyRejectedLogps, refRejectedLogps, rejectedMask } = pairs;
  const pairCount = batch.batchSize / 2;
  const kept = Float32Array.from(batch.counts.subarray(pairCount), (tokens) => keptCount(keepShare, tokens));
  const keep =
    keepShare >= 1
      ? rejectedMask
      : keepLowestRatios(
          tf.sub(policyRejectedLogps, refRejectedLogps),
          rejectedMask,
          tf.tensor2d(kept, [pairCount, 1]),
        );
  return fineGrainedDpoLoss(pairs, keep, { beta }).loss;
}
