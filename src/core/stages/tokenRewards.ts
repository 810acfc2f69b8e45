// Token rewards: the rewriting model is fed problem, gold solution and the wrong response, and asked how likely each token of
// that very response is; a low p_t says that the rewriter would change the token (ALGORITHM §4).
import type { Dataset, Example, WrongSample } from '../data/dataset';
import type { WrongResponse } from '../data/pairs';
import { exp } from '../math';
import type { Model } from '../model/model';
import type { Rng } from '../rng';
import { fillBatches, packExamples, responseValues, sequenceLength } from './batches';
import { auroc } from './rewardWeights';
import { batchLogps } from './trainStep';

/** Scores are forward only: larger batches than training's. */
const SCORE_TOKENS = 4096;

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
  for (const group of fillBatches(jobs, sequenceLength, SCORE_TOKENS)) {
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
