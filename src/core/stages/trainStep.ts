// One optimiser step, the same for every stage: forward, a loss on per-token log-probs, backward, clip, (masked) AdamW.
import { type Model, policyLogps } from '../model/model';
import { valueAndGradients } from '../ops/gradients';
import { pack } from '../ops/pack/op';
import type { Adamw } from '../optim/adamw';
import { tf } from '../tf';
import type { SequenceBatch } from './batches';

export interface StepResult {
  loss: number;
  /** L2 norm of the full gradient before clipping. */
  gradientNorm: number;
  /** Policy log-probs of the response tokens before the update, [B·R]. */
  logps: Float32Array;
}

/** A scalar loss from the policy's log-probs of the response tokens [B, R]. */
export type LogpLoss = (logps: tf.Tensor2D) => tf.Scalar;

/**
 * Runs one step: everything, the update too, is submitted before this returns its promise, which then reads loss, norm and log-probs
 * back at once. Rejects with Error when the loss or the gradient is not finite: the update has then changed nothing (the device
 * looks at that itself), and parameters and optimiser still hold the last good step.
 */
export async function trainStep(
  model: Model,
  optimiser: Adamw,
  batch: SequenceBatch,
  loss: LogpLoss,
  learningRate: number,
  clipNorm: number,
): Promise<StepResult> {
  const { updatesMade } = optimiser;
  let logps: tf.Tensor2D | undefined;
  const { value, gradients: found } = valueAndGradients(() => {
    logps = tf.keep(policyLogps(model, batch));
    return loss(logps);
  }, [...model.parameters.values()]);
  const gradients = Object.fromEntries([...model.parameters.keys()].map((name, i) => [name, found[i]!]));
  const { norm, scale } = optimiser.clip(Object.values(gradients), value, clipNorm);
  optimiser.step(gradients, learningRate, scale);
  const numbers = pack([value, norm, logps!]);
  tf.dispose([value, norm, scale, logps!, ...Object.values(gradients)]);
  const values = await numbers.data<'float32'>();
  const result = { loss: values[0]!, gradientNorm: values[1]!, logps: values.slice(2) };
  numbers.dispose();
  const problem = problemOf(result);
  if (problem) {
    optimiser.countBack(updatesMade);
    throw new Error(problem);
  }
  return result;
}

function problemOf({ loss, gradientNorm }: StepResult): string | null {
  if (!Number.isFinite(loss)) return `The loss became ${loss}.`;
  return Number.isFinite(gradientNorm) ? null : `The gradient norm became ${gradientNorm}.`;
}

/** Log-probs of a batch's response tokens without gradient, [B·R]. */
export async function batchLogps(model: Model, batch: SequenceBatch): Promise<Float32Array> {
  const logps = tf.tidy(() => policyLogps(model, batch));
  const values = new Float32Array(await logps.data());
  logps.dispose();
  return values;
}
