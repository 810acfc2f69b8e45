// One optimiser step, the same for every stage: forward, a loss on per-token log-probs, backward, clip, (masked) AdamW or online merging.
import type { ZeroFault } from '../events';
import { type Model, policyLogps } from '../model/model';
import { policyLogpsAndValues, type ValueHead } from '../model/valueHead';
import { valueAndGradients } from '../ops/gradients';
import { readOnce } from '../ops/host';
import { pack } from '../ops/pack/op';
import type { Adamw } from '../optim/adamw';
import type { Optimiser } from '../optim/optimiser';
import { tf } from '../tf';
import type { SequenceBatch } from './batches';
import { lowest, type Zeros, zeroFault } from './zeros';

/** A scalar loss from the policy's log-probs of the response tokens [B, R], and from the critic's values [B, R] where there is one. */
export type LogpLoss = (logps: tf.Tensor2D, values?: tf.Tensor2D) => tf.Scalar;

/** Some of a step's sequences, run on their own: the step's loss is the sum of its parts' (gradient accumulation). */
export interface StepPart {
  batch: SequenceBatch;
  loss: LogpLoss;
}

/** What trades time for memory. */
export interface StepMemory {
  /** Into how many parts a step's sequences are cut; 1 by default. */
  accumulate?: number;
  /** Keep of each block only its input, and run it again for its gradient. */
  recompute?: boolean;
}

/** A value head that learns from the same pass, with an optimiser of its own; clipped together with the policy. */
export interface Critic {
  head: ValueHead;
  optimiser: Adamw;
  learningRate: number;
}

export interface StepOptions {
  learningRate: number;
  clipNorm: number;
  recompute?: boolean;
  critic?: Critic;
  /** Where a loss or gradients of exactly 0 are not to be believed; without it they are. */
  zeros?: Zeros;
}

export interface StepResult {
  loss: number;
  /** L2 norm of the full gradient (the critic's too) before clipping. */
  gradientNorm: number;
  /** Per part the policy's log-probs of the response tokens before the update, [B·R]. */
  logps: Float32Array[];
  /** Only of a step that failed by it. */
  fault?: ZeroFault;
}

/** Is a step's outcome one to go on with? */
export const isSound = ({ loss, gradientNorm, fault }: Pick<StepResult, 'loss' | 'gradientNorm' | 'fault'>): boolean =>
  Number.isFinite(loss) && Number.isFinite(gradientNorm) && fault === undefined;

/** What all training steps tell of their outcome. */
export const outcomeOf = ({ loss, gradientNorm, fault }: StepResult) => ({
  loss,
  gradientNorm,
  ...(fault && { fault }),
});

/**
 * A step whose loss or gradient is not finite, or exactly 0 where it cannot be. It carries what was measured. Nothing was changed, but in the cases
 * of a zero that zeros.ts names.
 */
export class StepError extends Error {
  override readonly name = 'StepError';
  constructor(
    message: string,
    readonly result: StepResult,
  ) {
    super(message);
  }

  get problem(): 'not finite' | ZeroFault {
    return this.result.fault ?? 'not finite';
  }
}

/** Of the last step of each optimiser: tells a model that blew up from a device that fails. */
const lowestBefore = new WeakMap<Optimiser, number>();

/**
 * Runs one step: everything, the update too, is submitted before this returns its promise, which then reads loss, norm and log-probs
 * back at once; only an optimiser that may not run ahead is waited for. Rejects with StepError when the loss or the gradient is not finite, or exactly 0
 * where `zeros` is 'never': the update has then changed nothing (the device looks at that itself), and parameters and optimiser still hold the last good
 * step. Likewise when another `zeros` does not believe a 0, but by then the update is made.
 */
export async function trainStep(
  model: Model,
  optimiser: Optimiser,
  parts: readonly StepPart[],
  { learningRate, clipNorm, recompute = false, critic, zeros }: StepOptions,
): Promise<StepResult> {
  const { updatesMade } = optimiser;
  const { loss, logps, gradients } = accumulate(model, parts, recompute, critic?.head);
  const held: tf.Tensor[] = [loss, ...logps, ...Object.values(gradients)];
  let numbers: tf.Tensor;
  try {
    const { norm, scale } = optimiser.clip(Object.values(gradients), loss, clipNorm, zeros === 'never');
    held.push(norm, scale);
    const stepped = optimiser.step(gradients, learningRate, scale);
    if (stepped) await stepped;
    critic?.optimiser.step(gradients, critic.learningRate, scale);
    numbers = pack([loss, norm, ...logps]);
  } finally {
    tf.dispose(held);
  }
  const values = await readOnce(numbers);
  let at = 2;
  const result: StepResult = {
    loss: values[0]!,
    gradientNorm: values[1]!,
    logps: parts.map(({ batch: { labels } }) => {
      at += labels.length;
      return values.slice(at - labels.length, at);
    }),
  };
  const fault = zeros && zeroFault(result, zeros, lowestBefore.get(optimiser));
  lowestBefore.set(optimiser, lowest(result.logps));
  if (fault) result.fault = fault;
  const problem = problemOf(result);
  if (problem) {
    optimiser.countBack(updatesMade);
    critic?.optimiser.countBack(updatesMade);
    throw new StepError(problem, result);
  }
  return result;
}

/** The step's numbers, sound or not; `failure` is to be thrown when they have been told. */
export async function measured(step: Promise<StepResult>): Promise<StepResult & { failure: StepError | null }> {
  try {
    return { ...(await step), failure: null };
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return { ...error.result, failure: error };
  }
}

/** Passes steps on; one that was not sound like the others, and then its failure is thrown. */
export async function* untilFailure<T>(
  steps: AsyncGenerator<{ told: T; failure: StepError | null }>,
): AsyncGenerator<T> {
  for await (const { told, failure } of steps) {
    yield told;
    if (failure) throw failure;
  }
}

/** Forward and backward over the parts, one after another, so that the activations of only one are there at a time. */
function accumulate(model: Model, parts: readonly StepPart[], recompute: boolean, head?: ValueHead) {
  const logps: tf.Tensor2D[] = [];
  const named = [...model.parameters, ...(head?.parameters ?? [])];
  const variables = named.map(([, variable]) => variable);
  const [first, ...others] = parts.map(({ batch, loss }) => (): Sum => {
    const lossOf = () => {
      const { logps: own, values } = head
        ? policyLogpsAndValues(model, head, batch, recompute)
        : { logps: policyLogps(model, batch, recompute) };
      logps.push(tf.keep(own));
      return loss(own, values);
    };
    return valueAndGradients(lossOf, variables);
  });
  if (!first) throw new RangeError('A training step needs at least one part.');
  const { value, gradients } = summed(first, others, logps);
  return {
    loss: value,
    logps,
    gradients: Object.fromEntries(named.map(([name], i) => [name, gradients[i]!])),
  };
}

interface Sum {
  value: tf.Scalar;
  gradients: tf.Tensor[];
}

/** What was made of the parts before one that fails is given back, and so are `logps`. */
function summed(first: () => Sum, others: readonly (() => Sum)[], logps: readonly tf.Tensor[]): Sum {
  let sum: Sum | null = null;
  try {
    sum = first();
    for (const next of others) sum = added(sum, next());
    return sum;
  } catch (error) {
    tf.dispose([...(sum ? [sum.value, ...sum.gradients] : []), ...logps]);
    throw error;
  }
}

function added(sum: Sum, next: Sum): Sum {
  const add = <T extends tf.Tensor>(a: T, b: T): T => {
    const both = tf.add(a, b) as T;
    tf.dispose([a, b]);
    return both;
  };
  return { value: add(sum.value, next.value), gradients: sum.gradients.map((g, i) => add(g, next.gradients[i]!)) };
}

const ZERO_TEXTS: Readonly<Record<ZeroFault, string>> = {
  'zero loss':
    'The loss is exactly 0, which this loss cannot be with these answers: the device gave zeros, or numbers too small to tell from 0.',
  'zero gradients':
    'Every gradient is exactly 0, which they cannot be with this loss: the device gave zeros, or numbers too small to tell from 0.',
  diverged:
    'The model has diverged: it gives answers so little probability that the loss or every gradient is exactly 0 in 32-bit numbers.',
};

function problemOf({ loss, gradientNorm, fault }: StepResult): string | null {
  if (!Number.isFinite(loss)) return `The loss became ${loss}.`;
  if (!Number.isFinite(gradientNorm)) return `The gradient norm became ${gradientNorm}.`;
  return fault ? ZERO_TEXTS[fault] : null;
}

/** Log-probs of a batch's response tokens without gradient, [B·R]. */
export async function batchLogps(model: Model, batch: SequenceBatch): Promise<Float32Array> {
  return new Float32Array(await readOnce(tf.tidy(() => policyLogps(model, batch))));
}
