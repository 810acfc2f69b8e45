// Golden kinds of the tiny models: forward and backward under any padding, greedy decoding. The training step is in modelStep.ts.
import { supervisedLoss } from '../../losses/supervised';
import { generate } from '../../model/generate';
import { forwardLogits, type Model, policyLogps } from '../../model/model';
import { clipByGlobalNorm } from '../../optim/adamw';
import { argmax } from '../../sampler';
import { tf } from '../../tf';
import { gotArray } from '../compare';
import { GoldenFormatError, type Tolerance } from '../format';
import { readAll } from '../tensors';
import type { Kind, KindInput, KindOutput } from './kind';
import { loadModel, norm, packRows } from './modelBatch';
import { trainingStepKind } from './modelStep';

/** Logits as the model files' forward cases allow them; a greedy case has no tolerance, but reports a margin of logits. */
const LOGIT_TOLERANCE: Readonly<Record<'f32' | 'gpu', Tolerance>> = {
  f32: { atol: 5e-5, rtol: 5e-5 },
  gpu: { atol: 5e-4, rtol: 5e-4 },
};

export const modelKind: Kind = (input) => {
  if (input.inputs.has('prompt_ids')) return greedyKind(input);
  if (input.inputs.has('chosen_ids')) return trainingStepKind(input);
  if (input.inputs.has('input_ids')) return forwardKind(input);
  throw new GoldenFormatError('a model case needs "input_ids", "prompt_ids" or "chosen_ids"');
};

async function forwardKind(input: KindInput): Promise<KindOutput> {
  const { inputs, vector } = input;
  const ids = inputs.array('input_ids');
  const batch = packRows([
    {
      ids,
      attention: inputs.array('attention_mask'),
      labels: inputs.array('labels'),
      ...(inputs.has('position_ids') ? { positions: inputs.array('position_ids') } : {}),
    },
  ]);
  const { model } = await loadModel(input);
  const parameters = [...model.parameters];
  const outputs = await readAll(
    tf.tidy(() => ({ logits: forwardLogits(model, batch), logps: policyLogps(model, batch) })),
  );
  const { value, grads } = tf.variableGrads(
    () => supervisedLoss(policyLogps(model, batch), tf.tensor2d(batch.responseMask, [batch.batchSize, batch.width])),
    parameters.map(([, variable]) => variable),
  );
  const gradients = parameters.map(([name, variable]) => [name, grads[variable.name]!] as const);
  const clip = clipByGlobalNorm(
    gradients.map(([, gradient]) => gradient),
    1,
  );
  const { loss, total, scale } = await readAll({ loss: value, total: clip.norm, scale: clip.scale });
  const byName = await readAll(Object.fromEntries(gradients));
  model.dispose();
  const got = {
    // Padded positions hold no logits of ours; the golden files compare logits of unpadded batches only.
    logits:
      batch.realTokens === ids.data.length
        ? gotArray(outputs.logits.data, [...ids.shape, outputs.logits.shape[1]!])
        : undefined,
    per_token_logps: outputs.logps,
    loss: loss.data[0],
    global_grad_norm: total.data[0],
    clip_scale: scale.data[0],
    grad_norms: Object.fromEntries(Object.entries(byName).map(([name, { data }]) => [name, norm(data)])),
    grads_file: byName,
  };
  const gradsFile = vector.expected.grads_file;
  if (typeof gradsFile !== 'string') return { got };
  const file = await input.openWeights(gradsFile);
  const expected = file.entries.map(({ name, shape }) => [
    name,
    { shape: [...shape], dtype: 'float32', data: Array.from(file.readFloats(name)) },
  ]);
  return { got, expected: { grads_file: Object.fromEntries(expected) } };
}

async function greedyKind(input: KindInput): Promise<KindOutput> {
  const { inputs, row } = input;
  const promptIds = inputs.array('prompt_ids');
  const [batchSize, length] = promptIds.shape as [number, number];
  const maxNewTokens = inputs.number('max_new_tokens');
  const prompts = Array.from({ length: batchSize }, (_, b) => [
    ...promptIds.data.subarray(b * length, (b + 1) * length),
  ]);
  const { model } = await loadModel(input);
  let margin = Number.POSITIVE_INFINITY;
  const choose = (_: number, logits: Float32Array): number => {
    const best = argmax(logits);
    margin = Math.min(margin, logits[best]! - Math.max(...logits.filter((__, id) => id !== best)));
    return best;
  };
  const decoding = generate(model, prompts, { maxNewTokens, endIds: [], padId: 0, choose });
  let turn = await decoding.next();
  while (!turn.done) turn = await decoding.next();
  const sequences = prompts.map((prompt, b) => [...prompt, ...(turn.done ? turn.value[b]! : [])]);
  await checkWithoutCache(model, sequences, length);
  model.dispose();
  return {
    got: {
      output_ids: gotArray(sequences.flat(), [batchSize, length + maxNewTokens]),
      smallest_top1_top2_margin: margin,
    },
    tolerances: { smallest_top1_top2_margin: LOGIT_TOLERANCE[row] },
  };
}

/** One full forward over the finished sequences must choose the same tokens as decoding with the cache did. */
async function checkWithoutCache(model: Model, sequences: readonly number[][], promptLength: number): Promise<void> {
  const total = sequences[0]!.length;
  const ids = { shape: [sequences.length, total], data: Float32Array.from(sequences.flat()) };
  const attention = { shape: ids.shape, data: new Float32Array(ids.data.length).fill(1) };
  const { logits } = await readAll({
    logits: tf.tidy(() => forwardLogits(model, packRows([{ ids, attention, labels: ids }]))),
  });
  const width = logits.shape[1]!;
  for (const [b, sequence] of sequences.entries()) {
    for (let t = promptLength; t < total; t++) {
      const row = b * total + t - 1;
      const chosen = argmax(Array.from({ length: width }, (_, id) => logits.data[row * width + id]!));
      if (chosen !== sequence[t]) {
        throw new Error(`row ${b}, token ${t}: ${sequence[t]} with the key/value cache, ${chosen} without`);
      }
    }
  }
}
