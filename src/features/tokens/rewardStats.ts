// How the rewards of right tokens, first errors and consequences are spread, and what the threshold catches. EOS is left out, as in
// the AUROC. Pure.
import type { ResponseRecord, RewardRecord } from '../../core/events';
import { tokenWeights, type WeightingName } from '../../core/tokens/rewards';

export const BINS = 20;

export interface RewardClass {
  name: 'right tokens' | 'first errors' | 'consequences' | 'all tokens';
  count: number;
  /** Tokens per twentieth of [0, 1]. */
  bins: readonly number[];
  /** Tokens with a reward below the threshold. */
  below: number;
}

export interface RewardStats {
  /** Null without an oracle. */
  classes: readonly RewardClass[] | null;
  all: RewardClass;
  tokens: number;
  below: number;
  /** Share of the tokens below the threshold that are wrong; share of the wrong tokens that are below it. */
  precision: number | null;
  recall: number | null;
}

const emptyClass = (name: RewardClass['name']) => ({ name, count: 0, bins: new Array<number>(BINS).fill(0), below: 0 });

export function rewardStats(
  records: readonly RewardRecord[],
  responseOf: ReadonlyMap<number, ResponseRecord>,
  threshold: number,
): RewardStats {
  const right = emptyClass('right tokens');
  const first = emptyClass('first errors');
  const later = emptyClass('consequences');
  const classes = [right, first, later];
  const all = emptyClass('all tokens');
  const add = (one: RewardClass & { bins: number[] }, reward: number): void => {
    one.count++;
    one.bins[Math.min(BINS - 1, Math.max(0, Math.floor(reward * BINS)))]!++;
    if (reward < threshold) one.below++;
  };
  let hasOracle = false;
  for (const record of records) {
    const ended = responseOf.get(record.responseId)?.ended ?? true;
    const scored = record.rewards.length - (ended ? 1 : 0);
    for (let t = 0; t < scored; t++) {
      const reward = record.rewards[t]!;
      add(all, reward);
      if (!record.wrong) continue;
      hasOracle = true;
      add(classes[record.wrong[t]!]!, reward);
    }
  }
  const caught = first.below + later.below;
  return {
    classes: hasOracle ? classes : null,
    all,
    tokens: all.count,
    below: all.below,
    precision: hasOracle && caught + right.below > 0 ? caught / (caught + right.below) : null,
    recall: hasOracle && first.count + later.count > 0 ? caught / (first.count + later.count) : null,
  };
}

/** Where the weights of a weighting end. */
export const weightReach = (weighting: WeightingName): number => (weighting === 'rlmec' ? 0.1 : 1);

/** How the weights that a weighting makes of the rewards are spread over [0, `weightReach`]; the highest weight is in the last bin. */
export function weightClasses(
  records: readonly RewardRecord[],
  responseOf: ReadonlyMap<number, ResponseRecord>,
  weighting: WeightingName,
  tau: number,
): Omit<RewardClass, 'below'>[] {
  const classes = (['right tokens', 'first errors', 'consequences'] as const).map(emptyClass);
  const reach = weightReach(weighting);
  for (const { responseId, rewards, wrong } of records) {
    if (!wrong) continue;
    const scored = rewards.length - ((responseOf.get(responseId)?.ended ?? true) ? 1 : 0);
    const weights = tokenWeights(rewards, new Uint8Array(rewards.length).fill(1), { weighting, tau });
    for (let t = 0; t < scored; t++) {
      const one = classes[wrong[t]!]!;
      one.count++;
      one.bins[Math.min(BINS - 1, Math.floor((weights[t]! / reach) * BINS))]!++;
    }
  }
  return classes;
}

/** What became of a response's first error: found when its reward is below the threshold; null without a known error. */
export function firstErrorFate(record: RewardRecord, threshold: number): 'found' | 'missed' | null {
  const at = record.wrong?.indexOf(1) ?? -1;
  if (at < 0) return null;
  return record.rewards[at]! < threshold ? 'found' : 'missed';
}
