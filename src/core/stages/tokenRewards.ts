// Token rewards: the rewriting model is fed problem, gold solution and the wrong response, and asked how likely each token of
// that very response is; a low p_t says that the rewriter would change the token (ALGORITHM §4).
import type { Dataset, Example } from '../data/dataset';
import { tokenDifference } from '../data/oracle';
import type { WrongResponse } from '../data/pairs';
import type { RewardRecord } from '../events';
import { exp } from '../math';
import { scoredTokens } from '../memory';
import type { Model } from '../model/model';
import { createRng } from '../rng';
import { hasEnd } from '../tokenizer/special';
import { tokenWeights } from '../tokens/rewards';
import { auroc } from '../tokens/roc';
import { fillBatches, packExamples, responseValues, sequenceLength } from './batches';
import {
  type Events,
  mapTicks,
  notice,
  type RunContext,
  responseIds,
  responseKey,
  type StepReport,
  stage,
} from './context';
import { once } from './once';
import type { SaveInside } from './resume/progress';
import { getRewardModel, type RewardSource } from './rewardModel';
import { sampleAnswers } from './sampling';
import { batchLogps } from './trainStep';

/** p_t of every token of every response; null for one whose rewriting prompt does not fit the model. Yields responses done. */
export async function* scoreResponses(
  rewardModel: Model,
  dataset: Dataset,
  responses: readonly WrongResponse[],
): AsyncGenerator<{ done: number; total: number; tokens: number }, (Float32Array | null)[]> {
  const scores: (Float32Array | null)[] = responses.map(() => null);
  const jobs: (Example & { index: number })[] = [];
  responses.forEach(({ question, response }, index) => {
    const prompt = dataset.rewritingPrompt(question, response);
    if (prompt && prompt.length + response.length <= rewardModel.config.maxPositions)
      jobs.push({ index, prompt, response });
  });
  let done = 0;
  let tokens = 0;
  for (const group of fillBatches(jobs, sequenceLength, scoredTokens(rewardModel.config))) {
    const batch = packExamples(group, dataset.padId);
    const logps = await batchLogps(rewardModel, batch);
    group.forEach(({ index }, b) => {
      scores[index] = responseValues(batch, logps, b).map(exp);
    });
    done += group.length;
    tokens += batch.realTokens;
    yield { done, total: jobs.length, tokens };
  }
  return scores;
}

/**
 * AUROC of 1 − p_t against the oracle's wrong tokens, EOS left out: over all tokens, and first errors against right tokens.
 * Null where no oracle exists or one class is empty.
 */
export function rewardAuroc(
  responses: readonly { rewards: Float32Array; wrong: Uint8Array | null; ended: boolean }[],
): { all: number | null; first: number | null } {
  const scores: number[] = [];
  const verdicts: number[] = [];
  for (const { rewards, wrong, ended } of responses) {
    if (!wrong) continue;
    for (let t = 0; t < rewards.length - (ended ? 1 : 0); t++) {
      scores.push(1 - rewards[t]!);
      verdicts.push(wrong[t]!);
    }
  }
  const firstOrRight = scores.map((_, i) => i).filter((i) => verdicts[i] !== 2);
  return {
    all: auroc(
      scores,
      verdicts.map((verdict) => verdict > 0),
    ),
    first: auroc(
      firstOrRight.map((i) => scores[i]!),
      firstOrRight.map((i) => verdicts[i] === 1),
    ),
  };
}

/** Scores every wrong response of the forgetting data and turns the scores into the weights of the forgetting loss. */
export async function* tokenRewards(context: RunContext): Events {
  const wrong = context.pairSet!.forgetting;
  yield* stage(context, 'token-rewards', { total: wrong.length, unit: 'answers' }, async function* (report) {
    if (context.progress.insideOf('scored')) context.progress.arrive(saveScored);
    // A run that goes on from behind the scoring has its scores already.
    if (!context.scores) yield* once(context, 'scores', () => score(context, report));
    context.progress.begin(saveScored);
    yield* reportRewards(context, context.scores!);
  });
}

const saveScored: SaveInside = () => ({ kind: 'scored' });

/** Makes `context.scores`, whatever weights are then made of them. */
async function* score(context: RunContext, report: StepReport): Events {
  const wrong = context.pairSet!.forgetting;
  const { rewardModel, source } = yield* getRewardModel(context, report);
  try {
    const scores = rewardModel
      ? yield* mapTicks(scoreResponses(rewardModel, context.dataset, wrong), (tick) => ({
          type: 'stage.progress',
          stage: 'token-rewards',
          label: 'scoring',
          ...tick,
        }))
      : wrong.map(() => null);
    const followed = context.inspected?.wrong ?? [];
    const rewrites = rewardModel
      ? yield* mapTicks(rewriteGreedily(rewardModel, context, followed), () => null)
      : new Map();
    context.scores = { scores, rewrites, source };
  } finally {
    rewardModel?.dispose();
  }
}

type Rewrites = ReadonlyMap<WrongResponse, readonly number[]>;

/** What the reward model says of the forgetting data, in its order. */
export interface RewardScores {
  /** p_t; null without a reward model, and for a response that does not fit it. */
  scores: readonly (Float32Array | null)[];
  rewrites: Rewrites;
  source: RewardSource;
}

/** What the reward model itself makes of the wrong responses that the time line follows, decoded greedily: no loss uses it. */
export async function* rewriteGreedily(
  rewardModel: Model,
  { config, dataset }: Pick<RunContext, 'config' | 'dataset'>,
  items: readonly WrongResponse[],
): AsyncGenerator<unknown, Rewrites> {
  const jobs = items.flatMap((item) => {
    const prompt = dataset.rewritingPrompt(item.question, item.response);
    const fits = prompt && prompt.length + item.response.length <= rewardModel.config.maxPositions;
    return fits ? [{ item, question: { ...item.question, prompt } }] : [];
  });
  if (jobs.length === 0) return new Map();
  const { endIds, padId } = dataset;
  const options = { temperature: 0, topP: 1, samplesPerPrompt: 1, maxNewTokens: config.maxNewTokens, endIds, padId };
  const questions = jobs.map(({ question }) => question);
  // Greedy decoding draws nothing, so the run's own random stream stays where it is.
  const answers = yield* sampleAnswers(rewardModel, questions, options, createRng(0, 'greedy'));
  return new Map(jobs.map(({ item }, i) => [item, answers[i]![0]!]));
}

/** Substitute scores: a token that the better answer does not have counts as unaligned (p = 0). */
const differenceScores = ({ response, better }: WrongResponse): Float32Array | null =>
  better ? Float32Array.from(tokenDifference(response, better), (differs) => 1 - differs) : null;

async function* reportRewards(context: RunContext, { scores, rewrites, source }: RewardScores): Events {
  const { config, dataset } = context;
  const wrong = context.pairSet!.forgetting;
  const ids = responseIds(context, wrong);
  const records: (RewardRecord & { ended: boolean })[] = [];
  context.weighted = wrong.flatMap((item, i) => {
    const rewards = scores[i] ?? differenceScores(item);
    if (!rewards) return [];
    const valid = new Uint8Array(rewards.length).fill(1);
    const weights = tokenWeights(rewards, valid, { weighting: config.weighting, tau: config.rewardThreshold });
    const verdict = dataset.wrongTokens(item.question, item.response);
    context.rewards.set(responseKey(item.question, item.response), rewards.slice());
    const ended = hasEnd(item.response, dataset.endIds);
    const rewrite = rewrites.get(item) ?? null;
    records.push({ responseId: ids[i]!, rewards, weights: weights.slice(), wrong: verdict, rewrite, ended });
    return [{ ...item, weights }];
  });
  const { all, first } = rewardAuroc(records);
  context.rewardAuroc = all;
  yield {
    type: 'rewards',
    source,
    auroc: all,
    aurocFirst: first,
    records: records.map(({ ended: _, ...record }) => record),
  };
  const substituted = source === 'substitute' ? 0 : scores.filter((score) => score === null).length;
  if (substituted > 0) {
    const text = `${substituted} of ${wrong.length} wrong answers ${substituted === 1 ? 'is' : 'are'} too long for the reward model: the token difference to the better answer stands in (substitute).`;
    yield notice('warning', 'token-rewards', text);
  }
  if (!context.weighted.some(({ weights }) => weights.some((weight) => weight > 0))) {
    yield notice(
      'warning',
      'token-rewards',
      'No token got a weight: forgetting will change nothing. Raise the threshold τ or choose another weighting.',
    );
  }
  const words = SOURCE_NOTES[source];
  if (words) yield notice(source === 'substitute' ? 'warning' : 'info', 'token-rewards', words);
}

const SOURCE_NOTES: Partial<Record<RewardSource, string>> = {
  substitute:
    'There is no reward model for this data: the token difference to the better answer stands in (substitute).',
  'gold as rewrite':
    'Imported data has no rewriting teacher: the reward model was trained on wrong → gold (gold as rewrite).',
};
