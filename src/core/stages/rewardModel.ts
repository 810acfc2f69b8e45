// The rewriting reward model (ALGORITHM §4): shipped, trained live from the SFT weights, or none. Imported data trains it on
// (wrong → gold); where that fails too, the caller falls back to the token difference.
import type { Dataset, Example, WrongSample } from '../data/dataset';
import type { RunEvent } from '../events';
import { endsEverything } from '../failures';
import { Model } from '../model/model';
import { loadManifest, loadStarterModel } from '../model/starter';
import type { Rng } from '../rng';
import { sequenceLength } from './batches';
import { hasStarter, notice, type RunContext, type StepReport } from './context';
import type { Inside } from './resume/facts';
import { putOptimiser, refuseUnsound, takeOptimiser } from './resume/parts';
import { PointError } from './resume/point';
import type { SaveInside } from './resume/progress';
import { supervisedOptimiser, trainSupervised } from './sft';
import { isSound } from './trainStep';

export type RewardSource = Extract<RunEvent, { type: 'rewards' }>['source'];

/** Rewriting sequences of one training step, about `maxTokens` tokens; null when the data has none. */
export function rewritingBatch(
  dataset: Dataset,
  rng: Rng,
  maxTokens: number,
  wrongSamples: readonly WrongSample[],
): Example[] | null {
  const examples: Example[] = [];
  for (let tokens = 0; ; ) {
    const example = dataset.rewritingExample(rng, wrongSamples);
    if (!example) return examples.length > 0 ? examples : null;
    tokens += sequenceLength(example);
    if (examples.length > 0 && tokens > maxTokens) return examples;
    examples.push(example);
  }
}

/** The model (the caller disposes it) and where it comes from; `substitute` without a model. */
export async function* getRewardModel(
  context: RunContext,
  report: StepReport,
): AsyncGenerator<RunEvent, { rewardModel: Model | null; source: RewardSource }> {
  const { config, dataset, loadStarter, modelConfig } = context;
  if (!dataset.teacher) return { rewardModel: null, source: 'substitute' };
  if (hasStarter(context) && config.rewardSource === 'shipped') {
    const manifest = await loadManifest(config.preset, loadStarter);
    const weights = await loadStarterModel(config.preset, 'reward', manifest, modelConfig, loadStarter);
    return { rewardModel: new Model(modelConfig, weights), source: 'shipped' };
  }
  const rewardModel = yield* trainRewardModel(context, report);
  if (!rewardModel) return { rewardModel: null, source: 'substitute' };
  return { rewardModel, source: dataset.teacher === 'oracle' ? 'trained live' : 'gold as rewrite' };
}

const BROKEN: Inside = { kind: 'reward', step: 0, updates: 0, isBroken: true };

/** Trains from the SFT weights; null when there is nothing to train on, or when training breaks (said in a notice). */
async function* trainRewardModel(context: RunContext, report: StepReport): AsyncGenerator<RunEvent, Model | null> {
  const { config, dataset, modelConfig, progress, rng, sft } = context;
  const { rewardSteps: total, rewardLearningRate: learningRate, clipNorm, accumulate, recompute } = config;
  const wrong = context.pairSet!.forgetting;
  const batch = (step: number) => rewritingBatch(dataset, rng.fork(`reward/${step}`), config.batchTokens, wrong);
  if (total === 0 || !batch(0)) return null;
  const at = progress.insideOf('reward');
  if (at?.inside.isBroken) {
    progress.arrive(() => BROKEN);
    return null;
  }
  const rewardModel = new Model(modelConfig, at ? at.arrays.weightsFrom('reward', sft) : sft);
  const optimiser = supervisedOptimiser(rewardModel);
  const saveAt =
    (step: number): SaveInside =>
    (writer) => {
      writer.putWeights('reward', rewardModel, sft);
      // At the end only the model is needed.
      const updates = step < total ? putOptimiser(writer, 'optimiser', optimiser) : 0;
      return { kind: 'reward', step, updates, isBroken: false };
    };
  const options = {
    from: at?.inside.step ?? 0,
    to: total,
    totalSteps: total,
    learningRate,
    clipNorm,
    accumulate,
    recompute,
    padId: dataset.padId,
    examples: (step: number) => batch(step)!,
    ahead: { pace: context.pace, waitsAfter: () => false },
  };
  let isTrained = false;
  try {
    if (at) {
      if (at.inside.step < total) takeOptimiser(at.arrays, 'optimiser', optimiser, at.inside.updates);
      progress.arrive(saveAt(options.from));
    }
    for await (const { step, ...metrics } of trainSupervised(rewardModel, optimiser, options)) {
      const event = { ...report(step + 1, metrics, 'reward model'), total };
      progress.beginAfter(event, isSound(metrics) ? saveAt(step + 1) : refuseUnsound);
      yield event;
    }
    isTrained = true;
    return rewardModel;
  } catch (error) {
    if (error instanceof PointError || endsEverything(error)) throw error;
    const text = `The reward model could not be trained: ${error instanceof Error ? error.message : error}`;
    const event = notice('warning', 'token-rewards', text);
    progress.beginAfter(event, () => BROKEN);
    yield event;
    return null;
  } finally {
    optimiser.dispose();
    // Broken, or left in the middle.
    if (!isTrained) rewardModel.dispose();
  }
}
