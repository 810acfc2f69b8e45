// The one FIELDS table that forms, URL, command-line flags and run differences all come from: label, unit, limits, help and the
// paper's value of every setting.
import {
  ARCHITECTURES,
  ARMS,
  BACKENDS,
  FAMILIES,
  type FieldName,
  MASK_RULES,
  PRESETS,
  SFT_STARTS,
  WEIGHTINGS,
} from './config';

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
/** Largest width of a model trained here. */
export const MAX_WIDTH = 2048;
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

  sftStart: {
    group: 'sft',
    label: 'SFT model',
    kind: 'choice',
    choices: SFT_STARTS,
    help: 'The shipped SFT model, one fine-tuned here from the shipped base checkpoint, or one trained from nothing.',
  },
  copySteps: {
    group: 'sft',
    label: 'Copy / lookup steps',
    ...int(0, 20000, 'steps'),
    help: 'First phase from scratch: a third of it copying and reversing strings, then key–value look-ups too. Without it the model never learns to look things up in its prompt.',
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
    ...int(2, 5000, 'steps'),
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
