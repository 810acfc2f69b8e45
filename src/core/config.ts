// RunConfig and the one FIELDS table that forms, URL, command-line flags and run differences all come from.

export const PRESETS = ['tiny', 'default', 'scratch', 'large'] as const;
export const FAMILIES = ['math', 'qa', 'instruct'] as const;
export const ARMS = ['allo', 'dpo-full', 'dpo-top10', 'dpo-random10', 'dpo-last10'] as const;
export const BACKENDS = ['auto', 'webgpu', 'wasm', 'cpu'] as const;
export const MASK_RULES = ['top', 'least', 'random'] as const;
export const WEIGHTINGS = ['threshold', 'soft', 'rlmec', 'raw', 'uniform'] as const;
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

  heldOutPrompts: number;
  otherPrompts: number;
  klPrompts: number;
}

export type FieldName = keyof RunConfig;
export type FieldGroup =
  | 'run'
  | 'model'
  | 'sft'
  | 'sampling'
  | 'warm-up'
  | 'mask'
  | 'rewards'
  | 'forgetting'
  | 'improving'
  | 'optimiser'
  | 'evaluation';

interface FieldBase {
  group: FieldGroup;
  label: string;
  help: string;
  /** The paper's or reference code's value, as text, shown beside ours. */
  paper?: string;
}
export type Field =
  | (FieldBase & {
      kind: 'number';
      min: number;
      max: number;
      step?: number;
      integer?: boolean;
      scale?: 'log';
      unit?: string;
    })
  | (FieldBase & { kind: 'choice'; choices: readonly string[] })
  | (FieldBase & { kind: 'switch' });

const int = (min: number, max: number, unit?: string) => ({ kind: 'number' as const, integer: true, min, max, unit });
const MAX_WIDTH = 2048;
const rate = { kind: 'number' as const, min: 1e-8, max: 0.1, scale: 'log' as const };

/** One entry per RunConfig key. Defaults live in presetConfig, since they depend on preset, family and arm. */
export const FIELDS: { [K in FieldName]: Field } = {
  preset: {
    group: 'run',
    label: 'Preset',
    kind: 'choice',
    choices: PRESETS,
    help: 'Tiny: seconds on a CPU. Default: the 0.63 M-parameter starter. From scratch: base and SFT model too. Large: 26 M parameters, for a real GPU.',
  },
  family: {
    group: 'run',
    label: 'Task family',
    kind: 'choice',
    choices: FAMILIES,
    help: 'The family that is aligned. The other two measure what alignment costs elsewhere.',
    paper: 'QA, math, instruction following',
  },
  seed: {
    group: 'run',
    label: 'Seed',
    ...int(0, 4294967295),
    help: 'Everything random follows from it: the same seed on the same backend gives the same run.',
    paper: '2023',
  },
  backend: {
    group: 'run',
    label: 'Backend',
    kind: 'choice',
    choices: BACKENDS,
    help: 'Auto takes WebGPU on a real adapter, else WASM, else the plain CPU.',
  },
  arm: {
    group: 'run',
    label: 'Method',
    kind: 'choice',
    choices: ARMS,
    help: 'ALLO, or plain DPO with all, the most changed, random or the least changed 10 % of the weights.',
    paper: 'ALLO',
  },
  styleBias: {
    group: 'run',
    label: 'Superficial-style bias',
    kind: 'switch',
    help: 'Keep only pairs whose chosen response starts with “ok” and whose rejected one does not: shows what token rewards are for.',
  },

  architecture: {
    group: 'model',
    label: 'Architecture',
    kind: 'choice',
    choices: ARCHITECTURES,
    help: 'Only for models trained from scratch.',
    paper: 'Llama',
  },
  layers: {
    group: 'model',
    label: 'Layers',
    ...int(1, 48),
    help: 'Transformer blocks. Only for models trained from scratch.',
    paper: '32',
  },
  width: {
    group: 'model',
    label: 'Width',
    ...int(16, MAX_WIDTH),
    step: 16,
    help: 'Residual stream width; a multiple of heads × 2.',
    paper: '4096',
  },
  heads: { group: 'model', label: 'Heads', ...int(1, 32), help: 'Attention heads.', paper: '32' },
  mlpWidth: {
    group: 'model',
    label: 'MLP width',
    ...int(16, 8192),
    step: 8,
    help: 'Hidden width of the feed-forward block.',
    paper: '11008',
  },
  vocabularySize: {
    group: 'model',
    label: 'Vocabulary',
    ...int(300, 8192, 'tokens'),
    help: 'Byte-level BPE trained on an imported file. The built-in families always have 180 word tokens.',
  },

  copySteps: {
    group: 'sft',
    label: 'Copy / lookup steps',
    ...int(0, 20000, 'steps'),
    help: 'First phase from scratch: copying and key–value lookup, without which induction heads do not form.',
  },
  sftSteps: {
    group: 'sft',
    label: 'SFT steps',
    ...int(0, 20000, 'steps'),
    help: 'Supervised fine-tuning on (noisy) solutions.',
    paper: '3 epochs',
  },
  sftLearningRate: {
    group: 'sft',
    label: 'SFT learning rate',
    ...rate,
    help: 'Peak; 3 % warm-up, cosine.',
    paper: '2e-5',
  },
  sftSequences: {
    group: 'sft',
    label: 'Sequences per step',
    ...int(1, 256),
    help: 'Sequences in one SFT step.',
    paper: '128',
  },

  prompts: { group: 'sampling', label: 'Prompts', ...int(4, 8192), help: 'Training prompts that are answered.' },
  samplesPerPrompt: {
    group: 'sampling',
    label: 'Samples per prompt',
    ...int(2, 64),
    help: 'Answers drawn per prompt.',
    paper: '10',
  },
  temperature: {
    group: 'sampling',
    label: 'Temperature',
    kind: 'number',
    min: 0.05,
    max: 4,
    step: 0.05,
    help: 'Divides the logits before sampling.',
    paper: '0.7',
  },
  topP: {
    group: 'sampling',
    label: 'Top-p',
    kind: 'number',
    min: 0.05,
    max: 1,
    step: 0.05,
    help: 'Keep the smallest set of tokens with this mass.',
    paper: '0.95',
  },
  maxNewTokens: {
    group: 'sampling',
    label: 'Max new tokens',
    ...int(4, 512, 'tokens'),
    help: 'An answer that has not ended by then is cut and counts as wrong.',
    paper: '1024',
  },
  pairsPerPrompt: {
    group: 'sampling',
    label: 'Pairs per prompt',
    ...int(1, 64),
    help: 'Right × wrong pairs drawn per prompt, at most.',
    paper: '5',
  },

  batchTokens: {
    group: 'optimiser',
    label: 'Tokens per step',
    ...int(128, 65536, 'tokens'),
    help: 'A batch is filled with whole pairs up to this many real tokens.',
    paper: '32–128 sequences',
  },
  beta: {
    group: 'optimiser',
    label: 'Beta',
    kind: 'number',
    min: 0.001,
    max: 10,
    step: 0.01,
    help: 'How strongly DPO and NPO tie the policy to the reference.',
    paper: '0.1',
  },
  warmupSteps: {
    group: 'warm-up',
    label: 'Warm-up steps',
    ...int(1, 5000, 'steps'),
    help: 'Plain DPO on all weights; how far each weight moves ranks it.',
    paper: '1 epoch',
  },
  warmupLearningRate: {
    group: 'warm-up',
    label: 'Warm-up learning rate',
    ...rate,
    help: 'Peak; 10 % warm-up, cosine.',
    paper: '1e-6',
  },

  maskRule: {
    group: 'mask',
    label: 'Mask rule',
    kind: 'choice',
    choices: MASK_RULES,
    help: 'Most changed weights, least changed, or random of equal size.',
    paper: 'most changed',
  },
  forgettingLower: {
    group: 'mask',
    label: 'Forgetting band from',
    kind: 'number',
    min: 0,
    max: 100,
    step: 0.5,
    unit: '%',
    help: 'Leave out the top this-many per cent.',
    paper: '0',
  },
  forgettingPercent: {
    group: 'mask',
    label: 'Forgetting mask',
    kind: 'number',
    min: 0,
    max: 100,
    step: 0.5,
    unit: '%',
    help: 'Share of all weights that may move while forgetting.',
    paper: '5',
  },
  improvingLower: {
    group: 'mask',
    label: 'Improving band from',
    kind: 'number',
    min: 0,
    max: 100,
    step: 0.5,
    unit: '%',
    help: 'Leave out the top this-many per cent.',
    paper: '0',
  },
  improvingPercent: {
    group: 'mask',
    label: 'Improving mask',
    kind: 'number',
    min: 0,
    max: 100,
    step: 0.5,
    unit: '%',
    help: 'Share of all weights that may move while improving.',
    paper: '10',
  },

  rewardSource: {
    group: 'rewards',
    label: 'Reward model',
    kind: 'choice',
    choices: ['shipped', 'train'],
    help: 'The shipped rewriting model, or one trained live from the SFT weights.',
  },
  rewardSteps: {
    group: 'rewards',
    label: 'Reward-model steps',
    ...int(0, 20000, 'steps'),
    help: 'Training steps of the rewriting model when it is trained live.',
    paper: '3 epochs',
  },
  rewardLearningRate: {
    group: 'rewards',
    label: 'Reward-model learning rate',
    ...rate,
    help: 'Peak; 3 % warm-up, cosine.',
    paper: '2e-5',
  },
  weighting: {
    group: 'rewards',
    label: 'Token weighting',
    kind: 'choice',
    choices: WEIGHTINGS,
    help: 'How a token’s reward p becomes its weight while forgetting: 1[p < τ], 1 − p, RLMEC’s clip, the raw p of the released script, or 1.',
    paper: 'threshold (figure), raw (script)',
  },
  rewardThreshold: {
    group: 'rewards',
    label: 'Threshold τ',
    kind: 'number',
    min: 0,
    max: 1,
    step: 0.05,
    help: 'A token with a reward below it is unaligned.',
    paper: '0.5',
  },

  forgettingSteps: {
    group: 'forgetting',
    label: 'Forgetting steps',
    ...int(0, 5000, 'steps'),
    help: 'Token-weighted NPO on wrong answers. There is no retain term: too long destroys the model.',
    paper: '1 epoch',
  },
  forgettingLearningRate: {
    group: 'forgetting',
    label: 'Forgetting learning rate',
    ...rate,
    help: 'Peak; 3 % warm-up, cosine.',
    paper: '5e-7',
  },
  improvingSteps: {
    group: 'improving',
    label: 'Improving steps',
    ...int(0, 5000, 'steps'),
    help: 'DPO with noisy rejected tokens left out.',
    paper: '1 epoch',
  },
  improvingLearningRate: {
    group: 'improving',
    label: 'Improving learning rate',
    ...rate,
    help: 'Peak; 10 % warm-up, cosine.',
    paper: '5e-6',
  },
  keepShare: {
    group: 'improving',
    label: 'Kept rejected share ε',
    kind: 'number',
    min: 0.01,
    max: 1,
    step: 0.05,
    help: 'Share of the rejected tokens with the most negative log-ratio that stay in the loss; 1 is plain DPO.',
    paper: '0.1 (code)',
  },

  clipNorm: {
    group: 'optimiser',
    label: 'Gradient clip',
    kind: 'number',
    min: 0.01,
    max: 1000,
    step: 0.1,
    help: 'Largest global gradient norm.',
    paper: '1.0',
  },
  weightDecay: {
    group: 'optimiser',
    label: 'Weight decay',
    kind: 'number',
    min: 0,
    max: 1,
    step: 0.01,
    help: 'Only on selected weights: a frozen weight never moves.',
    paper: '0',
  },

  heldOutPrompts: {
    group: 'evaluation',
    label: 'Held-out prompts',
    ...int(10, 5000),
    help: 'Prompts of the aligned family for accuracy; never trained on.',
  },
  otherPrompts: {
    group: 'evaluation',
    label: 'Other families’ prompts',
    ...int(0, 5000),
    help: 'Held-out prompts of each other family (alignment tax).',
  },
  klPrompts: {
    group: 'evaluation',
    label: 'KL prompts',
    ...int(10, 1000),
    help: 'Held-out prompts whose SFT answers measure KL(SFT ‖ model).',
  },
};

export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

const FAMILY_RATES: Record<Family, { forgettingLearningRate: number; improvingLearningRate: number }> = {
  math: { forgettingLearningRate: 2e-4, improvingLearningRate: 5e-5 },
  qa: { forgettingLearningRate: 3e-4, improvingLearningRate: 1e-4 },
  instruct: { forgettingLearningRate: 1e-4, improvingLearningRate: 3e-5 },
};

const DEFAULT: RunConfig = {
  preset: 'default',
  family: 'math',
  seed: 1,
  backend: 'auto',
  arm: 'allo',
  styleBias: false,
  architecture: 'llama',
  layers: 3,
  width: 128,
  heads: 4,
  mlpWidth: 352,
  vocabularySize: 1024,
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
  improvingLearningRate: 5e-5,
  keepShare: 0.5,
  clipNorm: 1,
  weightDecay: 0,
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
    otherPrompts: 40,
    klPrompts: 40,
  },
  scratch: { rewardSource: 'train' },
  large: {
    layers: 8,
    width: 512,
    heads: 8,
    mlpWidth: 1408,
    rewardSource: 'train',
    sftLearningRate: 1e-3,
    rewardLearningRate: 3e-4,
  },
};

/** Arms that train in one DPO stage of forgetting + improving updates (RECIPE §5: 110). */
export const isSingleStage = (arm: Arm): boolean => arm !== 'allo';

/** The defaults of a preset, task family and method (RECIPE §5, §6). */
export function presetConfig(preset: Preset = 'default', family: Family = 'math', arm: Arm = 'allo'): RunConfig {
  const config: RunConfig = { ...DEFAULT, ...FAMILY_RATES[family], ...PRESET_CHANGES[preset], preset, family, arm };
  if (isSingleStage(arm)) {
    config.improvingSteps += config.forgettingSteps;
    config.forgettingSteps = 0;
    config.improvingLearningRate = 3e-5;
    config.keepShare = 1;
    config.maskRule = arm === 'dpo-random10' ? 'random' : arm === 'dpo-last10' ? 'least' : 'top';
    if (arm === 'dpo-full') config.improvingPercent = 100;
  }
  return config;
}

export interface ConfigProblem {
  field: string;
  message: string;
}

/**
 * Untrusted strings (URL, command line) or values (saved runs) → a valid RunConfig. Preset, family and arm are read
 * first, since defaults depend on them. Never throws: an invalid value is clamped or replaced by the default and reported.
 */
export function parseConfig(input: Readonly<Record<string, unknown>>): {
  config: RunConfig;
  problems: ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];
  const read = <K extends FieldName>(name: K, fallback: RunConfig[K]): RunConfig[K] => {
    const value = Object.hasOwn(input, name) ? input[name] : undefined;
    if (value === undefined) return fallback;
    return parseField(name, value, fallback, problems) as RunConfig[K];
  };
  const base = presetConfig(read('preset', 'default'), read('family', 'math'), read('arm', 'allo'));
  const config: Record<string, unknown> = { ...base };
  for (const name of FIELD_NAMES) {
    if (name !== 'preset' && name !== 'family' && name !== 'arm') config[name] = read(name, base[name]);
  }
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(FIELDS, name)) problems.push({ field: name, message: `Unknown setting “${name}”, ignored.` });
  }
  const result = config as unknown as RunConfig;
  fixRelations(result, problems);
  return { config: result, problems };
}

function parseField(name: FieldName, value: unknown, fallback: unknown, problems: ConfigProblem[]): unknown {
  const field = FIELDS[name];
  const complain = (message: string) => problems.push({ field: name, message });
  const shown = JSON.stringify(value)?.slice(0, 60);
  if (field.kind === 'switch') {
    if (value === true || value === '1' || value === 'true') return true;
    if (value === false || value === '0' || value === 'false') return false;
    complain(`${field.label}: ${shown} is neither 1 nor 0; using ${fallback ? '1' : '0'}.`);
    return fallback;
  }
  if (field.kind === 'choice') {
    if (typeof value === 'string' && field.choices.includes(value)) return value;
    complain(`${field.label}: ${shown} is not one of ${field.choices.join(', ')}; using ${fallback}.`);
    return fallback;
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) {
    complain(`${field.label}: ${shown} is not a number; using ${fallback}.`);
    return fallback;
  }
  let clamped = Math.min(field.max, Math.max(field.min, number));
  if (field.integer) clamped = Math.round(clamped);
  if (clamped !== number)
    complain(
      `${field.label}: ${number} is outside ${field.min}…${field.max}${field.integer ? ' (whole numbers)' : ''}; using ${clamped}.`,
    );
  return clamped;
}

/** Settings that only make sense together. */
function fixRelations(config: RunConfig, problems: ConfigProblem[]): void {
  for (const purpose of ['forgetting', 'improving'] as const) {
    const lower = `${purpose}Lower` as const;
    const upper = `${purpose}Percent` as const;
    if (config[lower] > config[upper]) {
      problems.push({
        field: lower,
        message: `${FIELDS[lower].label}: ${config[lower]} % is above the mask’s ${config[upper]} %; using 0 %.`,
      });
      config[lower] = 0;
    }
  }
  if (config.width % (2 * config.heads) !== 0) {
    const unit = 2 * config.heads;
    const units = Math.min(Math.floor(MAX_WIDTH / unit), Math.max(1, Math.round(config.width / unit)));
    const width = units * unit;
    problems.push({
      field: 'width',
      message: `Width: ${config.width} is no multiple of 2 × ${config.heads} heads; using ${width}.`,
    });
    config.width = width;
  }
}

/** Only what differs from the preset's defaults, as strings: what stands in the URL and in a run's name. */
export function configDifference(config: RunConfig): Record<string, string> {
  const base = presetConfig(config.preset, config.family, config.arm);
  const first = presetConfig();
  const out: Record<string, string> = {};
  for (const name of FIELD_NAMES) {
    const value = config[name];
    const isKey = name === 'preset' || name === 'family' || name === 'arm';
    if (value !== (isKey ? first : base)[name])
      out[name] = typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
  }
  return out;
}

/** Longest prompt + answer of an imported file, in tokens; longer ones are dropped. */
export const IMPORT_SEQUENCE = 256;

/**
 * Settings for an imported file: a model from scratch, trained briefly, with room for answers a little longer than the longest
 * known one (in tokens), so that an answer is cut only when it runs on.
 */
export const importedSettings = (longestAnswer: number) =>
  ({
    ...{ copySteps: 0, sftSteps: 400, sftLearningRate: 2e-3, sftSequences: 16 },
    ...{
      prompts: 128,
      samplesPerPrompt: 4,
      maxNewTokens: Math.min(IMPORT_SEQUENCE, Math.ceil((longestAnswer * 1.25 + 4) / 4) * 4),
    },
    ...{ rewardSource: 'train', rewardSteps: 150 },
    ...{ heldOutPrompts: 60, otherPrompts: 0, klPrompts: 40 },
  }) satisfies Partial<RunConfig>;
