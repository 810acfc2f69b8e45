// When a loss that is exactly 0, or gradients that all are, end a run. A GPU that gives zeros instead of numbers, a mask that lets nothing through and
// the like look like a model that has learned everything; but some losses may really be 0. The one rule, for every stage and method:
//
//   A zero is refused where the step's own log-probs, which come back with it, say in double precision that it cannot be.
//
// - Cross-entropy (SFT, RFT, the SFT stage, the reward model) is never 0: every response token would have probability exactly 1. Neither are its
//   gradients. The device itself then leaves that update out.
// - Sigmoid losses (DPO, ALLO's improving, R-DPO, LN-DPO, SimPO, BCO) start at ln 2 or near it and are 0 only where each pair's margin is so
//   large that float32 has no number between the loss and 0; gradients likewise. NPO and forgetting: where each response, or each token that
//   has a weight, is that far below its reference. A batch without any weight makes no step at all.
// - Hinge is 0, with no gradient, where each margin is past 1; IPO where each margin is on its target.
// - KTO is 0 where all is told apart, or a weight of the setting is 0. Its baseline z0 does not come back, so of its gradients only those at
//   the reference itself, where it is 0, are known not to vanish.
// - PPO's surrogate is −mean of whitened advantages at its first step, so a loss of exactly 0 says nothing. Its gradients vanish where all
//   advantages are 0 (every answer scored alike) or every ratio is clipped.
// - Whatever the loss: a batch whose tokens all have probability exactly 1 has not been computed.
//
// A zero that is refused is the settings' where a token has next to no probability, as no trained model gives it, or had at the step before: weights
// that a learning rate or a weight decay has driven far away make every softmax certain, and then overflow in the norms, which give 0 for them. Else the
// device is doubted.
//
// Where only what comes back can tell, the update has been made by then: with zero gradients AdamW moves by its momentum and decay alone. The
// step is told as faulty, no point is made of it, and the last save is the one before.
import type { ZeroFault } from '../events';
import { exp, log } from '../math';
import { keptTokens } from '../tokens/keep';
import { responseValues, type SequenceBatch } from './batches';
import type { PairLossChoice, PairLossSettings } from './pairLosses';

/** What a loss, and the largest of its slopes along the log-prob of a token, is at least. */
export interface Least {
  loss: number;
  slope: number;
}

/** From the log-probs of a step's parts, [B·R] each. 'never': neither is ever 0. */
export type Zeros = 'never' | ((logps: readonly Float32Array[]) => Least);

/** Below, float32 may well say 0: log(1 + e^−z) does from 6e-8 on. */
const LEAST_LOSS = 1e-6;
/** A gradient's squares are added up in float32, which has nothing below 1e-45. */
const LEAST_SLOPE = 1e-8;

/** Of a token, in nats: e^−500 is beyond float32 and any answer that was ever sampled. */
const LEAST_LOGP = -500;

/** The log-prob of the least probable token. */
export const lowest = (logps: readonly Float32Array[]): number =>
  logps.reduce((least, values) => values.reduce((a, b) => Math.min(a, b), least), 0);

/** Why a step with such numbers is not to be believed; null where it is. `lowestBefore`: `lowest` of the step before it. */
export function zeroFault(
  { loss, gradientNorm, logps }: { loss: number; gradientNorm: number; logps: readonly Float32Array[] },
  zeros: Zeros,
  lowestBefore = 0,
): ZeroFault | null {
  if (loss !== 0 && gradientNorm !== 0) return null;
  const isBlank = logps.every((values) => values.every((logp) => logp === 0));
  const least = zeros === 'never' || isBlank ? { loss: Infinity, slope: Infinity } : zeros(logps);
  const isLossWrong = loss === 0 && least.loss > LEAST_LOSS;
  const areGradientsWrong = gradientNorm === 0 && least.slope > LEAST_SLOPE;
  if (!isLossWrong && !areGradientsWrong) return null;
  if (Math.min(lowestBefore, lowest(logps)) < LEAST_LOGP) return 'diverged';
  return isLossWrong ? 'zero loss' : 'zero gradients';
}

const sigmoid = (z: number): number => 1 / (1 + exp(-z));
/** −log σ(z). */
const softplus = (z: number): number => Math.max(-z, 0) + log(1 + exp(-Math.abs(z)));

const sum = (values: Float32Array): number => values.reduce((total, x) => total + x, 0);
const minus = (a: Float32Array, b: Float32Array): Float32Array => a.map((x, t) => x - b[t]!);

/** How far the least certain token of a response is from being certain: at probability 1 no loss moves a weight. */
const openness = (logps: Float32Array): number => logps.reduce((most, logp) => Math.max(most, 1 - exp(logp)), 0);

/** A pair's log-ratios, log-probs and lengths. */
interface PairSums {
  chosen: number;
  rejected: number;
  /** Over the rejected tokens that count. */
  kept: number;
  meanChosen: number;
  meanRejected: number;
  lengths: readonly [number, number];
}

/** Of one pair: the loss, and its slope along the log-prob of a token. */
type PairLeast = (sums: PairSums, settings: PairLossSettings) => Least;

const sigmoidLeast = (z: number, slope: number): Least => ({ loss: softplus(z), slope: slope * sigmoid(-z) });
/** Float32 may be off by so much in a margin. */
const HINGE_SLACK = 1e-2;
const ipoLeast = (margin: number, beta: number, slope: number): Least => {
  const target = 1 / (2 * beta);
  const off = Math.max(0, Math.abs(margin - target) - 1e-3 * (1 + target));
  return { loss: off * off, slope: 2 * off * slope };
};

const dpoLeast: PairLeast = ({ chosen, kept }, { beta }) => sigmoidLeast(beta * (chosen - kept), beta);

const PAIR_LEASTS: Readonly<Record<PairLossChoice['method'], PairLeast>> = {
  allo: dpoLeast,
  dpo: dpoLeast,
  hinge({ chosen, rejected }, { beta }) {
    const short = Math.max(0, 1 - beta * (chosen - rejected) - HINGE_SLACK);
    return { loss: short, slope: short > 0 ? beta : 0 };
  },
  'r-dpo': ({ chosen, rejected, lengths: [n, m] }, { beta, lengthAlpha }) =>
    sigmoidLeast(beta * (chosen - rejected) + lengthAlpha * (n - m), beta),
  'ln-dpo': ({ chosen, rejected, lengths: [n, m] }, { beta }) =>
    sigmoidLeast(beta * (chosen / n - rejected / m), beta / Math.max(n, m)),
  ipo: ({ chosen, rejected }, { beta }) => ipoLeast(chosen - rejected, beta, 1),
  'ipo-mean': ({ chosen, rejected, lengths: [n, m] }, { beta }) =>
    ipoLeast(chosen / n - rejected / m, beta, 1 / Math.max(n, m)),
  // −log σ(a) − log σ(b) with a + b known, and δ not: least where both are the same.
  bco({ chosen, rejected }, { beta }) {
    const z = (beta * (chosen - rejected)) / 2;
    return { loss: 2 * softplus(z), slope: beta * sigmoid(-z) };
  },
  // (1 − σ(a)) + (1 − σ(b)), likewise: one of them is no better than the half of a + b.
  kto({ chosen, rejected }, { beta, desirableWeight, undesirableWeight }) {
    const weight = Math.min(desirableWeight, undesirableWeight);
    const isAtReference = Math.max(Math.abs(chosen), Math.abs(rejected)) * beta < 1e-3;
    const loss = (weight / 2) * sigmoid((-beta * (chosen - rejected)) / 2);
    return { loss, slope: isAtReference ? (weight * beta) / 8 : 0 };
  },
  simpo: ({ meanChosen, meanRejected, lengths: [n, m] }, { beta, targetMargin }) =>
    sigmoidLeast(beta * (meanChosen - meanRejected - targetMargin), beta / Math.max(n, m)),
  npo: ({ rejected }, { beta }) => {
    const { loss } = sigmoidLeast(-beta * rejected, 1);
    return { loss: (2 / beta) * loss, slope: 2 * sigmoid(beta * rejected) };
  },
};

const isSame = ({ labels, width }: SequenceBatch, a: number, b: number): boolean =>
  labels.slice(a * width, (a + 1) * width).every((label, t) => label === labels[b * width + t]);

/** Rows 0…P−1 of a part are the chosen, P…2P−1 the rejected responses. */
export const pairZeros =
  (
    parts: readonly { batch: SequenceBatch; refLogps: Float32Array }[],
    method: PairLossChoice['method'],
    settings: PairLossSettings,
  ): Zeros =>
  (logps) => {
    const pairs = parts.flatMap(({ batch, refLogps }, part) => {
      const count = batch.batchSize / 2;
      return Array.from({ length: count }, (_, i): Least => {
        const [policy, reference] = [logps[part]!, refLogps].map((values) =>
          [i, count + i].map((row) => responseValues(batch, values, row)),
        );
        const ratios = policy!.map((own, side) => minus(own, reference![side]!));
        const keep = keptTokens({ policy: policy![1]!, reference: reference![1]! }, settings.keepShare);
        const [n, m] = policy!.map(({ length }) => length);
        const sums: PairSums = {
          ...{ chosen: sum(ratios[0]!), rejected: sum(ratios[1]!), lengths: [n!, m!] },
          kept: ratios[1]!.reduce((total, ratio, t) => total + (keep[t] ? ratio : 0), 0),
          ...{ meanChosen: sum(policy![0]!) / n!, meanRejected: sum(policy![1]!) / m! },
        };
        const { loss, slope } = PAIR_LEASTS[method](sums, settings);
        // What is learned of a response as the better one is unlearned of it as the worse one.
        if (method !== 'npo' && isSame(batch, i, count + i)) return { loss, slope: 0 };
        // NPO's chosen side has no gradient.
        const open = openness(method === 'npo' ? policy![1]! : policy![0]!);
        return { loss, slope: slope * open };
      });
    });
    return {
      loss: pairs.reduce((total, { loss }) => total + loss, 0) / pairs.length,
      slope: pairs.reduce((most, { slope }) => Math.max(most, slope), 0) / pairs.length,
    };
  };

/** Forgetting: Σ w_t · −log σ(−β d_t) / D. */
export const weightedZeros =
  (parts: readonly { refLogps: Float32Array; weights: Float32Array }[], denominator: number, beta: number): Zeros =>
  (logps) => {
    let [loss, slope] = [0, 0];
    parts.forEach(({ refLogps, weights }, part) => {
      weights.forEach((weight, at) => {
        if (!(weight > 0)) return;
        const logp = logps[part]![at]!;
        const z = beta * (logp - refLogps[at]!);
        loss += weight * softplus(-z);
        slope = Math.max(slope, weight * beta * sigmoid(z) * (1 - exp(logp)));
      });
    });
    return { loss: loss / denominator, slope: slope / denominator };
  };

/** Ratios so near to where they are clipped may be past it in float32. */
const CLIP_SLACK = 1e-3;

/** PPO: advantages and log-probs of the rollout, [B·R] a part. A critic's gradient comes on top. */
export const surrogateZeros =
  (
    parts: readonly { oldLogps: Float32Array; advantages: Float32Array; mask: Float32Array }[],
    clipRange: number,
  ): Zeros =>
  (logps) => {
    let [slope, tokens] = [0, 0];
    parts.forEach(({ oldLogps, advantages, mask }, part) => {
      mask.forEach((isResponse, at) => {
        if (!isResponse) return;
        tokens++;
        const logp = logps[part]![at]!;
        const [advantage, ratio] = [advantages[at]!, exp(logp - oldLogps[at]!)];
        const end = clipRange - CLIP_SLACK;
        const isClipped = advantage > 0 ? ratio > 1 + end : ratio < 1 - end;
        if (!isClipped) slope = Math.max(slope, Math.abs(advantage) * ratio * (1 - exp(logp)));
      });
    });
    return { loss: 0, slope: tokens > 0 ? slope / tokens : 0 };
  };
