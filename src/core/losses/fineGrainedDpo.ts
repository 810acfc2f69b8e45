// ALLO's improving loss: DPO where all chosen tokens but only the kept rejected tokens count. Which rejected tokens are kept is
// decided outside the gradient, on plain arrays. ALGORITHM §6; golden file `fg_dpo`.
import { tf } from '../tf';
import { hingeLosses, sigmoidLosses } from './dpo';
import { ipoLosses } from './ipo';
import { maskedSum, type PairLogps, type PreferenceLoss, preferenceLoss, sequenceLogRatios } from './sequence';

export interface FineGrainedDpoOptions {
  beta: number;
  loss?: 'sigmoid' | 'hinge' | 'ipo';
  labelSmoothing?: number;
}

export interface FineGrainedDpoLoss extends PreferenceLoss {
  /** Σ d_t over the chosen tokens. */
  chosenLogRatios: tf.Tensor1D; // [B]
  /** Σ d_t over the kept rejected tokens; `rejectedRewards` still count all of them. */
  keptRejectedLogRatios: tf.Tensor1D; // [B]
}

/** Loss of z = Σ_{chosen} d_t − Σ_{kept rejected} d_t; `keep` is 0/1 per rejected token. */
export function fineGrainedDpoLoss(
  pairs: PairLogps,
  keep: tf.Tensor2D,
  options: FineGrainedDpoOptions,
): FineGrainedDpoLoss {
  const { beta, loss: form = 'sigmoid' } = options;
  const { chosen, rejected } = sequenceLogRatios(pairs);
  const keptMask: tf.Tensor2D = tf.mul(keep, pairs.rejectedMask); // [B, T]
  const kept = maskedSum(tf.sub(pairs.policyRejectedLogps, pairs.refRejectedLogps), keptMask); // [B]
  const margins: tf.Tensor1D = tf.sub(chosen, kept); // [B]
  const losses =
    form === 'ipo'
      ? ipoLosses(margins, beta)
      : form === 'hinge'
        ? hingeLosses(tf.mul(margins, beta))
        : sigmoidLosses(tf.mul(margins, beta), options.labelSmoothing);
  return {
    ...preferenceLoss(losses, tf.mul(chosen, beta), tf.mul(rejected, beta)),
    chosenLogRatios: chosen,
    keptRejectedLogRatios: kept,
  };
}

/** How many rejected tokens of a response of n tokens the default rule keeps. */
export const keptCount = (share: number, tokens: number): number => Math.max(1, Math.floor(share * tokens));

/**
 * The default rule of `keepRejectedTokens` on the device, so that a step need not wait for its own log-probs: the tokens with the
 * lowest log-ratios of each row, ties to the lower index. logRatios and mask [B, T], counts (K of each row) [B, 1] → 0/1 [B, T].
 * Passes no gradient.
 */
export function keepLowestRatios(logRatios: tf.Tensor2D, mask: tf.Tensor2D, counts: tf.Tensor2D): tf.Tensor2D {
  const [batchSize, length] = logRatios.shape;
  // The log-ratios come in by closure, not as an input: so the tape sees no path from them to the selection.
  const select = tf.customGrad((input) => {
    const valid = input as tf.Tensor2D;
    const ranked = tf.where(tf.greater(valid, 0), logRatios, tf.fill([batchSize, length], 1e9));
    const mine = tf.reshape(ranked, [batchSize, length, 1]);
    const theirs = tf.reshape(ranked, [batchSize, 1, length]);
    const earlier = tf.tensor2d(
      Float32Array.from({ length: length * length }, (_, at) => (at % length < Math.floor(at / length) ? 1 : 0)),
      [length, length],
    );
    const lower = tf.cast(tf.less(theirs, mine), 'float32');
    const tied = tf.mul(tf.cast(tf.equal(theirs, mine), 'float32'), earlier);
    const rank = tf.sum(tf.add(lower, tied), 2); // [B, T]
    const value = tf.mul(tf.cast(tf.less(rank, counts), 'float32'), valid);
    return { value, gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
  });
  return select(mask) as tf.Tensor2D;
}

/** Per-token log-probs of the rejected responses, row-major [B, T]. */
export interface RejectedLogps {
  policyRejectedLogps: ArrayLike<number>;
  refRejectedLogps: ArrayLike<number>;
  /** 1 on response tokens. */
  rejectedMask: ArrayLike<number>;
  batchSize: number;
}

export interface KeepRule {
  /** ε: the share of rejected tokens to keep; 1 keeps all (plain DPO). */
  share: number;
  /** `valid`: per sample, by its own response length (default). `reference`: as released. `all`: no selection. */
  select: 'valid' | 'reference' | 'all';
  /** For the ablation: keep the largest log-ratios instead of the smallest. Not part of the reference rule. */
  direction?: 'lowest' | 'highest';
}

export interface KeptTokens {
  keep: Float32Array; // [B, T], 0 or 1
  keptCounts: Int32Array; // [B]
  /** Reference rule only: the K-th largest candidate −d of each row. */
  thresholds: Float64Array | null; // [B]
}

/** The reference rule's K is 0 (T·ε < 1), on which the released code stops with an IndexError. */
export class NoKeptTokensError extends Error {
  override readonly name = 'NoKeptTokensError';
}

/**
 * Choose the rejected tokens that the improving loss counts: those with the most negative log-ratio d.
 * `valid`: K = max(1, floor(ε·n)) of each sample's n response tokens, ties to the lower index.
 * `reference`: K = trunc(T·ε) of the padded width T; exact zeros (padding, but also real ones) are candidates of last resort;
 * everything tied with the K-th is kept, padding included. Throws NoKeptTokensError when K is 0.
 */
export function keepRejectedTokens(logps: RejectedLogps, rule: KeepRule): KeptTokens {
  const { policyRejectedLogps, refRejectedLogps, rejectedMask, batchSize } = logps;
  const length = rejectedMask.length / batchSize;
  const keep = new Float32Array(rejectedMask.length);
  const thresholds = rule.select === 'reference' ? new Float64Array(batchSize) : null;
  for (let row = 0; row < batchSize; row++) {
    const start = row * length;
    const valid = (t: number) => rejectedMask[start + t]! > 0;
    const logRatio = (t: number) => (valid(t) ? policyRejectedLogps[start + t]! - refRejectedLogps[start + t]! : 0);
    const keepRow = keep.subarray(start, start + length);
    if (rule.select === 'all') for (let t = 0; t < length; t++) keepRow[t] = valid(t) ? 1 : 0;
    else if (thresholds) thresholds[row] = keepReference(keepRow, logRatio, Math.trunc(length * rule.share));
    else keepLowest(keepRow, valid, logRatio, rule);
  }
  const keptCounts = Int32Array.from({ length: batchSize }, (_, row) =>
    keep.subarray(row * length, (row + 1) * length).reduce((sum, kept) => sum + kept, 0),
  );
  return { keep, keptCounts, thresholds };
}

function keepLowest(
  keepRow: Float32Array,
  valid: (t: number) => boolean,
  logRatio: (t: number) => number,
  rule: KeepRule,
): void {
  const tokens = Array.from(keepRow.keys()).filter(valid);
  if (tokens.length === 0) return;
  const count = keptCount(rule.share, tokens.length);
  const sign = rule.direction === 'highest' ? -1 : 1;
  tokens.sort((a, b) => sign * (logRatio(a) - logRatio(b)) || a - b);
  for (const t of tokens.slice(0, count)) keepRow[t] = 1;
}

function keepReference(keepRow: Float32Array, logRatio: (t: number) => number, count: number): number {
  if (count < 1) throw new NoKeptTokensError(`The reference rule keeps 0 of ${keepRow.length} positions and fails.`);
  const candidates = Float64Array.from(keepRow, (_, t) => (logRatio(t) === 0 ? -1e10 : -logRatio(t)));
  const threshold = candidates.toSorted()[keepRow.length - count]!;
  for (let t = 0; t < keepRow.length; t++) keepRow[t] = candidates[t]! >= threshold ? 1 : 0;
  return threshold;
}
