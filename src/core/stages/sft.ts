// Supervised fine-tuning, with the copy / lookup phase before it when a model starts from nothing (RECIPE §3), and the same
// loop for the rewriting reward model (RECIPE §4). Takes a model and a stream of examples; yields one event a step.
import type { Example, SftPhase } from '../data/dataset';
import type { ZeroFault } from '../events';
import { cos } from '../math';
import { initialWeights, Model, type Weights } from '../model/model';
import { loadManifest, loadStarterModel } from '../model/starter';
import { Adamw } from '../optim/adamw';
import { tf } from '../tf';
import { type Ahead, inOrder } from './ahead';
import { inParts, packExamples, type SequenceBatch } from './batches';
import { type Events, hasStarter, type RunContext, stage } from './context';
import type { ArrayWriter } from './resume/arrays';
import type { Inside } from './resume/facts';
import { putOptimiser, putParameters, refuseUnsound, takeOptimiser } from './resume/parts';
import {
  isSound,
  type LogpLoss,
  measured,
  outcomeOf,
  type StepMemory,
  type StepPart,
  trainStep,
  untilFailure,
} from './trainStep';

export interface SupervisedOptions extends StepMemory {
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
  ahead?: Ahead;
}

export interface SupervisedStep {
  /** 0-based. */
  step: number;
  loss: number;
  gradientNorm: number;
  learningRate: number;
  tokens: number;
  fault?: ZeroFault;
}

/** 3 % warm-up, then cosine to 2 % of the peak (RECIPE §3). */
export function supervisedRate(step: number, total: number, peak: number): number {
  const warmup = Math.max(1, Math.ceil(total * 0.03));
  if (step < warmup) return (peak * (step + 1)) / warmup;
  const progress = (step - warmup) / Math.max(1, total - warmup);
  return peak * (0.02 + 0.98 * 0.5 * (1 + cos(Math.PI * progress)));
}

/** What a step trains on: of the `copySteps` that make a base, a third is strings alone, then look-ups come in. */
export function supervisedPhase(step: number, copySteps: number): SftPhase {
  if (step >= copySteps) return 'sft';
  return step < Math.floor(copySteps / 3) ? 'copy' : 'lookup';
}

/** AdamW for supervised training: betas .9 / .99, decay .01 (RECIPE §3). */
export const supervisedOptimiser = (model: Model): Adamw => new Adamw(model, { beta2: 0.99, weightDecay: 0.01 });

/** A step's examples as parts whose losses add up to the token-mean cross-entropy of them all, and how many real tokens they have. */
export function supervisedParts(
  examples: readonly Example[],
  { padId, accumulate }: { padId: number; accumulate?: number },
): { parts: StepPart[]; tokens: number } {
  const batches = inParts(examples, accumulate).map((part) => packExamples(part, padId));
  const total = (of: (batch: SequenceBatch) => number): number => batches.reduce((sum, batch) => sum + of(batch), 0);
  const count = total(({ counts }) => counts.reduce((sum, n) => sum + n, 0));
  const loss: LogpLoss = (logps) => tf.div(tf.neg(tf.sum(logps)), tf.scalar(count));
  return { parts: batches.map((batch) => ({ batch, loss })), tokens: total(({ realTokens }) => realTokens) };
}

/** Token-mean cross-entropy on the responses, step by step. */
export async function* trainSupervised(
  model: Model,
  optimiser: Adamw,
  options: SupervisedOptions,
): AsyncGenerator<SupervisedStep> {
  const steps = Array.from({ length: options.to - options.from }, (_, i) => options.from + i);
  const launch = async (step: number) => {
    const { clipNorm, recompute } = options;
    const { parts, tokens } = supervisedParts(options.examples(step), options);
    const learningRate = supervisedRate(step, options.totalSteps, options.learningRate);
    const submitted = trainStep(model, optimiser, parts, { learningRate, clipNorm, recompute, zeros: 'never' });
    const result = await measured(submitted);
    return { told: { step, ...outcomeOf(result), learningRate, tokens }, failure: result.failure };
  };
  yield* untilFailure(inOrder(steps, launch, options.ahead));
}

/** The SFT model of the run: the starter's, or fine-tuned here from its base, or trained from nothing (copy / lookup phase first). */
export async function* sft(context: RunContext): Events {
  const { config, dataset, modelConfig, rng } = context;
  if (takesModelAsIs(context)) {
    // A map of the run's own: what is known of these weights is known of this run's (`Model.state`).
    context.sft = new Map(context.given?.weights ?? (await starterModel(context, 'sft')));
    context.model = new Model(modelConfig, context.sft);
    return;
  }
  const { progress } = context;
  const at = progress.insideOf('sft');
  const model = new Model(modelConfig, at ? at.arrays.weights('now', modelConfig) : await startWeights(context));
  context.model = model;
  const { copySteps, totalSteps } = sftLength(context);
  const optimiser = supervisedOptimiser(model);
  const examples = (step: number): Example[] => {
    const stream = rng.fork(`supervised/${step}`);
    const phase = supervisedPhase(step, copySteps);
    return Array.from({ length: config.sftSequences }, () => dataset.sftExample(phase, stream)!);
  };
  const { sftLearningRate: learningRate, clipNorm, accumulate, recompute } = config;
  const ahead: Ahead = { pace: context.pace, waitsAfter: () => false };
  const saveAt =
    (step: number) =>
    (writer: ArrayWriter): Inside => {
      putParameters(writer, 'now', model);
      return { kind: 'sft', step, updates: putOptimiser(writer, 'optimiser', optimiser) };
    };
  const range = { from: at?.inside.step ?? 0, to: totalSteps, totalSteps, examples };
  const options = { ...range, learningRate, clipNorm, accumulate, recompute, padId: dataset.padId, ahead };
  try {
    yield* stage(context, 'sft', { total: totalSteps, unit: 'steps' }, async function* (report) {
      if (at) {
        takeOptimiser(at.arrays, 'optimiser', optimiser, at.inside.updates);
        progress.arrive(saveAt(range.from));
      }
      for await (const { step, ...metrics } of trainSupervised(model, optimiser, options)) {
        const event = report(step + 1, metrics, step < copySteps ? 'copy' : 'sft');
        progress.beginAfter(event, isSound(metrics) ? saveAt(step + 1) : refuseUnsound);
        yield event;
      }
    });
  } finally {
    optimiser.dispose();
  }
  context.sft = await model.weights();
  // What is measured with the one is known of the other.
  model.state = context.sft;
}

/** Is the shipped SFT checkpoint, or the model that was brought, taken as it is? */
export const takesModelAsIs = (context: Pick<RunContext, 'config' | 'dataset' | 'given'>): boolean =>
  (context.given !== null || hasStarter(context)) && context.config.sftStart === 'shipped';

async function startWeights(context: RunContext): Promise<Weights> {
  const { config, given, modelConfig, rng } = context;
  if (given && config.sftStart !== 'scratch') return given.weights;
  return hasStarter(context) ? starterModel(context, 'base') : initialWeights(modelConfig, rng.fork('weights'));
}

async function starterModel({ config, modelConfig, loadStarter }: RunContext, which: 'base' | 'sft'): Promise<Weights> {
  const manifest = await loadManifest(config.preset, loadStarter);
  return loadStarterModel(config.preset, which, manifest, modelConfig, loadStarter);
}

/** Only a model from nothing goes through the copy phase, and imported data has none, whatever the setting says. */
export function sftLength({ config, dataset, given, rng }: Pick<RunContext, 'config' | 'dataset' | 'given' | 'rng'>): {
  copySteps: number;
  totalSteps: number;
} {
  const isFresh = !hasStarter({ config, dataset, given }) && (given === null || config.sftStart === 'scratch');
  const hasCopyPhase = isFresh && dataset.sftExample('copy', rng.fork('phase probe')) !== null;
  const copySteps = hasCopyPhase ? config.copySteps : 0;
  return { copySteps, totalSteps: copySteps + config.sftSteps };
}
