// What is measured of a fresh starter: accuracies of the SFT model and the reward model's AUROC, per family, on the held-out split
// (for the manifest) or on the validation split (for choosing its settings).
import { FAMILIES, type Family } from '../core/config';
import { createBuiltinDataset } from '../core/data/builtin';
import type { Split } from '../core/data/dataset';
import { buildPairs } from '../core/data/pairs';
import type { ModelConfig } from '../core/model/config';
import { Model, type Weights } from '../core/model/model';
import type { StarterManifest } from '../core/model/starter';
import { presetConfig } from '../core/presets';
import { createRng } from '../core/rng';
import { accuracyPercent } from '../core/stages/evaluator';
import { sampleAnswers } from '../core/stages/sampling';
import { rewardAuroc, scoreResponses } from '../core/stages/tokenRewards';

const PROMPTS = 300;

type Report = Pick<StarterManifest, 'greedy' | 'sampled' | 'rewardAuroc' | 'heldOutPrompts'>;

async function finish<T>(source: AsyncGenerator<unknown, T>): Promise<T> {
  for (;;) {
    const step = await source.next();
    if (step.done) return step.value;
  }
}

/** Measures both models on prompts of one split; answers at T = 1 also give the wrong responses that the reward model scores. */
export async function evaluateStarter(
  config: ModelConfig,
  sft: Weights,
  reward: Weights,
  seed: number,
  split: Exclude<Split, 'train'>,
): Promise<Report> {
  const report: Report = { greedy: {}, sampled: {}, rewardAuroc: {}, heldOutPrompts: PROMPTS };
  const model = new Model(config, sft);
  const rewardModel = new Model(config, reward);
  const round = (x: number) => Math.round(x * 1000) / 1000;
  for (const family of FAMILIES) {
    const { maxNewTokens } = presetConfig('default', family);
    const dataset = createBuiltinDataset(family as Family, { styleBias: false });
    const questions = dataset.evaluationQuestions(family, split, PROMPTS);
    const sampling = { topP: 1, maxNewTokens, samplesPerPrompt: 1, endIds: dataset.endIds, padId: dataset.padId };
    const rng = createRng(seed, `starter report/${family}`);
    const greedy = await finish(sampleAnswers(model, questions, { ...sampling, temperature: 0 }, rng));
    const sampled = await finish(sampleAnswers(model, questions, { ...sampling, temperature: 1 }, rng));
    report.greedy[family] = round(accuracyPercent(dataset, questions, greedy)!);
    report.sampled[family] = round(accuracyPercent(dataset, questions, sampled)!);
    const answered = questions.map((question, i) => ({ question, responses: sampled[i]! }));
    const { forgetting } = buildPairs(answered, rng, {
      endIds: dataset.endIds,
      check: dataset.check,
      biasedStyle: null,
    });
    const scores = await finish(scoreResponses(rewardModel, dataset, forgetting));
    const scored = forgetting.flatMap(({ question, response }, i) => {
      const rewards = scores[i];
      return rewards ? [{ rewards, wrong: dataset.wrongTokens(question, response), ended: true }] : [];
    });
    report.rewardAuroc[family] = round(rewardAuroc(scored).all ?? 0);
  }
  model.dispose();
  rewardModel.dispose();
  return report;
}
