// One run as the page sees it, and how it begins. What the worker's events make of it: runReducer.ts.
import type { RunConfig } from '../core/config';
import type {
  EvaluationMoment,
  EvaluationRecord,
  MaskPurpose,
  PairLogRatios,
  PairRecord,
  PromptRecord,
  ResponseRecord,
  RewardRecord,
  RunEvent,
  RunSummary,
  StageName,
  StageSummary,
  StepMetrics,
  TimedStage,
} from '../core/events';
import type { TensorSpec } from '../core/model/config';
import type { Phase, RunFailure } from '../worker/protocol';

export interface StageState {
  name: StageName;
  status: 'waiting' | 'running' | 'done';
  label: string;
  unit: string;
  done: number;
  total: number;
  tokens: number;
  startedAt: number | null;
  /** Milliseconds this stage has worked, pauses left out. */
  activeMs: number;
  summary: StageSummary | null;
}

export type SeriesRow = { step: number; milliseconds: number } & StepMetrics;

/** A metric series. `rows` is shared between successive states and may already be longer: only the first `length` count. */
export interface Series {
  name: string;
  stage: StageName;
  rows: readonly SeriesRow[];
  length: number;
  total: number;
}

export type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** A mask without its bits, which the atlas worker holds. */
export type MaskSummary = Omit<EventOf<'mask'>, 'tensors'> & {
  tensors: readonly (TensorSpec & { selected: number })[];
};

/** A snapshot without its log-probs, which the snapshot store keeps under its name (moments.ts). */
export type Moment = Omit<EventOf<'snapshot'>, 'type' | 'policy' | 'reference'>;

/** The losses of a batch's items after `step` updates of the stage. */
export type BatchLosses = Omit<EventOf<'losses'>, 'type' | 'stage'>;

/** Why a run failed. */
export interface FailedRun extends RunFailure {
  /** There was a save that it can be gone on from. */
  resumable: boolean;
}

export interface RunState {
  id: string;
  name: string;
  /** Its colour and dash among the session's runs, for as long as it is kept. */
  slot: number;
  config: RunConfig;
  /** What the brought model it begins with is called; null: the preset's. While the worker holds the run, its weights can be saved. */
  modelName: string | null;
  phase: Phase | 'starting';
  /** How often it has come to rest: a step that was asked for is done when this has grown. */
  rests: number;
  /** When the last event came, in ms; null while nothing works (pauses do not count as work). */
  clock: number | null;
  started: EventOf<'run.started'> | null;
  stages: readonly StageState[];
  series: Readonly<Record<string, Series>>;
  prompts: readonly PromptRecord[];
  responses: readonly ResponseRecord[];
  pairs: {
    pairs: readonly PairRecord[];
    forgetting: readonly number[];
    promptsWithBoth: number;
    note: string | null;
  } | null;
  masks: Readonly<Partial<Record<MaskPurpose, MaskSummary>>>;
  /** What the masked stages left alone. */
  frozen: Readonly<Partial<Record<MaskPurpose, { unselected: number; moved: number }>>>;
  rewards: EventOf<'rewards'> | null;
  /** responseId → record. */
  rewardOf: ReadonlyMap<number, RewardRecord>;
  logRatios: Readonly<Partial<Record<MaskPurpose, ReadonlyMap<number, Float32Array>>>>;
  /** Log-ratios after improving, by the pair's place. */
  pairRatios: ReadonlyMap<number, PairLogRatios> | null;
  /** What training found single pairs and wrong answers to cost, batch by batch, in the order of the steps. */
  losses: Readonly<Partial<Record<TimedStage, readonly BatchLosses[]>>>;
  /** KL and log p(gold) as they were measured on the way. */
  drift: readonly Omit<EventOf<'drift'>, 'type'>[];
  inspected: Omit<EventOf<'inspected'>, 'type'> | null;
  /** The time line, in the order in which it happened; of each stage its last pass. */
  moments: readonly Moment[];
  /** Settings changed on the way. */
  changes: readonly Omit<EventOf<'settings'>, 'type'>[];
  /** The last update told in slow motion. */
  anatomy: EventOf<'anatomy'> | null;
  evaluations: Readonly<Partial<Record<EvaluationMoment, EvaluationRecord>>>;
  notices: readonly { level: 'info' | 'warning'; stage: StageName | null; text: string }[];
  /** What the backend has held at most, bytes. */
  memoryBytes: number | null;
  summary: RunSummary | null;
  failure: FailedRun | null;
  /** The bundle it came from, and what of it is missing or was not taken. */
  opened: { file: string; problems: readonly string[] } | null;
}

/** `slot`: a free one, where there are other runs. */
export function createRunState(id: string, name: string, config: RunConfig, slot = 0): RunState {
  return {
    id,
    name,
    slot,
    config,
    modelName: null,
    phase: 'starting',
    rests: 0,
    clock: null,
    started: null,
    stages: [],
    series: {},
    prompts: [],
    responses: [],
    pairs: null,
    masks: {},
    frozen: {},
    rewards: null,
    rewardOf: new Map(),
    logRatios: {},
    pairRatios: null,
    losses: {},
    drift: [],
    inspected: null,
    moments: [],
    changes: [],
    anatomy: null,
    evaluations: {},
    notices: [],
    memoryBytes: null,
    summary: null,
    failure: null,
    opened: null,
  };
}
