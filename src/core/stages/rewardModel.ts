// The rewriting reward model (ALGORITHM §4): shipped, trained live from the SFT weights, or none. Imported data trains it on
// (wrong → gold); where that fails too, the caller falls back to the token difference.
import type { Dataset, Example, WrongSample } from '../data/dataset';
import type { RunEvent } from '../events';
import { Model } from '../model/model';
import { loadManifest, loadStarterModel } from '../model/starter';
import type { Rng } from '../rng';
import { sequenceLength } from './batches';
import { hasStarter, notice, type RunContext, type StepReport } from './context';
import { supervisedOptimiser, trainSupervised } from './sft';

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

/** Trains from the SFT weights; null when there is nothing to train on, or when training breaks (said in a notice). */
async function* trainRewardModel(context: RunContext, report: StepReport): AsyncGenerator<RunEvent, Model | null> {
  const { config, dataset, modelConfig, rng, sft } = context;
  const { rewardSteps: total, rewardLearningRate: learningRate, clipNorm, accumulate, recompute } = config;
  const wrong = context.pairSet!.forgetting;
  const batch = (step: number) => rewritingBatch(dataset, rng.fork(`reward/${step}`), config.batchTokens, wrong);
  if (total === 0 || !batch(0)) return null;
  const rewardModel = new Model(modelConfig, sft);
  const optimiser = supervisedOptimiser(rewardModel);
  const options = {
    from: 0,
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
    for await (const { step, ...metrics } of trainSupervised(rewardModel, optimiser, options)) {
      yield { ...report(step + 1, metrics, 'reward model'), total };
    }
    isTrained = true;
    return rewardModel;
  } catch (error) {
    yield notice(
      'warning',
      'token-rewards',
      `The reward model could not be trained: ${error instanceof Error ? error.message : error}`,
    );
    return null;
  } finally {
    optimiser.dispose();
    // Broken, or left in the middle.
    if (!isTrained) rewardModel.dispose();
  }
}
