// RunConfig: everything that decides a run. Labels and limits are in fields.ts, defaults in presets.ts.

export const PRESETS = ['tiny', 'default', 'scratch', 'large'] as const;
export const FAMILIES = ['math', 'qa', 'instruct'] as const;
/** What is trained: ALLO's two stages, or one stage with one loss (ALGORITHM §8). */
export const METHODS = [
  ...['allo', 'dpo', 'hinge', 'r-dpo', 'ln-dpo', 'ipo', 'ipo-mean', 'bco', 'kto', 'simpo', 'npo'],
  ...['sft', 'rft', 'ppo', 'ppo-a2c'],
] as const;
/** Named settings of one click (arms.ts says what they set). */
export const ARMS = [
  ...['allo', 'dpo-full', 'dpo-top10', 'dpo-random10', 'dpo-last10', 'dpo-foreign10'],
  ...['warm-up-only', 'dpo-160'],
  ...['allo-no-mask', 'allo-no-forgetting', 'allo-no-rewards', 'allo-no-noise', 'allo-shared-ratio'],
  ...['allo-random', 'allo-raw'],
  ...['sft', 'rft', 'r-dpo', 'ipo', 'ipo-mean', 'bco', 'simpo', 'npo', 'ppo', 'ppo-a2c'],
  ...['hinge', 'ln-dpo', 'kto', 'ondare', 'onties', 'ondare-top10', 'onties-top10'],
] as const;
export const BACKENDS = ['auto', 'webgpu', 'wasm', 'cpu'] as const;
/** Which weights may move; 'all': no mask. */
export const MASK_RULES = ['top', 'least', 'random', 'all'] as const;
/** What ranks a weight: how far the warm-up moved it, or the size of its summed gradient there. */
export const MASK_SCORES = ['change', 'gradient'] as const;
/** Whose warm-up the mask comes from: the aligned family's own, or another's (mask transfer). */
export const MASK_SOURCES = ['own', ...FAMILIES] as const;
export const OPTIMISERS = ['adamw', 'ondare', 'onties'] as const;
export const MERGE_RULES = ['paper', 'reference'] as const;
/** Whether all skills of the family are aligned, or one half of them, the other half being measured as a family of its own. */
export const SKILLS = ['all', 'half'] as const;
export const PPO_REWARDS = ['checker', 'reward model'] as const;
export const WEIGHTINGS = ['threshold', 'soft', 'rlmec', 'raw', 'uniform'] as const;
/** Where the SFT model comes from: shipped, fine-tuned here from the shipped base, or trained from nothing. */
export const SFT_STARTS = ['shipped', 'base', 'scratch'] as const;
export const ARCHITECTURES = ['llama', 'gpt2'] as const;

export type Preset = (typeof PRESETS)[number];
export type Family = (typeof FAMILIES)[number];
export type Arm = (typeof ARMS)[number];
export type Method = (typeof METHODS)[number];
export type BackendChoice = (typeof BACKENDS)[number];
export type MaskRule = (typeof MASK_RULES)[number];
export type Weighting = (typeof WEIGHTINGS)[number];

/** Everything that decides a run. Flat, so that it is a URL, a form and a diff without translation. */
export interface RunConfig {
  preset: Preset;
  family: Family;
  seed: number;
  backend: BackendChoice;
  arm: Arm;
  method: Method;
  styleBias: boolean;
  skills: (typeof SKILLS)[number];

  architecture: (typeof ARCHITECTURES)[number];
  layers: number;
  width: number;
  heads: number;
  mlpWidth: number;
  vocabularySize: number;

  sftStart: (typeof SFT_STARTS)[number];
  copySteps: number;
  sftSteps: number;
  sftLearningRate: number;
  sftSequences: number;

  prompts: number;
  samplesPerPrompt: number;
  temperature: number;
  topP: number;
  maxNewTokens: number;
  pairsPerPrompt: number;

  batchTokens: number;
  beta: number;
  warmupSteps: number;
  warmupLearningRate: number;

  maskRule: MaskRule;
  maskScore: (typeof MASK_SCORES)[number];
  maskSource: (typeof MASK_SOURCES)[number];
  forgettingLower: number;
  forgettingPercent: number;
  improvingLower: number;
  improvingPercent: number;

  rewardSource: 'shipped' | 'train';
  rewardSteps: number;
  rewardLearningRate: number;
  weighting: Weighting;
  rewardThreshold: number;

  forgettingSteps: number;
  forgettingLearningRate: number;
  improvingSteps: number;
  improvingLearningRate: number;
  keepShare: number;
  /** “lr ×”: forgetting's and improving's learning rates times this. */
  rateFactor: number;

  lengthAlpha: number;
  targetMargin: number;
  desirableWeight: number;
  undesirableWeight: number;

  rolloutPrompts: number;
  ppoEpochs: number;
  ppoReward: (typeof PPO_REWARDS)[number];
  klCoefficient: number;
  clipRange: number;
  gaeLambda: number;
  valueCoefficient: number;
  valueLearningRate: number;

  optimiser: (typeof OPTIMISERS)[number];
  mergeRules: (typeof MERGE_RULES)[number];
  mergeShare: number;
  mergeAlpha: number;
  mergeRescale: boolean;

  clipNorm: number;
  weightDecay: number;
  accumulate: number;
  recompute: boolean;

  heldOutPrompts: number;
  otherPrompts: number;
  klPrompts: number;
}

export type FieldName = keyof RunConfig;

/** Methods that train in one stage of forgetting + improving updates (RECIPE §5: 110). */
export const isSingleStage = ({ method }: Pick<RunConfig, 'method'>): boolean => method !== 'allo';
/** Methods that sample while they train. */
export const isPpo = ({ method }: Pick<RunConfig, 'method'>): boolean => method === 'ppo' || method === 'ppo-a2c';
/** Does a neuron mask hold some weights still? */
export const isMasked = ({ maskRule }: Pick<RunConfig, 'maskRule'>): boolean => maskRule !== 'all';
