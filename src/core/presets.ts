// The defaults: of every preset, task family and method (RECIPE §5, §6), and what fits an imported file.
import { ARM_DESCRIPTIONS } from './arms';
import type { Arm, Family, Preset, RunConfig } from './config';
import type { ModelSummary } from './model/modelSummary';

// RECIPE §5, but for math's improving rate: 5e-5 is too high for our starter (LOG.md: chosen on the validation split).
const FAMILY_RATES: Record<Family, { forgettingLearningRate: number; improvingLearningRate: number }> = {
  math: { forgettingLearningRate: 2e-4, improvingLearningRate: 3e-5 },
  qa: { forgettingLearningRate: 3e-4, improvingLearningRate: 1e-4 },
  instruct: { forgettingLearningRate: 1e-4, improvingLearningRate: 3e-5 },
};

const DEFAULT: RunConfig = {
  preset: 'default',
  family: 'math',
  seed: 1,
  backend: 'auto',
  arm: 'allo',
  method: 'allo',
  styleBias: false,
  skills: 'all',
  architecture: 'llama',
  layers: 3,
  width: 128,
  heads: 4,
  mlpWidth: 352,
  vocabularySize: 1024,
  sftStart: 'shipped',
  copySteps: 1500,
  sftSteps: 1500,
  sftLearningRate: 3e-3,
  sftSequences: 40,
  prompts: 256,
  samplesPerPrompt: 8,
  temperature: 1,
  topP: 1,
  maxNewTokens: 36,
  pairsPerPrompt: 5,
  batchTokens: 1024,
  beta: 0.1,
  warmupSteps: 50,
  warmupLearningRate: 3e-5,
  maskRule: 'top',
  maskScore: 'change',
  maskSource: 'own',
  forgettingLower: 0,
  forgettingPercent: 5,
  improvingLower: 0,
  improvingPercent: 10,
  rewardSource: 'shipped',
  rewardSteps: 700,
  rewardLearningRate: 1e-3,
  weighting: 'threshold',
  rewardThreshold: 0.5,
  forgettingSteps: 30,
  forgettingLearningRate: 2e-4,
  improvingSteps: 80,
  improvingLearningRate: 3e-5,
  keepShare: 0.5,
  rateFactor: 1,
  lengthAlpha: 0.01,
  targetMargin: 0.5,
  desirableWeight: 1,
  undesirableWeight: 1,
  rolloutPrompts: 64,
  ppoEpochs: 4,
  ppoReward: 'checker',
  klCoefficient: 0.2,
  clipRange: 0.2,
  gaeLambda: 0.95,
  valueCoefficient: 0.1,
  valueLearningRate: 1e-3,
  optimiser: 'adamw',
  mergeRules: 'paper',
  mergeShare: 0.01,
  mergeAlpha: 1e-7,
  mergeRescale: false,
  clipNorm: 1,
  weightDecay: 0,
  accumulate: 1,
  recompute: false,
  heldOutPrompts: 300,
  otherPrompts: 150,
  klPrompts: 100,
};

const PRESET_CHANGES: Record<Preset, Partial<RunConfig>> = {
  default: {},
  tiny: {
    layers: 2,
    width: 64,
    heads: 4,
    mlpWidth: 176,
    copySteps: 1500,
    sftSteps: 1500,
    prompts: 96,
    samplesPerPrompt: 6,
    warmupSteps: 20,
    forgettingSteps: 15,
    improvingSteps: 25,
    heldOutPrompts: 100,
    otherPrompts: 20,
  },
  scratch: { sftStart: 'scratch', rewardSource: 'train' },
  large: {
    sftStart: 'scratch',
    layers: 8,
    width: 512,
    heads: 8,
    mlpWidth: 1408,
    rewardSource: 'train',
    sftLearningRate: 1e-3,
    rewardLearningRate: 3e-4,
  },
};

/** The defaults of a preset, task family and method (RECIPE §5, §6). */
export function presetConfig(preset: Preset = 'default', family: Family = 'math', arm: Arm = 'allo'): RunConfig {
  const config: RunConfig = { ...DEFAULT, ...FAMILY_RATES[family], ...PRESET_CHANGES[preset], preset, family, arm };
  return { ...config, ...ARM_DESCRIPTIONS[arm].settings(config) };
}

/** Longest prompt + answer of an imported file, in tokens; longer ones are dropped. */
export const IMPORT_SEQUENCE = 256;

/**
 * Settings for an imported file: a model from scratch, trained briefly, with room for answers a little longer than the longest
 * known one (in tokens), so that an answer is cut only when it runs on.
 */
export const importedSettings = (longestAnswer: number) =>
  ({
    ...{ sftStart: 'scratch', copySteps: 0, sftSteps: 400, sftLearningRate: 2e-3, sftSequences: 16 },
    ...{
      prompts: 128,
      samplesPerPrompt: 4,
      maxNewTokens: Math.min(IMPORT_SEQUENCE, Math.ceil((longestAnswer * 1.25 + 4) / 4) * 4),
    },
    ...{ rewardSource: 'train', rewardSteps: 150 },
    ...{ heldOutPrompts: 60, otherPrompts: 0, klPrompts: 100 },
  }) satisfies Partial<RunConfig>;

/** Above so many weights a brought model is a real one, and gets the paper's learning rates; smaller ones get those of the presets. */
export const REAL_MODEL = 50_000_000;
/** Above so many weights activations are run again rather than kept. */
const RECOMPUTED_MODEL = 20_000_000;

/** Of a data file, in the model's tokens. */
export interface BroughtData {
  longestAnswer: number;
  longestPrompt: number;
  /** Prompt and answer, the median. */
  sequence: number;
}

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/**
 * Settings for a model that somebody brings, which is aligned as it is: ALGORITHM's learning rates (1e-6 warm-up, 5e-6 after it) for a real
 * model, steps of a few sequences, and few prompts to measure on, since each of them costs many operations. “Base” as SFT start fine-tunes it
 * on the file first.
 */
export function broughtSettings(
  { parameters, config }: Pick<ModelSummary, 'parameters' | 'config'>,
  { longestAnswer, longestPrompt, sequence }: BroughtData,
) {
  const isReal = parameters > REAL_MODEL;
  const room = Math.max(4, Math.min(IMPORT_SEQUENCE, config.maxPositions - longestPrompt));
  return {
    ...{
      preset: 'default',
      sftStart: 'shipped',
      copySteps: 0,
      sftSteps: isReal ? 50 : 200,
      sftSequences: isReal ? 8 : 16,
    },
    ...{ sftLearningRate: isReal ? 1e-5 : 1e-3 },
    ...{ prompts: isReal ? 64 : 128, samplesPerPrompt: 4 },
    maxNewTokens: Math.min(room, roundUp(longestAnswer * 1.25 + 4, 4)),
    // Eight sequences (four pairs), so that a step's gradient is more than one prompt's.
    batchTokens: Math.min(4096, Math.max(256, roundUp(8 * sequence, 256))),
    ...(isReal
      ? {
          warmupLearningRate: 1e-6,
          forgettingLearningRate: 5e-6,
          improvingLearningRate: 5e-6,
          rewardLearningRate: 1e-5,
        }
      : {}),
    ...{ rewardSource: 'train', rewardSteps: isReal ? 50 : 150 },
    ...{ accumulate: 1, recompute: parameters > RECOMPUTED_MODEL },
    ...{ heldOutPrompts: isReal ? 24 : 60, otherPrompts: 0, klPrompts: isReal ? 16 : 60 },
  } satisfies Partial<RunConfig>;
}
