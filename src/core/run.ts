// The pipeline. `events()` reads top to bottom like the paper's framework figure, one stage a line; each `next()` does one small
// unit of work, so that pausing is not calling it and stopping is `return()`. What the stages do is in stages/.
import { type AnswerOptions, type AnswerPair, answerBoth, suggestedPrompts } from './answer';
import { type Family, isMasked, isPpo, isSingleStage, type RunConfig } from './config';
import type { Dataset } from './data/dataset';
import type {
  BackendReport,
  EvaluationMoment,
  MaskPurpose,
  Place,
  RunEvent,
  RunSummary,
  StageName,
  TimedStage,
} from './events';
import type { MemoryEstimate } from './memory';
import { checkBuffers, estimateMemory, reserveMemory } from './memoryUse';
import { dpoBeta, METHOD_DESCRIPTIONS } from './methods';
import { type ModelConfig, parameterCount, tensorSpecs } from './model/config';
import { type GivenModel, givenConfig, modelConfigOf } from './model/fromRun';
import { Model, type Weights } from './model/model';
import type { StarterLoader } from './model/starter';
import { createRng } from './rng';
import { type Pace, runsAhead } from './stages/ahead';
import { type Events, hasStarter, type Mask, notice, policyOf, type RunContext, sftModelOf } from './stages/context';
import { Controls } from './stages/controls';
import { restoreEntry } from './stages/entries';
import { evaluation } from './stages/evaluation';
import { Evaluator, type ReportedPrompts } from './stages/evaluator';
import { rankingWarmup } from './stages/foreign';
import { forgetting } from './stages/forgetting';
import { improving } from './stages/improving';
import { maskPurposes, selectMasks } from './stages/masks';
import { once, type Shared } from './stages/once';
import { pairs } from './stages/pairs';
import { PointRefused, type ResumePoint } from './stages/resume/point';
import { expectOwnPoint, type HeldMoment, holdMoment, progressFrom } from './stages/resume/save';
import { section } from './stages/resume/section';
import { sampling } from './stages/sampling';
import { sft, sftLength, takesModelAsIs } from './stages/sft';
import { sftWeightsEvent, withFrozenCheck } from './stages/snapshots';
import { inspect } from './stages/timeline';
import { tokenRewards } from './stages/tokenRewards';
import { AT_ONCE } from './stretches';

export interface RunOptions {
  config: RunConfig;
  dataset: Dataset;
  /** The data set that aligns another family, for a mask that comes from its warm-up; by default there is none. */
  datasetFor?: (family: Family) => Dataset;
  backend: BackendReport;
  loadStarter: StarterLoader;
  /** A model of one's own, whose tokenizer made the data set; by default the preset's starter, or a fresh one. */
  given?: GivenModel;
  /** May the run be a step ahead of its events? By default where it gains by it (`runsAhead`). */
  pace?: Pace;
  /** Learning rate and β that may be changed on the way. */
  controls?: Controls;
  /** Tell the time line, and keep what a stage needs to be run again alone. Losses and weights are the same without. */
  snapshots?: boolean;
  /** Which prompts evaluation reports: settings are chosen on 'validation'; held-out ones by default. */
  split?: ReportedPrompts;
  /** Measure KL and accuracy on the way through the aligned stages. Losses and results are the same without. */
  path?: boolean;
  /** A point of this very run, to go on from: `events()` then tells what comes after it. */
  from?: ResumePoint;
  /** What other runs have prepared: where this run's preparations are among it, they are taken over and their events told again. */
  shared?: Shared;
}

/** One run's life. Use `events()` once; `answer` works between units, before and after its end; `dispose` frees everything. */
export class Run {
  private readonly context: RunContext;
  /** As if the run had not been interrupted. */
  private readonly startedAt: number;

  /** Throws PointError where the point to go on from is damaged, of a newer version, or of another run. */
  constructor(private readonly options: RunOptions) {
    const {
      config,
      dataset,
      datasetFor = null,
      loadStarter,
      given = null,
      pace = { mayRunAhead: runsAhead(options.backend), isAhead: false },
      controls = new Controls(config.beta),
      snapshots: isWatched = false,
      path: hasPath = false,
      split = 'held-out',
      shared = null,
      from = null,
    } = options;
    this.context = {
      ...{ config, dataset, datasetFor, loadStarter, given, pace, controls, isWatched, hasPath, split, shared },
      ...{ rewards: new Map(), inspected: null, entries: new Map() },
      rng: createRng(config.seed, 'run'),
      modelConfig: given ? givenConfig(given, dataset) : modelConfigOf(config, dataset),
      evaluator: new Evaluator(dataset, { ...config, beta: dpoBeta(config) }, split),
      ...{ progress: progressFrom(from), summaries: new Map() },
      ...{ model: null, sft: new Map(), sftModel: null },
      ...{
        questions: [],
        responses: [],
        pairSet: null,
        gradientSums: null,
        masks: {},
        scores: null,
        weighted: [],
        rewardAuroc: null,
        evaluations: {},
      },
    };
    expectOwnPoint(this.context);
    this.startedAt = performance.now() - 1000 * (from?.facts.seconds ?? 0);
  }

  /**
   * The whole run, or what is left of it behind the point that it goes on from. Throws before anything is computed where the method cannot be trained
   * on the data, PointError where the point does not fit, and when a stage fails; the last good weights stay usable through `answer`.
   */
  async *events(): Events {
    const { progress } = this.context;
    let isDone = false;
    try {
      for await (const event of this.pipeline()) if (progress.isNews(event)) yield event;
      isDone = true;
    } finally {
      if (!isDone)
        progress.obstacle = new PointRefused(
          'ended',
          'The run has failed or was ended: its last point is the one before.',
        );
    }
  }

  private async *pipeline(): Events {
    const { context } = this;
    const obstacle = obstacleOf(context);
    if (obstacle) throw new Error(obstacle);
    const plan = plannedStages(context);
    const memory = this.makeRoom(plan);
    const runs = (name: StageName): boolean => plan.includes(name);
    yield* section(context, 'start', () => this.opening(plan, memory));
    yield* section(context, 'sft', () => once(context, 'sft', sft));
    yield* section(context, 'before', () => once(context, 'before', measureBefore));
    if (runs('sampling')) yield* section(context, 'sampling', () => once(context, 'sampling', sampling));
    if (runs('pairs')) yield* section(context, 'pairs', () => once(context, 'pairs', pairs));
    yield* section(context, 'inspect', inspect);
    if (runs('improving') || runs('mask')) yield* section(context, 'sft weights', sftWeightsEvent);
    if (runs('warm-up')) yield* section(context, 'warm-up', rankingWarmup);
    if (runs('mask')) yield* section(context, 'mask', selectMasks);
    if (runs('token-rewards')) yield* section(context, 'token-rewards', tokenRewards);
    if (runs('forgetting')) yield* section(context, 'forgetting', checkedForgetting);
    if (runs('improving')) yield* section(context, 'improving', checkedImproving);
    yield* section(context, 'after', measureAfter);
    yield* section(context, 'end', () => [{ type: 'run.done', summary: this.summary(plan) }]);
  }

  private async *opening(plan: readonly StageName[], memory: MemoryEstimate): Events {
    const { config, dataset, isWatched } = this.context;
    yield this.startEvent(plan, memory);
    // Who keeps the run keeps what its models' answers are written with.
    if (isWatched && dataset.tokenizerFiles) yield { type: 'tokenizer', files: await dataset.tokenizerFiles() };
    if (!dataset.hasAnswers) yield notice('warning', null, plan.includes('pairs') ? UNCHECKED_PAIRS : NO_ANSWERS);
    if (config.skills === 'half' && dataset.teacher !== 'oracle') yield notice('warning', null, NO_HALVES);
  }

  /**
   * The moment between two `next()` of `events()`, held while the run goes on and to be written down as plain data for `createRun({ from })`; of a finished
   * run too, whose `events()` then tells nothing and leaves it ready to answer. Throws PointRefused where this moment is not to be saved: a step ahead of
   * what was told (`Pace.isAhead`), after a failure, after `only` or `measure` have put other weights in.
   */
  moment(): HeldMoment {
    return holdMoment(this.context, this.seconds());
  }

  /** The same, written down at once. Throws PointRefused for a number that is not finite, too. */
  async point(): Promise<ResumePoint> {
    return this.moment().written(AT_ONCE);
  }

  /**
   * One training stage again and alone, from the weights with which it began; the model then holds its result. With the settings of
   * the first time it gives the same losses, bit for bit. Not while `events()` is in use. Throws Error where the stage has not begun.
   */
  only(stage: TimedStage): Events {
    const { context } = this;
    if (!context.model) throw new Error('The weights of this run are no longer held.');
    if (!context.entries.has(stage))
      throw new Error(`The stage “${stage}” has not begun in this run: there is nothing to run again.`);
    this.stray();
    return again(context, stage);
  }

  /** The evaluation of the weights as they are (after a failed step those before it), or of others, which the model then holds. */
  measure(weights?: Weights): Events {
    const { context } = this;
    if (weights) policyOf(context).load(weights);
    this.stray();
    return evaluation(context, 'after');
  }

  /** What the run holds from here on is no moment of it. */
  private stray(): void {
    const text =
      'A stage was run again or other weights were put in: what the run holds is no moment of it, so it is not saved.';
    this.context.progress.obstacle = new PointRefused('strayed', text);
  }

  /** KL to SFT and greedy accuracy of other weights of the run's model, on all reported prompts. After the evaluation 'before'. */
  async placeOf(weights: Weights): Promise<Place> {
    const { evaluator, modelConfig } = this.context;
    const model = new Model(modelConfig, weights);
    try {
      return await evaluator.place(model);
    } finally {
      model.dispose();
    }
  }

  /** Answers of the SFT model and of the present model to one prompt. Throws Error naming an unknown word. */
  async answer(prompt: string, options: AnswerOptions): Promise<AnswerPair> {
    const { context } = this;
    if (!context.model || context.sft.size === 0) throw new Error('There is no model yet: start a run first.');
    const { maxNewTokens } = context.config;
    return answerBoth(sftModelOf(context), context.model, context.dataset, prompt, { ...options, maxNewTokens });
  }

  /** Held-out questions to try: `count` of the aligned family, a third as many of each other. */
  suggestedPrompts(count: number): { text: string; family: string }[] {
    return suggestedPrompts(this.context.dataset, count);
  }

  /** Copies of the present and of the SFT weights (float32) and the masks, under Hugging Face names. */
  async checkpoints(): Promise<{
    config: ModelConfig;
    model: Weights;
    sft: Weights;
    masks: Partial<Record<MaskPurpose, Mask>>;
  }> {
    const { context } = this;
    const masks = Object.fromEntries(Object.entries(context.masks).map(([purpose, { mask }]) => [purpose, mask]));
    return { config: context.modelConfig, model: await policyOf(context).weights(), sft: context.sft, masks };
  }

  dispose(): void {
    const { context } = this;
    context.model?.dispose();
    context.sftModel?.dispose();
    context.model = null;
    context.sftModel = null;
  }

  private seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  /** Takes the memory that the run will need. Throws Error where there is not that much, or not in such large pieces. */
  private makeRoom(plan: readonly StageName[]): MemoryEstimate {
    const { config, dataset, modelConfig, rng } = this.context;
    const { name: backend, largestBuffer } = this.options.backend;
    const scoresAnswers = isPpo(config) && config.ppoReward === 'reward model' && plan.includes('improving');
    const isRewarded = (plan.includes('token-rewards') || scoresAnswers) && dataset.teacher !== null;
    const known = () => ({
      ...{ dataset, backend, rng: rng.fork('lengths') },
      trainsSft: plan.includes('sft'),
      trainsRewards:
        isRewarded && config.rewardSteps > 0 && !(hasStarter(this.context) && config.rewardSource === 'shipped'),
    });
    const memory = estimateMemory(config, modelConfig, known());
    if (largestBuffer !== undefined) checkBuffers(config, modelConfig, known(), largestBuffer);
    reserveMemory(memory);
    return memory;
  }

  private startEvent(plan: readonly StageName[], memory: MemoryEstimate): RunEvent {
    const { config, dataset, modelConfig } = this.context;
    return {
      type: 'run.started',
      config,
      backend: this.options.backend,
      model: modelConfig,
      tensors: tensorSpecs(modelConfig),
      totalParameters: parameterCount(modelConfig),
      families: dataset.families,
      alignedFamily: dataset.alignedFamily,
      dataName: dataset.name,
      hasAnswers: dataset.hasAnswers,
      stages: plan.map((name) => ({ name, ...plannedSize(this.context, name) })),
      vocabulary: dataset.vocabulary,
      eosId: dataset.eosId,
      specialIds: dataset.specialIds,
      memory,
    };
  }

  private summary(plan: readonly StageName[]): RunSummary {
    const { config, dataset, evaluations, masks, rewardAuroc, summaries } = this.context;
    const accuracies = (moment: EvaluationMoment) =>
      Object.fromEntries(
        dataset.families.map((family) => [family, evaluations[moment]?.families[family]?.greedy ?? null]),
      );
    const mask = (purpose: MaskPurpose) => {
      const found = masks[purpose];
      if (!found) return null;
      const requestedPercent = config[`${purpose}Percent`] - config[`${purpose}Lower`];
      return { requestedPercent, selected: found.selected, total: found.total };
    };
    return {
      preset: config.preset,
      family: dataset.alignedFamily,
      seed: config.seed,
      backend: this.options.backend.name,
      arm: config.arm,
      seconds: this.seconds(),
      stages: plan.map((name) => ({ ...summaries.get(name)! })),
      masks: { forgetting: mask('forgetting'), improving: mask('improving') },
      tokenRewardAuroc: rewardAuroc,
      evaluation: { before: accuracies('before'), after: accuracies('after') },
      klToSft: evaluations.after!.klToSft,
      movedPercent: evaluations.after!.movedPercent,
    };
  }
}

const measureBefore = (context: RunContext): Events => evaluation(context, 'before');
const measureAfter = (context: RunContext): Events => evaluation(context, 'after');
const checkedForgetting = (context: RunContext): Events => withFrozenCheck(context, 'forgetting', forgetting(context));
const checkedImproving = (context: RunContext): Events => withFrozenCheck(context, 'improving', improving(context));

const TRAINING: Record<TimedStage, (context: RunContext) => Events> = {
  'warm-up': rankingWarmup,
  forgetting,
  improving,
};

async function* again(context: RunContext, stage: TimedStage): Events {
  restoreEntry(context, stage);
  context.summaries.delete(stage);
  context.controls.restart();
  const text = `The stage “${stage}” runs again, alone, from the weights it began with. The evaluation is not repeated: its numbers are of the whole run.`;
  yield notice('info', stage, text);
  yield* TRAINING[stage](context);
}

const NO_HALVES = 'An imported file has no skills that are known apart: all of it is aligned, not one half.';
const UNCHECKED_PAIRS =
  'The file has pairs but no known answers: accuracy is left out, and the token difference stands in for rewards.';
const NO_ANSWERS =
  'The file has no known answers (no output says “The answer is”): sampling, pairs, warm-up, masks, rewards, forgetting and improving are left out.';

/** Why the method cannot be trained on the data, null where it can: known before anything is computed. */
function obstacleOf({ config, dataset }: RunContext): string | null {
  if (!isPpo(config) || config.improvingSteps === 0 || dataset.hasAnswers) return null;
  const { label } = METHOD_DESCRIPTIONS[config.method];
  const what = dataset.givenPairs ? 'pairs but no known answers' : 'no known answers';
  const next = dataset.givenPairs
    ? 'Choose a method that learns from pairs, such as DPO or ALLO, or SFT.'
    : 'Choose another file, or give its outputs an end such as “The answer is 42”.';
  return `${label} cannot be trained on this data: it has ${what}, and nothing else can score what the model samples. ${next}`;
}

/** The stages a run goes through, in order. */
function plannedStages(context: RunContext): StageName[] {
  const { config, dataset } = context;
  const { maskRule, forgettingSteps, improvingSteps } = config;
  // Without answers and without given pairs there is nothing to prefer: the file can only be learned and looked at.
  const hasPairs = dataset.hasAnswers || dataset.givenPairs !== null;
  const hasMask = hasPairs && isMasked(config);
  const forgets = hasPairs && !isSingleStage(config) && forgettingSteps > 0;
  const included: Record<StageName, boolean> = {
    sft: !takesModelAsIs(context),
    sampling: hasPairs && !dataset.givenPairs,
    pairs: hasPairs,
    'warm-up': hasMask && maskRule !== 'random',
    mask: hasMask,
    'token-rewards': forgets,
    forgetting: forgets,
    improving: hasPairs && improvingSteps > 0,
    evaluation: true,
  };
  return (Object.keys(included) as StageName[]).filter((name) => included[name]);
}

/** What is known of a stage's length before it starts. */
function plannedSize(context: RunContext, name: StageName): { total: number; unit: string } {
  const { config } = context;
  switch (name) {
    case 'sft':
      return { total: sftLength(context).totalSteps, unit: 'steps' };
    case 'sampling':
      return { total: config.prompts * config.samplesPerPrompt, unit: 'answers' };
    case 'warm-up':
      return { total: config.warmupSteps, unit: 'steps' };
    case 'mask':
      return { total: maskPurposes(config).length, unit: 'masks' };
    case 'forgetting':
      return { total: config.forgettingSteps, unit: 'steps' };
    case 'improving':
      return { total: config.improvingSteps, unit: 'steps' };
    case 'pairs':
      return { total: 1, unit: 'passes' };
    case 'token-rewards':
    case 'evaluation':
      return { total: 1, unit: 'answers' };
  }
}

/** Makes a run. Nothing is loaded or allocated on the device before `events()` is pulled. */
export const createRun = (options: RunOptions): Run => new Run(options);
