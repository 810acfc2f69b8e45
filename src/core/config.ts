// RunConfig: everything that decides a run. Labels and limits are in fields.ts, defaults in presets.ts.

export const PRESETS = ['tiny', 'default', 'scratch', 'large'] as const;
export const FAMILIES = ['math', 'qa', 'instruct'] as const;
export const ARMS = ['allo', 'dpo-full', 'dpo-top10', 'dpo-random10', 'dpo-last10'] as const;
export const BACKENDS = ['auto', 'webgpu', 'wasm', 'cpu'] as const;
export const MASK_RULES = ['top', 'least', 'random'] as const;
export const WEIGHTINGS = ['threshold', 'soft', 'rlmec', 'raw', 'uniform'] as const;
/** Where the SFT model comes from: shipped, fine-tuned here from the shipped base, or trained from nothing. */
export const SFT_STARTS = ['shipped', 'base', 'scratch'] as const;
export const ARCHITECTURES = ['llama', 'gpt2'] as const;

export type Preset = (typeof PRESETS)[number];
export type Family = (typeof FAMILIES)[number];
export type Arm = (typeof ARMS)[number];
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
  styleBias: boolean;

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

  clipNorm: number;
  weightDecay: number;
  accumulate: number;
  recompute: boolean;

  heldOutPrompts: number;
  otherPrompts: number;
  klPrompts: number;
}

export type FieldName = keyof RunConfig;

/** Arms that train in one DPO stage of forgetting + improving updates (RECIPE §5: 110). */
export const isSingleStage = (arm: Arm): boolean => arm !== 'allo';
