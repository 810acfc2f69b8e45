// Golden kinds of the two ALLO losses and the token rewards: fg_npo, fg_dpo, token_reward; and of token_logps.
import { roundToBfloat16 } from '../../halfFloats';
import { fineGrainedDpoLoss } from '../../losses/fineGrainedDpo';
import { fineGrainedNpoLoss } from '../../losses/fineGrainedNpo';
import { maskedMean, maskedSum, validCounts } from '../../losses/sequence';
import { shiftLabels, supervisedLoss } from '../../losses/supervised';
import { exp } from '../../math';
import { tokenLogps } from '../../ops/tokenLogps/op';
import { tf } from '../../tf';
import { type KeepRule, keepRejectedTokens } from '../../tokens/keep';
import { rlmecReward, tokenWeights, type WeightingName, weightDenominator } from '../../tokens/rewards';
import { type GotArray, gotArray } from '../compare';
import { type DecodedArray, GoldenFormatError } from '../format';
import { evaluateWithGradients, toTensor } from '../tensors';
import type { Kind } from './kind';

/** The project keeps log-probs as [B, T] with an empty last column; the golden files leave that column out. */
const dropLastColumn = (array: GotArray): GotArray => {
  const [rows, width] = array.shape as [number, number];
  const data = Array.from({ length: rows * width }, (_, i) => array.data[i]!).filter((_, i) => (i + 1) % width !== 0);
  return gotArray(data, [rows, width - 1]);
};

/** Values aligned with labels (index t describes token t) to values aligned with the logits that predict them. */
function alignWithLogits({ shape, data }: DecodedArray): DecodedArray {
  const width = shape[1]!;
  return { shape, data: data.map((_, i) => ((i + 1) % width === 0 ? 0 : data[i + 1]!)) };
}

/** Log-probs [B, T] of the next labels under logits [B, T, V]. */
function labelLogps(logits: tf.Tensor, targets: Int32Array): tf.Tensor2D {
  const [batchSize, length, vocabulary] = logits.shape as [number, number, number];
  const flat = tf.reshape(logits, [batchSize * length, vocabulary]) as tf.Tensor2D;
  return tf.reshape(flatLabelLogps(flat, targets), [batchSize, length]);
}

/** Log-probs [N] of one target a row of logits [N, V]; 0 where the target is −1. */
function flatLabelLogps(logits: tf.Tensor2D, targets: Int32Array): tf.Tensor1D {
  return tokenLogps(logits, tf.tensor1d(targets, 'int32'), tf.range(0, targets.length, 1, 'int32'));
}

export const tokenLogpsKind: Kind = async ({ inputs, params }) => {
  const labels = inputs.array('labels');
  const [batchSize, length] = labels.shape as [number, number];
  const shifted = shiftLabels(labels.data, batchSize, params.number('ignore_index', -100));
  const mask = (): tf.Tensor2D => tf.tensor2d(shifted.mask, [batchSize, length]);
  // Without it the expected fields hold no gradient of the dot product.
  const upstream = inputs.has('upstream') ? inputs.array('upstream') : { data: new Float32Array(labels.data.length) };
  const width = length - 1;
  const upstreamRows = Float32Array.from(shifted.mask, (_, i) =>
    (i + 1) % length === 0 ? 0 : upstream.data[Math.floor(i / length) * width + (i % length)]!,
  );
  const logits = { logits: inputs.array('logits') };
  const ce = await evaluateWithGradients(logits, ['logits'], (tensors) => {
    const logps = labelLogps(tensors.logits, shifted.targets);
    const sums = { sum: maskedSum(logps, mask()), mean: maskedMean(logps, mask()), counts: validCounts(mask()) };
    return { loss: supervisedLoss(logps, mask()), logps, ...sums };
  });
  const dot = await evaluateWithGradients(logits, ['logits'], (tensors) => {
    const logps = labelLogps(tensors.logits, shifted.targets);
    return { loss: tf.sum(tf.mul(logps, tf.tensor2d(upstreamRows, [batchSize, length]))) };
  });
  return {
    got: {
      per_token_logps: dropLastColumn(ce.logps!),
      valid_mask: dropLastColumn(gotArray(shifted.mask, [batchSize, length])),
      valid_count: ce.counts,
      sum_logps: ce.sum,
      mean_logps: ce.mean,
      sft_ce_mean: ce.loss,
      grad_logits_of_sft_ce_mean: ce.grad_logits,
      grad_logits_of_upstream_dot_logps: dot.grad_logits,
    },
  };
};

const WEIGHTINGS: Readonly<Record<string, WeightingName>> = {
  reference_raw: 'raw',
  raw: 'raw',
  threshold: 'threshold',
  one_minus_p: 'soft',
  soft: 'soft',
  rlmec: 'rlmec',
  uniform: 'uniform',
};

export const fgNpoKind: Kind = async ({ inputs, params }) => {
  const labels = inputs.array('labels');
  const [batchSize, length] = labels.shape as [number, number];
  const { targets, mask } = shiftLabels(labels.data, batchSize);
  const weighting = WEIGHTINGS[params.text('weight')];
  if (!weighting) throw new GoldenFormatError(`unknown weight "${params.text('weight')}"`);
  const quantise = params.flag('quantise_bf16', false) ? roundToBfloat16 : (value: number) => value;
  const probabilities = alignWithLogits(inputs.array('rm_prob')).data;
  // The released code stores weights by token, whatever became of the labels: a lost label keeps its weight.
  const valid = weighting === 'raw' ? new Uint8Array(mask.length).fill(1) : mask;
  const options = { weighting, tau: params.number('tau', 0.5), clip: params.number('clip', 0.1) };
  const weights = tokenWeights(probabilities, valid, options).map(quantise);
  const denominator = weightDenominator(weights, valid, weighting);
  const refLogps = alignWithLogits(inputs.array('ref_logps')).data.map(quantise);
  const lossOf = (policyLogps: tf.Tensor2D) => {
    const [refs, tokens] = [tf.tensor2d(refLogps, [batchSize, length]), tf.tensor2d(weights, [batchSize, length])];
    const loss = { beta: params.number('beta'), npoScale: params.flag('npo_scale', false) };
    const { tokenLosses, ...rest } = fineGrainedNpoLoss(
      { policyLogps, refLogps: refs, weights: tokens, denominator },
      loss,
    );
    return { ...rest, tokenLosses };
  };
  const fromLogits = await evaluateWithGradients({ logits: inputs.array('logits') }, ['logits'], (tensors) => {
    const logps = labelLogps(tensors.logits, targets);
    return { ...lossOf(logps), logps };
  });
  const logps = { shape: [batchSize, length], data: Float32Array.from(fromLogits.logps!.data) };
  const fromLogps = await evaluateWithGradients({ logps }, ['logps'], (tensors) => lossOf(tensors.logps));
  // A token without a label has the constant log-prob 0, so nothing flows into the policy there.
  const gradLogps = Array.from({ length: mask.length }, (_, i) => (mask[i] ? fromLogps.grad_logps!.data[i]! : 0));
  return {
    got: {
      policy_logps: dropLastColumn(fromLogits.logps!),
      weights: dropLastColumn(gotArray(weights, [batchSize, length])),
      denominator,
      per_token_loss_unnormalised: dropLastColumn(fromLogits.tokenLosses!),
      loss: fromLogits.loss,
      grad_policy_logps: dropLastColumn(gotArray(gradLogps, [batchSize, length])),
      grad_logits: fromLogits.grad_logits,
    },
  };
};

const SELECT: Readonly<Record<string, KeepRule['select']>> = {
  reference: 'reference',
  per_valid: 'valid',
  valid: 'valid',
  all: 'all',
};

export const fgDpoKind: Kind = async ({ inputs, params }) => {
  const arrays = {
    policy_chosen: inputs.array('policy_chosen'),
    ref_chosen: inputs.array('ref_chosen'),
    mask_chosen: inputs.array('mask_chosen'),
    policy_rejected: inputs.array('policy_rejected'),
    ref_rejected: inputs.array('ref_rejected'),
    mask_rejected: inputs.array('mask_rejected'),
  };
  const select = SELECT[params.text('select')];
  if (!select) throw new GoldenFormatError(`unknown select "${params.text('select')}"`);
  const shape = arrays.mask_rejected.shape;
  const { keep, keptCounts, thresholds } = keepRejectedTokens(
    {
      policyRejectedLogps: arrays.policy_rejected.data,
      refRejectedLogps: arrays.ref_rejected.data,
      rejectedMask: arrays.mask_rejected.data,
      batchSize: shape[0]!,
    },
    { select, share: params.number('epsilon') },
  );
  const form = params.text('loss', 'sigmoid');
  if (form !== 'sigmoid' && form !== 'hinge' && form !== 'ipo') throw new GoldenFormatError(`unknown loss "${form}"`);
  const options = {
    beta: params.number('beta'),
    loss: form,
    labelSmoothing: params.number('label_smoothing', 0),
  } as const;
  const got = await evaluateWithGradients(arrays, ['policy_chosen', 'policy_rejected'], (tensors) => {
    const pairs = {
      policyChosenLogps: tensors.policy_chosen,
      policyRejectedLogps: tensors.policy_rejected,
      refChosenLogps: tensors.ref_chosen,
      refRejectedLogps: tensors.ref_rejected,
      // The golden log-probs are 0 outside the response and their gradients are taken there too: no further masking.
      chosenMask: tf.onesLike(tensors.mask_chosen),
      rejectedMask: tf.onesLike(tensors.mask_rejected),
    };
    const result = fineGrainedDpoLoss(pairs, toTensor({ shape, data: keep }), options);
    return {
      loss: result.loss,
      losses: result.losses,
      chosen_logratio: result.chosenLogRatios,
      rejected_logratio_kept: result.keptRejectedLogRatios,
      rewards_chosen: result.chosenRewards,
      rewards_rejected_all_tokens: result.rejectedRewards,
    };
  });
  const selection = { keep: gotArray(keep, shape), kept_count: gotArray(keptCounts) };
  return { got: { ...got, ...selection, ...(thresholds ? { threshold: gotArray(thresholds) } : {}) } };
};

export const tokenRewardKind: Kind = async ({ inputs, params }) => {
  const ids = inputs.array('input_ids');
  const count = params.number('n_label');
  const [tau, clip] = [params.number('tau', 0.5), params.number('clip', 0.1)];
  const length = ids.data.length;
  const { targets } = shiftLabels(ids.data, 1);
  const logps = tf.tidy(() => flatLabelLogps(toTensor(inputs.array('logits')), targets));
  // The token at position t is predicted at t − 1: the last `count` tokens, one place earlier.
  const scored = Float32Array.from(await logps.data()).subarray(length - 1 - count, length - 1);
  logps.dispose();
  const probabilities = scored.map(exp);
  const valid = new Uint8Array(count).fill(1);
  const weights = (weighting: WeightingName) => gotArray(tokenWeights(probabilities, valid, { weighting, tau, clip }));
  return {
    got: {
      logp: gotArray(scored),
      prob: gotArray(probabilities),
      weight_reference_raw: weights('raw'),
      weight_threshold: weights('threshold'),
      weight_one_minus_p: weights('soft'),
      weight_rlmec: weights('rlmec'),
      rlmec_reward_if_correct: gotArray(probabilities.map((p) => rlmecReward(p, true, tau, clip))),
      rlmec_reward_if_wrong: gotArray(probabilities.map((p) => rlmecReward(p, false, tau, clip))),
    },
  };
};
