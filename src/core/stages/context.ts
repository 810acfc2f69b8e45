// What the stages of one run share: settings, data, the models, and what earlier stages found. Also the bracket that gives every
// stage its events and its summary.
import type { Family, RunConfig } from '../config';
import type { Dataset, Question } from '../data/dataset';
import type { PairSet, WrongResponse } from '../data/pairs';
import type {
  EvaluationMoment,
  EvaluationRecord,
  MaskPurpose,
  ResponseRecord,
  RunEvent,
  StageName,
  StageSummary,
  StepMetrics,
  TimedStage,
} from '../events';
import { mostMemoryHeld } from '../memoryUse';
import type { ModelConfig } from '../model/config';
import type { GivenModel } from '../model/fromRun';
import { Model, type Weights } from '../model/model';
import type { StarterLoader } from '../model/starter';
import type { Rng } from '../rng';
import type { Pace } from './ahead';
import type { Controls } from './controls';
import type { Entry } from './entries';
import type { Evaluator, ReportedPrompts } from './evaluator';
import type { Shared } from './once';
import type { Progress } from './resume/progress';
import type { Inspected } from './timeline';
import type { RewardScores } from './tokenRewards';

export type Events = AsyncGenerator<RunEvent, void>;
export type Mask = ReadonlyMap<string, Uint8Array>;

/** A wrong response with the weight of each of its tokens in the forgetting loss. */
export interface WeightedResponse extends WrongResponse {
  readonly weights: Float32Array;
}

export interface RunContext {
  readonly config: RunConfig;
  readonly dataset: Dataset;
  /** The data set that aligns another family; null for a file, which is a family by itself. */
  readonly datasetFor: ((family: Family) => Dataset) | null;
  readonly loadStarter: StarterLoader;
  readonly rng: Rng;
  /** The model somebody brought; null for a starter's or a fresh one. */
  readonly given: GivenModel | null;
  readonly modelConfig: ModelConfig;
  readonly evaluator: Evaluator;
  readonly pace: Pace;
  readonly controls: Controls;
  /** Somebody follows the time line: snapshots are told, and stages can be run again. */
  readonly isWatched: boolean;
  /** KL and accuracy are taken on the way through the aligned stages. */
  readonly hasPath: boolean;
  /** Whose prompts evaluation reports. */
  readonly split: ReportedPrompts;
  /** What runs with the same preparations have in common; null for a run of its own. */
  readonly shared: Shared | null;
  /** Where the run is, so that it can be saved and gone on with. */
  readonly progress: Progress;
  readonly summaries: Map<StageName, StageSummary>;
  /** The policy: SFT, then θ′, then SFT again, then what forgetting and improving make of it. */
  model: Model | null;
  /** θ_SFT, float32: what the warm-up started from, exactly. */
  sft: Weights;
  /** A second model with the SFT weights, made when first needed. */
  sftModel: Model | null;
  /** Prompts that were answered (record id = index), and their different answers. */
  questions: Question[];
  responses: ResponseRecord[];
  pairSet: PairSet | null;
  /** Σ g of the warm-up, by tensor, where it was summed up. */
  gradientSums: Weights | null;
  masks: Partial<Record<MaskPurpose, { mask: Mask; selected: number; total: number }>>;
  /** The reward model's scores of the forgetting data, whose weights they become. */
  scores: RewardScores | null;
  weighted: WeightedResponse[];
  /** p_t of wrong responses, by `responseKey`. */
  rewards: Map<string, Float32Array>;
  /** Whose tokens and answers the snapshots follow; null while there are no pairs, and where nobody is watching. */
  inspected: Inspected | null;
  /** The weights with which the training stages began. */
  entries: Map<TimedStage, Entry>;
  rewardAuroc: number | null;
  evaluations: Partial<Record<EvaluationMoment, EvaluationRecord>>;
}

/** The policy. Throws Error before the SFT model exists. */
export function policyOf(context: RunContext): Model {
  if (!context.model) throw new Error('There is no model yet.');
  return context.model;
}

/** The SFT model beside the policy. */
export function sftModelOf(context: RunContext): Model {
  context.sftModel ??= new Model(context.modelConfig, context.sft);
  return context.sftModel;
}

/** Puts the SFT weights back into the policy. */
export const restoreSft = (context: RunContext): void => policyOf(context).load(context.sft);

/** Does this run stand on a shipped starter (base, SFT and reward model)? */
export const hasStarter = ({ config, dataset, given }: Pick<RunContext, 'config' | 'dataset' | 'given'>): boolean =>
  given === null &&
  (config.preset === 'tiny' || config.preset === 'default') &&
  config.sftStart !== 'scratch' &&
  dataset.teacher === 'oracle';

export type StepEvent = Extract<RunEvent, { type: 'step' }>;
export type StepReport = (step: number, metrics: StepMetrics, series?: string) => StepEvent;

/**
 * Brackets a stage: started, what `body` yields, done with its summary. `report` makes a step event, timed from when the run was last
 * asked to go on, and keeps the first and the last loss. A stage entered twice (evaluation) adds up its time, pauses left out.
 */
export async function* stage(
  context: RunContext,
  name: StageName,
  size: { total: number; unit: string },
  body: (report: StepReport) => Events,
): Events {
  const summary = context.summaries.get(name) ?? { name, steps: 0, seconds: 0, firstLoss: null, lastLoss: null };
  context.summaries.set(name, summary);
  let resumed = performance.now();
  const report: StepReport = (step, metrics, series = name) => {
    const milliseconds = performance.now() - resumed;
    summary.steps++;
    summary.firstLoss ??= metrics.loss;
    summary.lastLoss = metrics.loss;
    return { type: 'step', stage: name, series, step, total: size.total, metrics, milliseconds };
  };
  yield { type: 'stage.started', stage: name, label: name, ...size };
  const events = body(report);
  try {
    for (;;) {
      resumed = performance.now();
      const event = await events.next();
      summary.seconds += (performance.now() - resumed) / 1000;
      if (event.done) break;
      yield event.value;
    }
  } finally {
    await events.return();
  }
  yield { type: 'stage.done', summary: { ...summary }, memoryBytes: mostMemoryHeld() };
}

export const notice = (level: 'info' | 'warning', stageName: StageName | null, text: string): RunEvent => ({
  type: 'notice',
  level,
  stage: stageName,
  text,
});

/** Passes on what `source` yields as events and gives its result. Left in the middle, it leaves `source` too. */
export async function* mapTicks<T, R>(
  source: AsyncGenerator<T, R>,
  toEvent: (tick: T) => RunEvent | null,
): AsyncGenerator<RunEvent, R> {
  try {
    for (;;) {
      const step = await source.next();
      if (step.done) return step.value;
      const event = toEvent(step.value);
      if (event) yield event;
    }
  } finally {
    await source.return(undefined as never);
  }
}

/** A response to a question, by text. */
export const responseKey = (question: Pick<Question, 'id'>, response: readonly number[]): string =>
  `${question.id}:${response.join(',')}`;

/** Record ids of responses, by question and text. */
export function responseIds(context: RunContext, items: readonly WrongResponse[]): number[] {
  const promptIds = new Map(context.questions.map((question, id) => [question.id, id]));
  const ids = new Map(
    context.responses.map((response) => [`${response.promptId}:${response.tokens.join(',')}`, response.id]),
  );
  return items.map(({ question, response }) => ids.get(`${promptIds.get(question.id)}:${response.join(',')}`)!);
}
