// One update in numbers and words: which tokens were scored how, which count, the loss with its gradient, and what moved. Pure.
import { formatNumber } from '../../components/format';
import type { Method, RunConfig } from '../../core/config';
import type { AnatomyExample, RunEvent, TimedStage } from '../../core/events';
import { METHOD_DESCRIPTIONS, trainsDpo } from '../../core/methods';
import { dpoTerms, npoTerms } from '../../core/tokens/terms';
import type { RunState } from '../../state/runState';

export type Anatomy = NonNullable<RunState['anatomy']>;

export const PARTS = ['score', 'weights', 'loss', 'update'] as const;

export interface ScoredToken {
  /** Place in the response. */
  at: number;
  id: number;
  /** p_t of the reward model in forgetting, log π/π_ref else. */
  score: number;
  weight: number;
}

/** The rejected response's tokens with what decides their weight, and the weight. */
export function scoredTokens(
  stage: TimedStage,
  { rejected, policy, reference, rewards, weights }: AnatomyExample,
): ScoredToken[] {
  const byReward = stage === 'forgetting' ? rewards : null;
  return rejected.map((id, at) => ({
    ...{ at, id },
    score: byReward ? byReward[at]! : policy[0]![at]! - reference[0]![at]!,
    weight: weights[at]!,
  }));
}

/** What the answer or pair adds to the loss of its batch, and how that comes about. */
export function partOfLoss(example: AnatomyExample): { part: number; text: string } {
  const { chosen, policy, reference, weights, denominator, beta } = example;
  const logps = { policy: policy[0]!, reference: reference[0]! };
  if (!chosen) {
    const { loss } = npoTerms({ ...logps, weights, denominator, beta });
    const text = `Σ w · [−log σ(−β · d)] / D over its tokens: D = ${formatNumber(denominator)} adds up the whole batch’s weights, β = ${formatNumber(beta)}.`;
    return { part: loss, text };
  }
  const { loss, z } = dpoTerms({
    chosen: { policy: policy[1]!, reference: reference[1]! },
    rejected: logps,
    keep: weights,
    beta,
  });
  const text = `−log σ(β · z) / ${denominator} pairs of the batch: z = ${formatNumber(z)} is chosen − counted rejected log-ratios, β = ${formatNumber(beta)}.`;
  return { part: loss / denominator, text };
}

/** The method whose loss is not taken apart: the stage's, when it is neither ALLO's nor DPO's; null where it is. */
export const otherLoss = (stage: TimedStage, { method }: Pick<RunConfig, 'method'>): Method | null =>
  stage === 'improving' && !trainsDpo(method) ? method : null;

/** In the place of an example's part. */
export function otherLossText(method: Method): string {
  const { label, loss } = METHOD_DESCRIPTIONS[method];
  return `${label}: ${loss}. What one pair or answer adds is worked out for ALLO and DPO only.`;
}

type RewardSource = Extract<RunEvent, { type: 'rewards' }>['source'];

/** What the score is. `source`: of the rewards; null without any. */
export function scoreText(stage: TimedStage, source: RewardSource | null): string {
  if (stage === 'forgetting') {
    if (source === 'substitute')
      return 'The token difference (substitute) of a wrong answer: 0 where the better answer does not have the token, else 1.';
    return source
      ? 'The reward of each token of a wrong answer: how likely the rewriting model is to write it. Low means wrong.'
      : 'The log-ratio of each token of a wrong answer, model against reference, in nats: this run has no reward model.';
  }
  return 'The log-ratio of each token of the rejected answer, model against reference, in nats.';
}

/** ".04", "−1.2", "0": short enough to stand under a token. */
export function shortScore(score: number): string {
  if (!Number.isFinite(score)) return '–';
  const text = Math.abs(score).toFixed(Math.abs(score) < 1 ? 2 : 1);
  if (Number(text) === 0) return '0';
  return `${score < 0 ? '−' : ''}${text.replace(/^0\./, '.')}`;
}

/** Which tokens count. */
export function weightText(stage: TimedStage, run: Pick<RunConfig, 'method'>, counted: number, all: number): string {
  const other = otherLoss(stage, run);
  if (other) return `All ${all} tokens count: ${METHOD_DESCRIPTIONS[other].label} drops none.`;
  if (stage === 'warm-up') return `All ${all} tokens count: the warm-up is a plain DPO.`;
  const rule = stage === 'forgetting' ? 'those with a low reward' : 'those with the lowest log-ratio';
  return `${counted} of ${all} tokens count: ${rule}.`;
}

/** Row and column of a flat place in a tensor; one number for vectors. */
export function cellText(index: number, shape: readonly number[] | undefined): string {
  const columns = shape && shape.length > 1 ? shape.at(-1)! : 0;
  return columns > 0 ? `row ${Math.floor(index / columns)}, column ${index % columns}` : `entry ${index}`;
}
