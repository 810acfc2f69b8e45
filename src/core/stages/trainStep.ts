// One optimiser step, the same for every stage: forward, a loss on per-token log-probs, backward, clip, (masked) AdamW.
import { type Model, policyLogps } from '../model/model';
import { type Adamw, clipByGlobalNorm } from '../optim/adamw';
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
 * Runs one step and reads loss, norm and log-probs back once. Throws Error when the loss or the gradient is not finite, before
 * anything is updated; the parameters then still hold the last good step.
 */
export async function trainStep(
  model: Model,
  optimiser: Adamw,
  batch: SequenceBatch,
  loss: LogpLoss,
  learningRate: number,
  clipNorm: number,
): Promise<StepResult> {
  const parameters = [...model.parameters.entries()];
  let logps: tf.Tensor2D | undefined;
  const { value, grads } = tf.variableGrads(
    () => {
      logps = tf.keep(policyLogps(model, batch));
      return loss(logps);
    },
    parameters.map(([, variable]) => variable),
  );
  const gradients = Object.fromEntries(parameters.map(([name, variable]) => [name, grads[variable.name]!]));
  const { norm, scale } = clipByGlobalNorm(Object.values(gradients), clipNorm);
  try {
    const [lossValue, normValue, logpValues] = await Promise.all([value.data(), norm.data(), logps!.data()]);
    const result = { loss: lossValue[0]!, gradientNorm: normValue[0]!, logps: new Float32Array(logpValues) };
    if (!Number.isFinite(result.loss)) throw new Error(`The loss became ${result.loss}.`);
    if (!Number.isFinite(result.gradientNorm)) throw new Error(`The gradient norm became ${result.gradientNorm}.`);
    optimiser.step(gradients, learningRate, scale);
    return result;
  } finally {
    tf.dispose([value, norm, scale, logps!, ...Object.values(gradients)]);
  }
}

/** Log-probs of a batch's response tokens without gradient, [B·R]. */
export async function batchLogps(model: Model, batch: SequenceBatch): Promise<Float32Array> {
  const logps = tf.tidy(() => policyLogps(model, batch));
  const values = new Float32Array(await logps.data());
  logps.dispose();
  return values;
}
