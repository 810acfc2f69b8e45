// One update in numbers and words: which tokens were scored how, which count, the loss with its gradient, and what moved. Pure.
import type { AnatomyExample, TimedStage } from '../../core/events';
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

/** What the score is. */
export function scoreText(stage: TimedStage, hasRewards: boolean): string {
  if (stage === 'forgetting')
    return hasRewards
      ? 'p_t: how likely the rewriting model finds each token of this wrong answer. Low means wrong.'
      : 'd_t = log π − log π_ref of each token of this wrong answer; this run has no reward model.';
  return 'd_t = log π − log π_ref of each token of the rejected answer.';
}

/** Which tokens count. */
export function weightText(stage: TimedStage, counted: number, all: number): string {
  if (stage === 'warm-up') return `All ${all} tokens count: the warm-up is a plain DPO.`;
  const rule = stage === 'forgetting' ? 'those with a low p_t' : 'those with the lowest d_t';
  return `${counted} of ${all} tokens count: ${rule}.`;
}

/** Row and column of a flat place in a tensor; one number for vectors. */
export function cellText(index: number, shape: readonly number[] | undefined): string {
  const columns = shape && shape.length > 1 ? shape.at(-1)! : 0;
  return columns > 0 ? `row ${Math.floor(index / columns)}, column ${index % columns}` : `entry ${index}`;
}
