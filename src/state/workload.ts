// How many tokens a run of the built-in families trains on, only scores and samples, stage by stage, from its settings alone. Rough: the
// lengths are means, and every batch counts as full.
import { isMasked, isPpo, isSingleStage, type RunConfig } from '../core/config';
import { learnsFromPairs } from '../core/methods';

/** Mean real tokens of a supervised sequence of the built-in families (RECIPE §3: 4.5 M tokens in 120 000 sequences). */
export const SEQUENCE_TOKENS = 38;

/** In operations a parameter: what a trained, a scored and a sampled token cost. A sampled one costs a forward pass in slim matrices. */
const TRAINING = 6;
const FORWARD = 2;
const SAMPLING = 4;

/** Of online merging's update, which JavaScript does whatever the backend: measured, on one core. */
const MERGING_SECONDS = 60e-9;

export interface Workload {
  trained: number;
  /** Forward passes alone. */
  scored: number;
  sampled: number;
}

const work = ({ trained = 0, scored = 0, sampled = 0 }: Partial<Workload>): Workload => ({ trained, scored, sampled });

export const operationsPerWeight = ({ trained, scored, sampled }: Workload): number =>
  TRAINING * trained + FORWARD * scored + SAMPLING * sampled;

/** SFT where it is not shipped. */
export function sftWork({ preset, sftStart, copySteps, sftSteps, sftSequences }: RunConfig): Workload {
  const hasStarter = preset === 'tiny' || preset === 'default';
  if (hasStarter && sftStart === 'shipped') return work({});
  const steps = sftSteps + (hasStarter && sftStart === 'base' ? 0 : copySteps);
  return work({ trained: steps * sftSequences * SEQUENCE_TOKENS });
}

export const samplingWork = ({ prompts, samplesPerPrompt, maxNewTokens }: RunConfig): Workload =>
  work({ sampled: prompts * samplesPerPrompt * maxNewTokens });

/** What the pairs of `steps` updates cost: the reference sees each pair once. */
function pairWork({ batchTokens, prompts, pairsPerPrompt }: RunConfig, steps: number): Workload {
  const trained = steps * batchTokens;
  return work({ trained, scored: Math.min(trained, prompts * pairsPerPrompt * 2 * SEQUENCE_TOKENS) });
}

/** A mask from another family has that family's answers sampled too. */
export function warmupWork(config: RunConfig): Workload {
  const { maskRule, maskSource, family, warmupSteps } = config;
  if (!isMasked(config) || maskRule === 'random') return work({});
  const isForeign = maskSource !== 'own' && maskSource !== family;
  return { ...pairWork(config, warmupSteps), ...(isForeign && { sampled: samplingWork(config).sampled }) };
}

/** The reward model where it is trained, for forgetting or for PPO, and its look at the wrong answers: half of all, in three parts each. */
export function rewardWork(config: RunConfig): Workload {
  const { rewardSource, rewardSteps, batchTokens, prompts, samplesPerPrompt, ppoReward } = config;
  const scores = forgets(config);
  const isUsed = scores || (isPpo(config) && ppoReward === 'reward model');
  return work({
    trained: isUsed && rewardSource === 'train' ? rewardSteps * batchTokens : 0,
    scored: scores ? (prompts * samplesPerPrompt * 3 * SEQUENCE_TOKENS) / 2 : 0,
  });
}

const forgets = (config: RunConfig): boolean => !isSingleStage(config) && config.forgettingSteps > 0;

export function forgettingWork(config: RunConfig): Workload {
  const { forgettingSteps, batchTokens, prompts, samplesPerPrompt } = config;
  if (!forgets(config)) return work({});
  const trained = forgettingSteps * batchTokens;
  return work({ trained, scored: Math.min(trained, (prompts * samplesPerPrompt * SEQUENCE_TOKENS) / 2) });
}

export function improvingWork(config: RunConfig): Workload {
  const { method, improvingSteps, batchTokens } = config;
  if (isPpo(config)) return rolloutWork(config);
  const trained = improvingSteps * batchTokens;
  if (!learnsFromPairs(method)) return work({ trained });
  const pairs = pairWork(config, improvingSteps);
  // KTO: every batch once more under other prompts, by the policy and by the reference.
  return method === 'kto' ? { ...pairs, scored: pairs.scored + 2 * trained } : pairs;
}

/** A rollout is sampled, scored by policy and reference (and a reward model, in three parts), and gone through `ppoEpochs` times. */
function rolloutWork({ improvingSteps, batchTokens, rolloutPrompts, ppoEpochs, maxNewTokens, ppoReward }: RunConfig) {
  const tokens = rolloutPrompts * SEQUENCE_TOKENS;
  const updates = ppoEpochs * Math.ceil(tokens / batchTokens);
  const rollouts = Math.ceil(improvingSteps / updates);
  return work({
    trained: Math.min(improvingSteps * batchTokens, rollouts * ppoEpochs * tokens),
    scored: rollouts * tokens * (ppoReward === 'reward model' ? 5 : 2),
    sampled: rollouts * rolloutPrompts * maxNewTokens,
  });
}

/** Before and after: greedy and sampled answers of the aligned family, greedy ones of the others (with half of the skills one more). */
export function evaluationWork({ heldOutPrompts, otherPrompts, klPrompts, skills, maxNewTokens }: RunConfig): Workload {
  const others = skills === 'half' ? 3 : 2;
  const answers = 2 * heldOutPrompts + others * otherPrompts;
  return work({ sampled: 2 * answers * maxNewTokens, scored: 2 * klPrompts * SEQUENCE_TOKENS });
}

/** Seconds of JavaScript in the updates of an online merging optimiser; 0 for AdamW. */
export const mergingSeconds = ({ optimiser, improvingSteps }: RunConfig, parameters: number): number =>
  optimiser === 'adamw' ? 0 : improvingSteps * parameters * MERGING_SECONDS;
