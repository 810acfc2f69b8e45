// How many tokens a run trains on, only scores and samples, stage by stage, from its settings and its data's lengths. Rough: the lengths are
// means, and every batch counts as full.
import { isMasked, isPpo, isSingleStage, type RunConfig } from '../core/config';
import { learnsFromPairs } from '../core/methods';

/** What the work depends on beside the settings. */
export interface WorkData {
  /** Mean real tokens of a prompt with its answer. */
  sequence: number;
  /** Pairs that a file brings, so that nothing is sampled and no reward model has answers to learn from; null: pairs are made. */
  givenPairs: number | null;
}

/** Of the built-in families (RECIPE §3: 4.5 M tokens in 120 000 sequences). */
const BUILTIN: WorkData = { sequence: 38, givenPairs: null };

/** In operations a parameter: what a trained, a scored and a sampled token cost. A sampled one costs a forward pass in slim matrices. */
const TRAINING = 6;
const FORWARD = 2;
const SAMPLING = 4;

/** Operations a parameter and trained token: activations that are computed again take another forward pass. */
export const trainingCost = ({ recompute }: Pick<RunConfig, 'recompute'>): number =>
  TRAINING + (recompute ? FORWARD : 0);

/** Of online merging's update, which JavaScript does whatever the backend: measured, on one core. */
const MERGING_SECONDS = 60e-9;

export interface Workload {
  trained: number;
  /** Forward passes alone. */
  scored: number;
  sampled: number;
}

const work = ({ trained = 0, scored = 0, sampled = 0 }: Partial<Workload>): Workload => ({ trained, scored, sampled });

export const operationsPerWeight = ({ trained, scored, sampled }: Workload, training = TRAINING): number =>
  training * trained + FORWARD * scored + SAMPLING * sampled;

/** SFT where it is not shipped. */
export function sftWork(
  { preset, sftStart, copySteps, sftSteps, sftSequences }: RunConfig,
  { sequence } = BUILTIN,
): Workload {
  const hasStarter = preset === 'tiny' || preset === 'default';
  if (hasStarter && sftStart === 'shipped') return work({});
  const steps = sftSteps + (hasStarter && sftStart === 'base' ? 0 : copySteps);
  return work({ trained: steps * sftSequences * sequence });
}

export const samplingWork = (
  { prompts, samplesPerPrompt, maxNewTokens }: RunConfig,
  { givenPairs } = BUILTIN,
): Workload => work({ sampled: givenPairs === null ? prompts * samplesPerPrompt * maxNewTokens : 0 });

/** Half of all answers are wrong; of a given pair one is. */
const wrongAnswers = ({ prompts, samplesPerPrompt }: RunConfig, { givenPairs }: WorkData): number =>
  givenPairs ?? (prompts * samplesPerPrompt) / 2;

/** What the pairs of `steps` updates cost: the reference sees each pair once. */
function pairWork({ batchTokens, prompts, pairsPerPrompt }: RunConfig, data: WorkData, steps: number): Workload {
  const trained = steps * batchTokens;
  const pairs = data.givenPairs ?? prompts * pairsPerPrompt;
  return work({ trained, scored: Math.min(trained, pairs * 2 * data.sequence) });
}

/** A mask from another family has that family's answers sampled too. */
export function warmupWork(config: RunConfig, data = BUILTIN): Workload {
  const { maskRule, maskSource, family, warmupSteps } = config;
  if (!isMasked(config) || maskRule === 'random') return work({});
  const isForeign = maskSource !== 'own' && maskSource !== family;
  return { ...pairWork(config, data, warmupSteps), ...(isForeign && { sampled: samplingWork(config).sampled }) };
}

/** The reward model where it is trained, for forgetting or for PPO, and its look at the wrong answers, in three parts each; without one nothing. */
export function rewardWork(config: RunConfig, data = BUILTIN): Workload {
  const { rewardSource, rewardSteps, batchTokens, ppoReward } = config;
  const isTrained = rewardSource === 'train';
  if (data.givenPairs !== null || (isTrained && rewardSteps === 0)) return work({});
  const scores = forgets(config);
  const isUsed = scores || (isPpo(config) && ppoReward === 'reward model');
  return work({
    trained: isUsed && isTrained ? rewardSteps * batchTokens : 0,
    scored: scores ? wrongAnswers(config, data) * 3 * data.sequence : 0,
  });
}

const forgets = (config: RunConfig): boolean => !isSingleStage(config) && config.forgettingSteps > 0;

export function forgettingWork(config: RunConfig, data = BUILTIN): Workload {
  const { forgettingSteps, batchTokens } = config;
  if (!forgets(config)) return work({});
  const trained = forgettingSteps * batchTokens;
  return work({ trained, scored: Math.min(trained, wrongAnswers(config, data) * data.sequence) });
}

export function improvingWork(config: RunConfig, data = BUILTIN): Workload {
  const { method, improvingSteps, batchTokens } = config;
  if (isPpo(config)) return rolloutWork(config, data);
  const trained = improvingSteps * batchTokens;
  if (!learnsFromPairs(method)) return work({ trained });
  const pairs = pairWork(config, data, improvingSteps);
  // KTO: every batch once more under other prompts, by the policy and by the reference.
  return method === 'kto' ? { ...pairs, scored: pairs.scored + 2 * trained } : pairs;
}

/** A rollout is sampled, scored by policy and reference (and a reward model, in three parts), and gone through `ppoEpochs` times. */
function rolloutWork(
  { improvingSteps, batchTokens, rolloutPrompts, ppoEpochs, maxNewTokens, ppoReward }: RunConfig,
  { sequence }: WorkData,
) {
  const tokens = rolloutPrompts * sequence;
  const updates = ppoEpochs * Math.ceil(tokens / batchTokens);
  const rollouts = Math.ceil(improvingSteps / updates);
  return work({
    trained: Math.min(improvingSteps * batchTokens, rollouts * ppoEpochs * tokens),
    scored: rollouts * tokens * (ppoReward === 'reward model' ? 5 : 2),
    sampled: rollouts * rolloutPrompts * maxNewTokens,
  });
}

/** Before and after: greedy and sampled answers of the aligned family, greedy ones of the others (with half of the skills one more). */
export function evaluationWork(
  { heldOutPrompts, otherPrompts, klPrompts, skills, maxNewTokens }: RunConfig,
  { sequence } = BUILTIN,
): Workload {
  const others = skills === 'half' ? 3 : 2;
  const answers = 2 * heldOutPrompts + others * otherPrompts;
  return work({ sampled: 2 * answers * maxNewTokens, scored: 2 * klPrompts * sequence });
}

/** Seconds of JavaScript in the updates of an online merging optimiser; 0 for AdamW. */
export const mergingSeconds = ({ optimiser, improvingSteps }: RunConfig, parameters: number): number =>
  optimiser === 'adamw' ? 0 : improvingSteps * parameters * MERGING_SECONDS;
