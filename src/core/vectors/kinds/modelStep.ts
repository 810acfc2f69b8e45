// Golden kind of one training step of a tiny model: DPO, fine-grained DPO or fine-grained NPO, clipped and masked AdamW.
import * as v from 'valibot';
import { dpoLoss } from '../../losses/dpo';
import { fineGrainedDpoLoss } from '../../losses/fineGrainedDpo';
import { fineGrainedNpoLoss } from '../../losses/fineGrainedNpo';
import type { PairLogps } from '../../losses/sequence';
import { weightDeltas } from '../../masks/deltas';
import { selectNeurons } from '../../masks/neuronMask';
import { type Model, policyLogps, type Weights } from '../../model/model';
import { Adamw } from '../../optim/adamw';
import type { SafetensorsFile } from '../../safetensors';
import type { SequenceBatch } from '../../stages/batches';
import { batchLogps, type LogpLoss, trainStep } from '../../stages/trainStep';
import { tf } from '../../tf';
import { keepRejectedTokens } from '../../tokens/keep';
import { tokenWeights, weightDenominator } from '../../tokens/rewards';
import { exactly, gotArray } from '../compare';
import { GoldenFormatError } from '../format';
import { readAll } from '../tensors';
import type { KindInput, KindOutput } from './kind';
import { loadModel, norm, type PaddedRows, packRows } from './modelBatch';

/** What a step trains on and reports beside loss, gradients and updates. */
interface StepPlan {
  batch: SequenceBatch;
  loss: LogpLoss;
  reported: Record<string, unknown>;
}

export async function trainingStepKind(input: KindInput): Promise<KindOutput> {
  const { params, vector, file } = input;
  if (vector.reference_file === undefined) throw new GoldenFormatError('a training step needs "reference_file"');
  const { model, weightsFile } = await loadModel(input);
  const reference = await loadModel(input, vector.reference_file);
  const chosen = packRows([rowsOf(input, 'chosen')]);
  const rejected = packRows([rowsOf(input, 'rejected')]);
  const plan = await planStep(input, model, reference.model);
  reference.model.dispose();
  const { masks, selected } = maskOf(params.text('mask'), weightsFile, reference.weightsFile);
  const gradNorms = await gradientNorms(model, plan);
  const before = await model.weights();
  const learningRate = params.number('lr');
  const [beta1, beta2] = params.read('betas', v.tuple([v.number(), v.number()]));
  const epsilon = params.number('eps');
  const optimiser = new Adamw(model, { beta1, beta2, epsilon, weightDecay: params.number('weight_decay', 0), masks });
  const clipNorm = params.number('max_grad_norm');
  const step = await trainStep(model, optimiser, [plan], { learningRate, clipNorm });
  optimiser.dispose();
  const got = {
    ...plan.reported,
    mask_total_selected: exactly(selected),
    loss: step.loss,
    grad_norm_before_clip: step.gradientNorm,
    grad_norms: gradNorms,
    updates: updatesOf(before, await model.weights(), masks),
    chosen_sum_logps_after: rowSums(chosen, await batchLogps(model, chosen)),
    rejected_sum_logps_after: rowSums(rejected, await batchLogps(model, rejected)),
  };
  model.dispose();
  return {
    got,
    expected: file.mask_total_selected === undefined ? {} : { mask_total_selected: file.mask_total_selected },
    // As the cases' note asks: updates are of the size of the learning rate.
    tolerances: { 'updates.': { atol: 1e-3 * learningRate, rtol: 0 } },
  };
}

const rowsOf = ({ inputs }: KindInput, side: 'chosen' | 'rejected'): PaddedRows => ({
  ids: inputs.array(`${side}_ids`),
  attention: inputs.array(`${side}_attention`),
  labels: inputs.array(`${side}_labels`),
});

/** Which loss a step takes: the format tells the three apart by their ids only. */
function planStep(input: KindInput, policy: Model, reference: Model): Promise<StepPlan> {
  const name = input.params.text('loss', input.vector.id);
  if (name.includes('fg_npo')) return planForgetting(input, reference);
  return planPreference(input, policy, reference, name.includes('fg_dpo'));
}

async function planPreference(
  input: KindInput,
  policy: Model,
  reference: Model,
  fineGrained: boolean,
): Promise<StepPlan> {
  const batch = packRows([rowsOf(input, 'chosen'), rowsOf(input, 'rejected')]);
  const pairs = batch.batchSize / 2;
  const [policyLogpsBefore, refLogps] = [await batchLogps(policy, batch), await batchLogps(reference, batch)];
  const cut = pairs * batch.width;
  const rejectedMask = batch.responseMask.subarray(cut);
  const { keep } = keepRejectedTokens(
    {
      policyRejectedLogps: policyLogpsBefore.subarray(cut),
      refRejectedLogps: refLogps.subarray(cut),
      rejectedMask,
      batchSize: pairs,
    },
    { select: fineGrained ? 'valid' : 'all', share: input.params.number('epsilon') },
  );
  const beta = input.params.number('beta');
  const shape: [number, number] = [pairs, batch.width];
  const loss: LogpLoss = (logps) => {
    const halves = pairLogps(logps, refLogps, batch);
    return fineGrained
      ? fineGrainedDpoLoss(halves, tf.tensor2d(keep, shape), { beta }).loss
      : dpoLoss(halves, { beta }).loss;
  };
  const ratios = policyLogpsBefore.map((logp, i) => logp - refLogps[i]!);
  const counted = ratios.map((ratio, i) => (i < cut ? ratio * batch.responseMask[i]! : ratio * keep[i - cut]!));
  const sums = rowSums(batch, counted);
  const rejectedWidth = input.inputs.array('rejected_ids').shape[1]! - 1;
  return {
    batch,
    loss,
    reported: {
      chosen_logratio: sums.slice(0, pairs),
      rejected_logratio: sums.slice(pairs),
      kept: gotArray(cutColumns(keep, batch.width, rejectedWidth), [pairs, rejectedWidth]),
    },
  };
}

function pairLogps(logps: tf.Tensor2D, refLogps: Float32Array, batch: SequenceBatch): PairLogps {
  const halves = (tensor: tf.Tensor2D) => tf.split(tensor, 2, 0) as [tf.Tensor2D, tf.Tensor2D];
  const shape: [number, number] = [batch.batchSize, batch.width];
  const [policyChosenLogps, policyRejectedLogps] = halves(logps);
  const [refChosenLogps, refRejectedLogps] = halves(tf.tensor2d(refLogps, shape));
  const [chosenMask, rejectedMask] = halves(tf.tensor2d(batch.responseMask, shape));
  return { policyChosenLogps, policyRejectedLogps, refChosenLogps, refRejectedLogps, chosenMask, rejectedMask };
}

async function planForgetting(input: KindInput, reference: Model): Promise<StepPlan> {
  const { params, inputs } = input;
  const batch = packRows([rowsOf(input, 'rejected')]);
  const refLogps = await batchLogps(reference, batch);
  const probabilities = inputs.array('rm_prob');
  const length = probabilities.shape[1]!;
  const aligned = Float32Array.from(batch.responseMask, (_, i) => {
    const [b, t] = [Math.floor(i / batch.width), i % batch.width];
    return probabilities.data[b * length + t + 1]!;
  });
  const weights = tokenWeights(aligned, batch.responseMask, { weighting: 'threshold', tau: params.number('tau') });
  const denominator = weightDenominator(weights, batch.responseMask, 'threshold');
  const rectangle = (values: Float32Array): tf.Tensor2D => tf.tensor2d(values, [batch.batchSize, batch.width]);
  const loss: LogpLoss = (logps) =>
    fineGrainedNpoLoss(
      { policyLogps: logps, refLogps: rectangle(refLogps), weights: rectangle(weights), denominator },
      { beta: params.number('beta') },
    ).loss;
  return { batch, loss, reported: { selected_tokens: exactly(denominator) } };
}

/** "exact top 10 % of |policy-reference| …": the share is in the text. */
function maskOf(rule: string, policy: SafetensorsFile, reference: SafetensorsFile) {
  const percent = /top\s+([\d.]+)\s*%/.exec(rule)?.[1];
  if (percent === undefined) throw new GoldenFormatError(`mask rule "${rule}" names no share`);
  const deltas = weightDeltas(
    policy.entries.map(({ name }) => ({
      name,
      trained: policy.readFloats(name),
      reference: reference.readFloats(name),
    })),
  );
  const { masks, selected } = selectNeurons(deltas, { lower: 0, upper: Number(percent), order: 'most' });
  return { masks: new Map(deltas.map(({ name }, i) => [name, masks[i]!])), selected };
}

async function gradientNorms(model: Model, { batch, loss }: StepPlan): Promise<Record<string, number>> {
  const parameters = [...model.parameters];
  const { value, grads } = tf.variableGrads(
    () => loss(policyLogps(model, batch)),
    parameters.map(([, variable]) => variable),
  );
  value.dispose();
  const read = await readAll(Object.fromEntries(parameters.map(([name, variable]) => [name, grads[variable.name]!])));
  return Object.fromEntries(Object.entries(read).map(([name, { data }]) => [name, norm(data)]));
}

function updatesOf(before: Weights, after: Weights, masks: ReadonlyMap<string, Uint8Array>): Record<string, unknown> {
  return Object.fromEntries(
    [...before].map(([name, old]) => {
      const values = after.get(name)!;
      const update = Float64Array.from(values, (value, i) => value - old[i]!);
      const selected = Array.from(masks.get(name) ?? []).flatMap((bit, i) => (bit ? [i] : []));
      const first = selected.slice(0, 3);
      const summary = {
        masked: exactly(selected.length),
        update_l2: norm(update),
        update_sum: update.reduce((sum, value) => sum + value, 0),
        first_masked_index: first.map(exactly),
        first_masked_value_after: first.map((i) => values[i]!),
      };
      return [name, summary];
    }),
  );
}

/** Sum of each row of a [B, R] array. */
const rowSums = ({ batchSize, width }: SequenceBatch, values: Float32Array): number[] =>
  Array.from({ length: batchSize }, (_, b) =>
    values.subarray(b * width, (b + 1) * width).reduce((sum, value) => sum + value, 0),
  );

const cutColumns = (values: Float32Array, from: number, to: number): Float32Array =>
  from === to ? values : values.filter((_, i) => i % from < to);
