// What a run tells the world: plain data, one union. Typed arrays are handed over, never shared.
import type { Family, RunConfig } from './config';
import type { MemoryEstimate } from './memory';
import type { ModelConfig, TensorSpec } from './model/config';
import type { TokenizerFile } from './tokenizer/tokenizerFiles';

export const STAGE_NAMES = [
  'sft',
  'sampling',
  'pairs',
  'warm-up',
  'mask',
  'token-rewards',
  'forgetting',
  'improving',
  'evaluation',
] as const;
export type StageName = (typeof STAGE_NAMES)[number];
export type MaskPurpose = 'forgetting' | 'improving';
/** The training stages that have a time line. */
export const TIMED_STAGES = ['warm-up', 'forgetting', 'improving'] as const satisfies readonly StageName[];
export type TimedStage = (typeof TIMED_STAGES)[number];
/** When a run's weights are told: θ_SFT, θ′ after the warm-up, after forgetting, after improving. */
export const WEIGHT_MOMENTS = ['sft', 'warmed-up', 'forgotten', 'improved'] as const;
export type WeightMoment = (typeof WEIGHT_MOMENTS)[number];
export type BackendName = 'webgpu' | 'wasm' | 'cpu';

export interface BackendReport {
  name: BackendName;
  /** "WASM ×2", "WebGPU: NVIDIA …", "CPU". */
  label: string;
  threads: number;
  adapter: string | null;
  /** Why faster backends were not taken: text with the fix. */
  refused: readonly { backend: BackendName; reason: string; fix: string }[];
  selfCheck: readonly { op: string; maxError: number; tolerance: number; passed: boolean }[];
  /** On webgpu: which tile makes the matrix products, why, and the GFLOPS of those that were measured. */
  matmul?: { tile: string; source: 'default' | 'measured' | 'remembered'; speeds: Readonly<Record<string, number>> };
  /** On webgpu: bytes that one buffer may have, to be made and to be bound. Missing in records of runs made before it was asked for. */
  largestBuffer?: number;
}

export interface PromptRecord {
  id: number;
  family: string;
  text: string;
  tokens: readonly number[];
  gold: readonly number[] | null;
}

export interface ResponseRecord {
  id: number;
  promptId: number;
  /** Response ids, with EOS when the answer ended. */
  tokens: readonly number[];
  correct: boolean | null;
  ended: boolean;
  /** How many times this very text was sampled. */
  copies: number;
}

export interface PairRecord {
  promptId: number;
  chosen: readonly number[];
  rejected: readonly number[];
  chosenSource: 'sample' | 'gold' | 'given';
}

export interface PairLogRatios {
  /** Place in the run's pairs. */
  pair: number;
  chosen: Float32Array;
  rejected: Float32Array;
  /** Of this pair alone, with β and ε of the last update. */
  loss: number;
}

/** 'diverged': a zero too, of a model that gives answers no probability a number could hold. */
export const ZERO_FAULTS = ['zero loss', 'zero gradients', 'diverged'] as const;
export type ZeroFault = (typeof ZERO_FAULTS)[number];

/** One optimiser step. Absent quantities have no meaning in that stage. Log-probs in nats per response. */
export interface StepMetrics {
  loss: number;
  learningRate: number;
  gradientNorm: number;
  /** Real tokens of the batch. */
  tokens: number;
  /** Share of the batch's pairs that are ranked right; in PPO of the rollout's answers that are right. */
  accuracy?: number;
  /** chosenReward − rejectedReward. */
  margin?: number;
  /** The method's own reward (`RewardForm`), mean over the batch. */
  chosenReward?: number;
  rejectedReward?: number;
  chosenLogp?: number;
  rejectedLogp?: number;
  /** Share of the (rejected) response tokens that the loss counts. */
  selectedShare?: number;
  /** The loss or every gradient is exactly 0 where nothing makes it so (stages/zeros.ts): the step's numbers are wrong, and the run ends with it. */
  fault?: ZeroFault;
  /** Tokens that the policy sampled since the step before (PPO): told with the first step of every rollout. */
  sampledTokens?: number;
}

export interface MaskTensor extends TensorSpec {
  selected: number;
  /** One byte an entry, 0 or 1, row-major. */
  mask: Uint8Array;
}

export interface RewardRecord {
  responseId: number;
  /** p_t of the reward model per response token. */
  rewards: Float32Array;
  /** The weight the forgetting loss uses. */
  weights: Float32Array;
  /** 0 right, 1 first error, 2 consequence; null without an oracle. */
  wrong: Uint8Array | null;
  /** The reward model's own greedy rewrite, with EOS when it ended; only of inspected answers, null without a reward model. */
  rewrite: readonly number[] | null;
}

export interface FamilyResult {
  prompts: number;
  /** Greedy accuracy in percent, null when no answers are known. */
  greedy: number | null;
  /** Accuracy at T = 1 in percent; only of the aligned family. */
  sampled: number | null;
  /** Which greedy answers are right, '1' or '0' in the prompts' order; empty when no answers are known. */
  right: string;
}

/** Where a model stands: how far from SFT, and how good. */
export interface Place {
  /** Per-token KL(SFT ‖ model) in nats. */
  klToSft: number;
  /** Greedy accuracy of the aligned family in percent, null when no answers are known. */
  accuracy: number | null;
  /** Which greedy answers are right, '1' and '0' in the prompts' order; '' when no answers are known. */
  right: string;
}

export interface EvaluationRecord {
  families: Record<string, FamilyResult>;
  /** Per-token KL(SFT ‖ model) in nats. */
  klToSft: number;
  /** Mean log p(gold) per response in nats on held-out prompts. */
  goldLogp: number | null;
  /** Plain DPO loss and margin on the run's pairs, against SFT. */
  dpoLoss: number | null;
  margin: number | null;
  movedPercent: number;
  /** Share of sampled answers that start with the biased style, percent. */
  stylePercent: number | null;
  /** Sentences; empty when nothing is wrong. */
  dangers: readonly string[];
}

export interface SnapshotAnswer {
  /** Response ids, with EOS when the answer ended. */
  tokens: readonly number[];
  correct: boolean | null;
}

/** A wrong response (forgetting) or a pair with its log-probs per token. */
export interface AnatomyExample {
  prompt: string;
  rejected: readonly number[];
  /** null in forgetting. */
  chosen: readonly number[] | null;
  /** Rejected first, then chosen. */
  policy: readonly Float32Array[];
  reference: readonly Float32Array[];
  /** p_t of the rejected tokens; null without a reward model. */
  rewards: Float32Array | null;
  /** What the loss multiplies each rejected token with. */
  weights: Float32Array;
  /** What the batch's loss divides by: D of all its answers in forgetting, the number of its pairs elsewhere. */
  denominator: number;
  /** β of this update. */
  beta: number;
}

export type EvaluationMoment = 'before' | 'after';

export interface StageSummary {
  name: StageName;
  steps: number;
  seconds: number;
  firstLoss: number | null;
  lastLoss: number | null;
}

/** The one JSON object that `npm run allo -- --json` prints. */
export interface RunSummary {
  preset: string;
  family: string;
  seed: number;
  backend: BackendName;
  arm: string;
  seconds: number;
  stages: StageSummary[];
  masks: Record<MaskPurpose, { requestedPercent: number; selected: number; total: number } | null>;
  tokenRewardAuroc: number | null;
  evaluation: Record<EvaluationMoment, Record<string, number | null>>;
  klToSft: number;
  movedPercent: number;
}

export type RunEvent =
  | {
      type: 'run.started';
      config: RunConfig;
      backend: BackendReport;
      model: ModelConfig;
      tensors: readonly TensorSpec[];
      totalParameters: number;
      families: readonly string[];
      alignedFamily: string;
      dataName: string;
      hasAnswers: boolean;
      stages: readonly { name: StageName; total: number; unit: string }[];
      vocabulary: readonly string[];
      eosId: number;
      /** Ids that stand for no text; missing in runs kept before real tokenizers, whose special ids are 0 to 8. */
      specialIds?: readonly number[];
      memory: MemoryEstimate;
    }
  | {
      /** What the tokenizer of data from elsewhere is made of; only where somebody watches. */
      type: 'tokenizer';
      files: readonly TokenizerFile[];
    }
  | { type: 'stage.started'; stage: StageName; label: string; total: number; unit: string }
  | { type: 'stage.progress'; stage: StageName; label: string; done: number; total: number; tokens: number }
  | {
      type: 'step';
      stage: StageName /** 'copy', 'sft', 'reward model' or the stage's name. */;
      series: string;
      step: number;
      total: number;
      metrics: StepMetrics;
      /** Wall time of the unit of work that ended with this step, pauses left out; no part of what equal runs share. */
      milliseconds: number;
    }
  | { type: 'samples'; prompts: readonly PromptRecord[]; responses: readonly ResponseRecord[] }
  | {
      type: 'pairs';
      pairs: readonly PairRecord[];
      forgetting: readonly number[];
      promptsWithBoth: number;
      note: string | null;
    }
  | {
      type: 'mask';
      purpose: MaskPurpose;
      rule: string;
      /** What ranked the weights, and whose warm-up it was where it is another family's (null: the aligned one's own). */
      score: RunConfig['maskScore'];
      source: Family | null;
      lowerPercent: number;
      requestedPercent: number;
      selected: number;
      total: number;
      threshold: number | null;
      ties: number;
      tensors: readonly MaskTensor[];
    }
  | {
      /** All weights at a moment, float32, in the order of `run.started.tensors`. Models above `KEPT_WEIGHTS` are not told. */
      type: 'weights';
      moment: WeightMoment;
      tensors: readonly Float32Array[];
    }
  | {
      /** The change θ − θ_SFT at a snapshot, in the order of `run.started.tensors`; of small models only. */
      type: 'update';
      stage: TimedStage;
      step: number;
      tensors: readonly Float32Array[];
    }
  | {
      /** After the warm-up: AdamW's second moments, and Σ g before clipping (ALGORITHM §3), null above `SUMMED_GRADIENTS`. */
      type: 'moments';
      stage: 'warm-up';
      secondMoments: readonly Float32Array[];
      gradients: readonly Float32Array[] | null;
    }
  | {
      /** How many weights outside the mask a stage changed, counted over all of them. */
      type: 'frozen';
      stage: MaskPurpose;
      unselected: number;
      moved: number;
    }
  | {
      type: 'rewards';
      source: 'shipped' | 'trained live' | 'gold as rewrite' | 'substitute';
      auroc: number | null;
      aurocFirst: number | null;
      records: readonly RewardRecord[];
    }
  | {
      /** log-ratio d_t per response token against the stage's reference, after the stage. */
      type: 'log-ratios';
      stage: MaskPurpose;
      records: readonly { responseId: number; logRatio: Float32Array }[];
    }
  | {
      /** log-ratio d_t per token of the chosen and the rejected side of pairs, after improving, against its reference. */
      type: 'pair-log-ratios';
      stage: 'improving';
      records: readonly PairLogRatios[];
    }
  | {
      /**
       * What single pairs cost (in forgetting single wrong answers), each by itself: those of one batch, after `step` updates of the
       * stage, as the next one found them, with its β and ε. Free, and told only where somebody watches.
       */
      type: 'losses';
      stage: TimedStage;
      step: number;
      /** Places in the run's pairs; in forgetting response ids. */
      items: readonly number[];
      losses: Float32Array;
    }
  | {
      /** Whose tokens and answers the snapshots follow. Told once, before the first snapshot that has them. */
      type: 'inspected';
      /** Indices into the run's pairs. */
      pairs: readonly number[];
      /** Response ids of wrong responses; a few of them may get no rewards. */
      responses: readonly number[];
      /** Held-out prompts that every snapshot answers greedily; `id` is the place in this list. */
      prompts: readonly PromptRecord[];
    }
  | {
      /** A moment of the time line: a training stage's entry (step 0), log-spaced steps, its end. */
      type: 'snapshot';
      stage: TimedStage;
      step: number;
      total: number;
      /** Log-prob of every response token in nats: chosen and rejected of each inspected pair, then each inspected response. */
      policy: readonly Float32Array[];
      /** The same of the stage's reference, the weights at its entry. */
      reference: readonly Float32Array[];
      /** Greedy answers to the inspected prompts. */
      answers: readonly SnapshotAnswer[];
      /** Over the SFT model's answers to as many held-out prompts; `drift` measures it over more. */
      klToSft: number;
    }
  | {
      /** One update in slow motion: an example of its batch before the update, and what the update did. */
      type: 'anatomy';
      stage: TimedStage;
      step: number;
      /** null where no wrong answer is learned from: SFT, RFT, PPO. */
      example: AnatomyExample | null;
      loss: number;
      gradientNorm: number;
      /** min(1, clipNorm / gradientNorm). */
      clipScale: number;
      learningRate: number;
      /** Weights this update changed, how many it may change, and all. */
      moved: number;
      allowed: number;
      weights: number;
      /** The largest change of a weight; null when nothing moved. */
      largest: { tensor: string; index: number; change: number } | null;
    }
  | {
      /** Settings that were changed during the run and hold from this step on. */
      type: 'settings';
      stage: TimedStage;
      step: number;
      learningRateScale: number;
      /** null where the stage's loss has no β, or one that stays: SFT, RFT, PPO, and the warm-up of a method whose β is another. */
      beta: number | null;
    }
  | {
      /** How far the model has gone, at a stage's start, end and every 20 steps. */
      type: 'drift';
      stage: StageName;
      step: number;
      klToSft: number;
      goldLogp: number | null;
      dangers: readonly string[];
    }
  /** Where the model is on its way through an aligned stage, on the first reported prompts; only where a path was asked for. */
  | ({ type: 'path'; stage: TimedStage; step: number } & Place)
  | { type: 'evaluation'; moment: EvaluationMoment; result: EvaluationRecord }
  | { type: 'notice'; level: 'info' | 'warning'; stage: StageName | null; text: string }
  /** `memoryBytes`: what the backend has held at most up to here; null where nobody counts. */
  | { type: 'stage.done'; summary: StageSummary; memoryBytes: number | null }
  | { type: 'run.done'; summary: RunSummary };

/** Whole weights, changes or moments: for the pictures of Neurons alone. */
export const isLarge = ({ type }: RunEvent): boolean => type === 'weights' || type === 'update' || type === 'moments';
