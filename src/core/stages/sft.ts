// Supervised fine-tuning, with the copy / lookup phase before it when a model starts from nothing (RECIPE §3), and the same
// loop for the rewriting reward model (RECIPE §4). Takes a model and a stream of examples; yields one event a step.
import type { Example } from '../data/dataset';
import { cos } from '../math';
import type { Model } from '../model/model';
import { Adamw } from '../optim/adamw';
import { tf } from '../tf';
import { packExamples } from './batches';
import { trainStep } from './trainStep';

export interface SupervisedOptions {
  /** First step to run and one past the last: a cut run continues with `from` > 0. */
  from: number;
  to: number;
  /** The cosine's length. */
  totalSteps: number;
  learningRate: number;
  clipNorm: number;
  padId: number;
  /** The examples of one step (a pure function of the step, so that a cut run continues exactly). */
  examples: (step: number) => readonly Example[];
}

export interface SupervisedStep {
  /** 0-based. */
  step: number;
  loss: number;
  gradientNorm: number;
  learningRate: number;
  tokens: number;
}

/** 3 % warm-up, then cosine to 2 % of the peak (RECIPE §3). */
export function supervisedRate(step: number, total: number, peak: number): number {
  const warmup = Math.max(1, Math.ceil(total * 0.03));
  if (step < warmup) return (peak * (step + 1)) / warmup;
  const progress = (step - warmup) / Math.max(1, total - warmup);
  return peak * (0.02 + 0.98 * 0.5 * (1 + cos(Math.PI * progress)));
}

/** AdamW for supervised training: betas .9 / .99, decay .01 (RECIPE §3). */
export const supervisedOptimiser = (model: Model): Adamw => new Adamw(model, { beta2: 0.99, weightDecay: 0.01 });

/** Token-mean cross-entropy on the responses, step by step. */
export async function* trainSupervised(
  model: Model,
  optimiser: Adamw,
  options: SupervisedOptions,
): AsyncGenerator<SupervisedStep> {
  for (let step = options.from; step < options.to; step++) {
    const batch = packExamples(options.examples(step), options.padId);
    const count = batch.counts.reduce((sum, n) => sum + n, 0);
    const learningRate = supervisedRate(step, options.totalSteps, options.learningRate);
    const result = await trainStep(
      model,
      optimiser,
      batch,
      (logps) => tf.div(tf.neg(tf.sum(logps)), tf.scalar(count)) as tf.Scalar,
      learningRate,
      options.clipNorm,
    );
    yield { step, loss: result.loss, gradientNorm: result.gradientNorm, learningRate, tokens: batch.realTokens };
  }
}
