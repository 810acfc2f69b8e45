// The pipeline. Reads top to bottom like the paper's framework figure: SFT model → samples → pairs → warm-up → neuron masks →
// token rewards → forgetting → improving → evaluation. Each `next()` of `events()` does one small unit of work.

import { type AnswerOptions, type AnswerPair, answerBoth } from './answer';
import { isSingleStage, type RunConfig } from './config';
import type { Dataset, Question } from './data/dataset';
import { tokenDifference } from './data/oracle';
import { buildPairs, type PairSet, pairsFromFile, type WrongResponse } from './data/pairs';
import type {
  BackendReport,
  EvaluationMoment,
  EvaluationRecord,
  MaskPurpose,
  ResponseRecord,
  RewardRecord,
  RunEvent,
  RunSummary,
  StageName,
  StageSummary,
} from './events';
import { type ModelConfig, parameterCount, tensorSpecs } from './model/config';
import { modelConfigOf } from './model/fromRun';
import { initialWeights, Model, type Weights } from './model/model';
import { Adamw } from './optim/adamw';
import { createSchedule } from './optim/schedule';
import { createRng, type Rng } from './rng';
import { dangerSentences, Evaluator } from './stages/evaluation';
import { responseLogps, trainForgetting, type WeightedResponse } from './stages/forgetting';
import { countAtPercent, type NeuronMask, randomNeurons, selectNeurons, weightDeltas } from './stages/neuronMask';
import { type TrainingTick, trainPreference } from './stages/preference';
import { tokenWeights } from './stages/rewardWeights';
import { sampleAnswers } from './stages/sampling';
import { supervisedOptimiser, trainSupervised } from './stages/sft';
import { rewardAuroc, rewritingBatch, scoreResponses } from './stages/tokenRewards';
import { loadManifest, loadStarterModel, type StarterLoader } from './starter';
import { tf } from './tf';

export interface RunOptions {
  config: RunConfig;
  dataset: Dataset;
  backend: BackendReport;
  loadStarter: StarterLoader;
}

type Events = AsyncGenerator<RunEvent, void>;
type Mask = ReadonlyMap<string, Uint8Array>;

/** Steps between two measurements of KL and log p(gold) within a stage. */
const DRIFT_EVERY = 20;
/** Largest number of responses whose log-ratios are reported. */
const REPORTED_RESPONSES = 400;

/** One run's life. Use `events()` once; `answer` works between units, before and after its end; `dispose` frees everything. */
export class Run {
  private readonly rng: Rng;
  private readonly modelConfig: ModelConfig;
  private readonly stages = new Map<StageName, StageSummary>();
  private readonly startedAt = performance.now();
  private model: Model | null = null;
  private sftModel: Model | null = null;
  private sft: Weights = new Map();
  private evaluator: Evaluator;
  private evaluations: Partial<Record<EvaluationMoment, EvaluationRecord>> = {};
  private pairSet: PairSet | null = null;
  private masks: Partial<Record<MaskPurpose, { mask: Mask; selected: number; total: number }>> = {};
  private responses: ResponseRecord[] = [];
  private questions: Question[] = [];
  private weighted: WeightedResponse[] = [];
  private auroc: number | null = null;
  private finished: { klToSft: number; movedPercent: number } = { klToSft: 0, movedPercent: 0 };

  constructor(private readonly options: RunOptions) {
    const { config, dataset } = options;
    this.rng = createRng(config.seed, 'run');
    this.modelConfig = modelConfigOf(config, dataset);
    this.evaluator = new Evaluator(dataset, config);
  }

  /** The whole run. Throws when a stage fails; the last good weights stay usable through `answer`. */
  async *events(): Events {
    const { config, dataset } = this.options;
    const plan = this.plannedStages();
    yield this.startEvent(plan);
    yield* this.getSftModel();
    yield* this.evaluation('before');
    if (plan.includes('sampling')) yield* this.sampling();
    yield* this.pairs();
    if (this.pairSet!.pairs.length === 0) throw new Error(noPairs(this.pairSet!));
    if (plan.includes('warm-up')) yield* this.warmup();
    if (plan.includes('mask')) yield* this.selectMasks();
    if (plan.includes('token-rewards')) yield* this.tokenRewards();
    if (plan.includes('forgetting')) yield* this.forgetting();
    if (config.improvingSteps > 0) yield* this.improving();
    yield* this.evaluation('after');
    if (!dataset.hasAnswers)
      yield notice(
        'info',
        null,
        'The file has no known answers: accuracy, sampled pairs and a reward model are left out.',
      );
    yield { type: 'run.done', summary: this.summary() };
  }

  /** Answers of the SFT model and of the present model to one prompt. Throws Error naming an unknown word. */
  async answer(prompt: string, options: AnswerOptions): Promise<AnswerPair> {
    if (!this.model) throw new Error('There is no model yet: start a run first.');
    this.sftModel ??= new Model(this.modelConfig, this.sft);
    return answerBoth(this.sftModel, this.model, this.options.dataset, prompt, {
      ...options,
      maxNewTokens: this.options.config.maxNewTokens,
    });
  }

  /** Held-out questions to try. */
  suggestedPrompts(count: number): { text: string; family: string }[] {
    const { dataset } = this.options;
    return dataset.families.flatMap((family) =>
      dataset
        .evaluationQuestions(family, 'held-out', family === dataset.alignedFamily ? count : Math.ceil(count / 3))
        .map(({ text }) => ({ text, family })),
    );
  }

  /** A copy of the present and of the SFT weights (float32), under Hugging Face names. */
  async checkpoints(): Promise<{
    config: ModelConfig;
    model: Weights;
    sft: Weights;
    masks: Partial<Record<MaskPurpose, Mask>>;
  }> {
    const masks = Object.fromEntries(Object.entries(this.masks).map(([purpose, { mask }]) => [purpose, mask]));
    return { config: this.modelConfig, model: await this.model!.weights(), sft: this.sft, masks };
  }

  dispose(): void {
    this.model?.dispose();
    this.sftModel?.dispose();
    this.model = null;
    this.sftModel = null;
  }

  // ── stages ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  private plannedStages(): StageName[] {
    const { config, dataset } = this.options;
    const { arm } = config;
    const plan: StageName[] = [];
    if (!this.usesStarter()) plan.push('sft');
    if (!dataset.givenPairs) plan.push('sampling');
    plan.push('pairs');
    const needsWarmup = config.maskRule !== 'random' && arm !== 'dpo-full';
    if (needsWarmup) plan.push('warm-up');
    if (arm !== 'dpo-full') plan.push('mask');
    if (!isSingleStage(arm) && config.forgettingSteps > 0) plan.push('token-rewards', 'forgetting');
    if (config.improvingSteps > 0) plan.push('improving');
    return [...plan, 'evaluation'];
  }

  private usesStarter(): boolean {
    const { config, dataset } = this.options;
    return (config.preset === 'tiny' || config.preset === 'default') && dataset.teacher === 'oracle';
  }

  private startEvent(plan: readonly StageName[]): RunEvent {
    const { config, dataset, backend } = this.options;
    const totals: Record<StageName, { total: number; unit: string }> = {
      sft: { total: config.copySteps + config.sftSteps, unit: 'steps' },
      sampling: { total: config.prompts * config.samplesPerPrompt, unit: 'answers' },
      pairs: { total: 1, unit: 'passes' },
      'warm-up': { total: config.warmupSteps, unit: 'steps' },
      mask: { total: isSingleStage(config.arm) ? 1 : 2, unit: 'masks' },
      'token-rewards': { total: 1, unit: 'answers' },
      forgetting: { total: config.forgettingSteps, unit: 'steps' },
      improving: { total: config.improvingSteps, unit: 'steps' },
      evaluation: { total: 1, unit: 'answers' },
    };
    return {
      type: 'run.started',
      config,
      backend,
      model: this.modelConfig,
      tensors: tensorSpecs(this.modelConfig),
      totalParameters: parameterCount(this.modelConfig),
      families: dataset.families,
      alignedFamily: dataset.alignedFamily,
      dataName: dataset.name,
      hasAnswers: dataset.hasAnswers,
      stages: plan.map((name) => ({ name, ...totals[name] })),
      vocabulary: dataset.vocabulary,
      eosId: dataset.eosId,
    };
  }

  /** The starter's checkpoint, or a model trained here from nothing. */
  private async *getSftModel(): Events {
    const { config, dataset, loadStarter } = this.options;
    if (this.usesStarter()) {
      const manifest = await loadManifest(config.preset, loadStarter);
      this.sft = await loadStarterModel(config.preset, 'sft', manifest, this.modelConfig, loadStarter);
      this.model = new Model(this.modelConfig, this.sft);
      return;
    }
    this.model = new Model(this.modelConfig, initialWeights(this.modelConfig, this.rng.fork('weights')));
    const copySteps = dataset.sftExample('copy', this.rng.fork('probe')) ? config.copySteps : 0;
    const totalSteps = copySteps + config.sftSteps;
    const optimiser = supervisedOptimiser(this.model);
    try {
      yield* this.stage('sft', totalSteps, 'steps', async function* (run, report) {
        const examples = (step: number) => {
          const stream = run.rng.fork(`supervised/${step}`);
          return Array.from(
            { length: config.sftSequences },
            () => dataset.sftExample(step < copySteps ? 'copy' : 'sft', stream)!,
          );
        };
        const options = {
          from: 0,
          to: totalSteps,
          totalSteps,
          learningRate: config.sftLearningRate,
          clipNorm: config.clipNorm,
          padId: dataset.padId,
          examples,
        };
        for await (const { step, tokens, ...rest } of trainSupervised(run.model!, optimiser, options)) {
          yield report(step + 1, { ...rest, tokens }, step < copySteps ? 'copy' : 'sft');
        }
      });
    } finally {
      optimiser.dispose();
    }
    this.sft = await this.model.weights();
  }

  private async *sampling(): Events {
    const { config, dataset } = this.options;
    this.questions = dataset.trainingQuestions(config.prompts, this.rng.fork('prompts'));
    const total = this.questions.length * config.samplesPerPrompt;
    const options = { ...config, eosId: dataset.eosId, padId: dataset.padId };
    yield* this.stage('sampling', total, 'answers', async function* (run) {
      const seen = new Map<string, ResponseRecord>();
      const sentPrompts = new Set<number>();
      for await (const { done, tokens, finished } of sampleAnswers(
        run.model!,
        run.questions,
        options,
        run.rng.fork('samples'),
      )) {
        yield { type: 'stage.progress', stage: 'sampling', label: 'sampling', done, total, tokens };
        if (finished.length === 0) continue;
        const fresh: ResponseRecord[] = [];
        for (const { question, response } of finished) {
          const key = `${question}:${response.join(',')}`;
          const known = seen.get(key);
          if (known) {
            known.copies++;
            continue;
          }
          const record: ResponseRecord = {
            id: run.responses.length,
            promptId: question,
            tokens: response,
            correct: dataset.check(run.questions[question]!, response),
            ended: response.at(-1) === dataset.eosId,
            copies: 1,
          };
          seen.set(key, record);
          run.responses.push(record);
          fresh.push(record);
        }
        const prompts = [...new Set(finished.map(({ question }) => question))].filter((id) => !sentPrompts.has(id));
        for (const id of prompts) sentPrompts.add(id);
        yield {
          type: 'samples',
          prompts: prompts.map((id) => promptRecord(run.questions[id]!, id)),
          responses: fresh.map((record) => ({ ...record })),
        };
      }
    });
  }

  private async *pairs(): Events {
    const { config, dataset } = this.options;
    yield* this.stage('pairs', 1, 'passes', async function* (run) {
      if (dataset.givenPairs) {
        run.pairSet = pairsFromFile(dataset.givenPairs);
        yield* run.reportGivenPairs(run.pairSet);
      } else {
        const byPrompt = run.questions.map((question, promptId) => ({
          question,
          responses: run.responses.filter((response) => response.promptId === promptId).map(({ tokens }) => tokens),
        }));
        run.pairSet = buildPairs(byPrompt, run.rng.fork('pairs'), {
          eosId: dataset.eosId,
          check: dataset.check,
          biasedStyle: config.styleBias ? dataset.hasBiasedStyle : null,
          maxPairs: config.pairsPerPrompt,
        });
      }
      const { pairs, forgetting, counts, note } = run.pairSet;
      const promptIds = new Map(run.questions.map((question, id) => [question.id, id]));
      yield {
        type: 'pairs',
        pairs: pairs.map(({ question, chosen, rejected, chosenSource }) => ({
          promptId: promptIds.get(question.id)!,
          chosen,
          rejected,
          chosenSource,
        })),
        forgetting: run.responseIds(forgetting),
        promptsWithBoth: counts.mixedQuestions,
        note,
      };
      if (note) yield notice('warning', 'pairs', note);
    });
  }

  /** A file's own pairs have no samples: their two sides stand in, so that every view has something to show. */
  private async *reportGivenPairs({ pairs, forgetting }: PairSet): Events {
    const { eosId } = this.options.dataset;
    const ids = new Map<string, number>();
    const add = (question: Question, tokens: readonly number[], correct: boolean | null) => {
      if (!ids.has(question.id)) {
        ids.set(question.id, this.questions.length);
        this.questions.push(question);
      }
      const record = {
        id: this.responses.length,
        promptId: ids.get(question.id)!,
        tokens,
        correct,
        ended: tokens.at(-1) === eosId,
        copies: 1,
      };
      this.responses.push(record);
    };
    for (const { question, chosen } of pairs) add(question, chosen, true);
    for (const { question, response } of forgetting) add(question, response, false);
    yield {
      type: 'samples',
      prompts: this.questions.map(promptRecord),
      responses: this.responses.map((record) => ({ ...record })),
    };
  }

  private responseIds(items: readonly WrongResponse[]): number[] {
    const promptIds = new Map(this.questions.map((question, id) => [question.id, id]));
    const ids = new Map(
      this.responses.map((response) => [`${response.promptId}:${response.tokens.join(',')}`, response.id]),
    );
    return items.map(({ question, response }) => ids.get(`${promptIds.get(question.id)}:${response.join(',')}`)!);
  }

  /** Plain DPO on all weights; afterwards `model` holds θ′. */
  private async *warmup(): Events {
    const { config } = this.options;
    const optimiser = new Adamw(this.model!, { weightDecay: config.weightDecay });
    yield* this.preferenceStage('warm-up', optimiser, config.warmupSteps, config.warmupLearningRate, 1);
  }

  private async *selectMasks(): Events {
    const { config } = this.options;
    const purposes: MaskPurpose[] =
      isSingleStage(config.arm) || config.forgettingSteps === 0 ? ['improving'] : ['forgetting', 'improving'];
    yield* this.stage('mask', purposes.length, 'masks', async function* (run) {
      const trained = await run.model!.weights();
      const specs = tensorSpecs(run.modelConfig);
      const deltas = weightDeltas(
        specs.map(({ name }) => ({ name, reference: run.sft.get(name)!, trained: trained.get(name)! })),
      );
      for (const [done, purpose] of purposes.entries()) {
        const lower = config[`${purpose}Lower`];
        const upper = config[`${purpose}Percent`];
        const selection = select(deltas, config.maskRule, lower, upper, run.rng.fork(`mask/${purpose}`));
        run.masks[purpose] = {
          mask: new Map(specs.map(({ name }, i) => [name, selection.masks[i]!])),
          selected: selection.selected,
          total: selection.total,
        };
        yield {
          type: 'mask',
          purpose,
          rule: config.maskRule,
          lowerPercent: lower,
          requestedPercent: upper - lower,
          selected: selection.selected,
          total: selection.total,
          threshold: selection.threshold,
          ties: selection.tiesAtThreshold,
          tensors: specs.map((spec, i) => {
            const mask = selection.masks[i]!;
            return { ...spec, selected: mask.reduce((sum, bit) => sum + bit, 0), mask: mask.slice() };
          }),
        };
        yield {
          type: 'stage.progress',
          stage: 'mask',
          label: purpose,
          done: done + 1,
          total: purposes.length,
          tokens: 0,
        };
      }
    });
    this.restoreSft();
  }

  private restoreSft(): void {
    for (const spec of tensorSpecs(this.modelConfig)) {
      this.model!.assign(spec.name, tf.tensor(this.sft.get(spec.name)!, [...spec.shape]));
    }
  }

  private async *tokenRewards(): Events {
    const { dataset } = this.options;
    const wrong = this.pairSet!.forgetting;
    yield* this.stage('token-rewards', wrong.length, 'answers', async function* (run) {
      const { rewardModel, source } = yield* run.getRewardModel(wrong);
      let scores: (Float32Array | null)[] = wrong.map(() => null);
      if (rewardModel) {
        try {
          const scoring = scoreResponses(rewardModel, dataset, wrong);
          for (;;) {
            const step = await scoring.next();
            if (step.done) {
              scores = step.value;
              break;
            }
            yield { type: 'stage.progress', stage: 'token-rewards', label: 'scoring', ...step.value };
          }
        } finally {
          rewardModel.dispose();
        }
      }
      yield* run.reportRewards(wrong, scores, source);
    });
  }

  private async *reportRewards(
    wrong: readonly WrongResponse[],
    scores: readonly (Float32Array | null)[],
    source: RewardSource,
  ): Events {
    const { config, dataset } = this.options;
    const ids = this.responseIds(wrong);
    const records: (RewardRecord & { ended: boolean })[] = [];
    for (const [i, item] of wrong.entries()) {
      // Substitute: a token that the better answer does not have counts as unaligned (p = 0).
      const rewards =
        scores[i] ??
        (item.better ? Float32Array.from(tokenDifference(item.response, item.better), (differs) => 1 - differs) : null);
      if (!rewards) continue;
      const valid = rewards.map(() => 1);
      const weights = tokenWeights(rewards, valid, { weighting: config.weighting, tau: config.rewardThreshold });
      this.weighted.push({ ...item, weights });
      records.push({
        responseId: ids[i]!,
        rewards,
        weights: weights.slice(),
        wrong: dataset.wrongTokens(item.question, item.response),
        ended: item.response.at(-1) === dataset.eosId,
      });
    }
    const { all, first } = rewardAuroc(records);
    this.auroc = all;
    yield {
      type: 'rewards',
      source,
      auroc: all,
      aurocFirst: first,
      records: records.map(({ ended: _, ...record }) => record),
    };
    if (source === 'substitute')
      yield notice(
        'warning',
        'token-rewards',
        'There is no reward model for this data: the token difference to the better answer stands in (substitute).',
      );
    if (source === 'gold as rewrite')
      yield notice(
        'info',
        'token-rewards',
        'Imported data has no rewriting teacher: the reward model was trained on (wrong → gold), gold as rewrite.',
      );
  }

  private async *getRewardModel(
    wrong: readonly WrongResponse[],
  ): AsyncGenerator<RunEvent, { rewardModel: Model | null; source: RewardSource }> {
    const { config, dataset, loadStarter } = this.options;
    if (!dataset.teacher) return { rewardModel: null, source: 'substitute' };
    if (this.usesStarter() && config.rewardSource === 'shipped') {
      const manifest = await loadManifest(config.preset, loadStarter);
      const weights = await loadStarterModel(config.preset, 'reward', manifest, this.modelConfig, loadStarter);
      return { rewardModel: new Model(this.modelConfig, weights), source: 'shipped' };
    }
    const batch = (step: number) => rewritingBatch(dataset, this.rng.fork(`reward/${step}`), config.batchTokens, wrong);
    if (config.rewardSteps === 0 || !batch(0)) return { rewardModel: null, source: 'substitute' };
    const rewardModel = new Model(this.modelConfig, this.sft);
    const optimiser = supervisedOptimiser(rewardModel);
    try {
      const options = {
        from: 0,
        to: config.rewardSteps,
        totalSteps: config.rewardSteps,
        learningRate: config.rewardLearningRate,
        clipNorm: config.clipNorm,
        padId: dataset.padId,
      };
      for await (const { step, ...metrics } of trainSupervised(rewardModel, optimiser, {
        ...options,
        examples: (at) => batch(at)!,
      })) {
        yield {
          type: 'step',
          stage: 'token-rewards',
          series: 'reward model',
          step: step + 1,
          total: config.rewardSteps,
          metrics,
        };
      }
    } catch (error) {
      rewardModel.dispose();
      yield notice(
        'warning',
        'token-rewards',
        `The reward model could not be trained: ${error instanceof Error ? error.message : error}`,
      );
      return { rewardModel: null, source: 'substitute' };
    } finally {
      optimiser.dispose();
    }
    return { rewardModel, source: dataset.teacher === 'oracle' ? 'trained live' : 'gold as rewrite' };
  }

  private async *forgetting(): Events {
    const { config, dataset } = this.options;
    const optimiser = new Adamw(this.model!, { masks: this.masks.forgetting!.mask, weightDecay: config.weightDecay });
    const schedule = createSchedule({
      kind: 'cosine',
      baseRate: config.forgettingLearningRate,
      totalSteps: config.forgettingSteps,
      warmupRatio: 0.03,
    });
    const options = {
      ...config,
      steps: config.forgettingSteps,
      schedule,
      padId: dataset.padId,
      rng: this.rng.fork('forgetting'),
    };
    const before = yield* this.logRatioReference();
    yield* this.trainingStage(
      'forgetting',
      config.forgettingSteps,
      trainForgetting(this.model!, optimiser, this.weighted, options),
      optimiser,
    );
    yield* this.logRatios('forgetting', before);
  }

  /** DPO from the present weights: the forgetting result in ALLO, the SFT model in a plain-DPO arm. */
  private async *improving(): Events {
    const { config } = this.options;
    const masks = this.masks.improving?.mask;
    const optimiser = new Adamw(this.model!, { ...(masks && { masks }), weightDecay: config.weightDecay });
    const before = this.weighted.length > 0 ? yield* this.logRatioReference() : null;
    yield* this.preferenceStage(
      'improving',
      optimiser,
      config.improvingSteps,
      config.improvingLearningRate,
      config.keepShare,
    );
    if (before) yield* this.logRatios('improving', before);
  }

  private async *preferenceStage(
    stage: 'warm-up' | 'improving',
    optimiser: Adamw,
    steps: number,
    rate: number,
    keepShare: number,
  ): Events {
    const { config, dataset } = this.options;
    const schedule = createSchedule({ kind: 'cosine', baseRate: rate, totalSteps: steps, warmupRatio: 0.1 });
    const options = { ...config, steps, schedule, keepShare, padId: dataset.padId, rng: this.rng.fork(stage) };
    yield* this.trainingStage(
      stage,
      steps,
      trainPreference(this.model!, optimiser, this.pairSet!.pairs, options),
      optimiser,
    );
  }

  // ── what the stages share ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Brackets a stage with its events and its summary. `report` makes a step event and keeps first and last loss. */
  private async *stage(
    name: StageName,
    total: number,
    unit: string,
    body: (run: Run, report: (step: number, metrics: StepOf, series?: string) => RunEvent) => Events,
  ): Events {
    const began = performance.now();
    const known = this.stages.get(name);
    const summary: StageSummary = known ?? { name, steps: 0, seconds: 0, firstLoss: null, lastLoss: null };
    this.stages.set(name, summary);
    const report = (step: number, metrics: StepOf, series: string = name): RunEvent => {
      summary.steps++;
      summary.firstLoss ??= metrics.loss;
      summary.lastLoss = metrics.loss;
      return { type: 'step', stage: name, series, step, total, metrics };
    };
    yield { type: 'stage.started', stage: name, label: name, total, unit };
    yield* body(this, report);
    summary.seconds += (performance.now() - began) / 1000;
    yield { type: 'stage.done', summary: { ...summary } };
  }

  private async *trainingStage(
    name: 'warm-up' | 'forgetting' | 'improving',
    steps: number,
    ticks: AsyncGenerator<TrainingTick>,
    optimiser: Adamw,
  ): Events {
    try {
      yield* this.stage(name, steps, 'steps', async function* (run, report) {
        const start = await run.evaluator.drift(run.model!);
        yield { type: 'drift', stage: name, step: 0, ...start, dangers: [] };
        for await (const tick of ticks) {
          if (tick.kind === 'reference') {
            yield {
              type: 'stage.progress',
              stage: name,
              label: 'reference log-probs',
              done: 0,
              total: steps,
              tokens: tick.tokens,
            };
            continue;
          }
          yield report(tick.step, tick.metrics);
          if (tick.step % DRIFT_EVERY !== 0 && tick.step !== steps) continue;
          const now = await run.evaluator.drift(run.model!);
          yield { type: 'drift', stage: name, step: tick.step, ...now, dangers: dangerSentences(now, start.goldLogp) };
        }
      });
    } finally {
      optimiser.dispose();
    }
  }

  private async *logRatioReference(): AsyncGenerator<RunEvent, Map<WeightedResponse, Float32Array>> {
    const shown = this.weighted.slice(0, REPORTED_RESPONSES);
    return yield* silently(responseLogps(this.model!, shown, 4096, this.options.dataset.padId));
  }

  private async *logRatios(stage: MaskPurpose, before: ReadonlyMap<WeightedResponse, Float32Array>): Events {
    const after = yield* this.logRatioReference();
    const items = [...before.keys()];
    const ids = this.responseIds(items);
    const records = items.map((item, i) => {
      const then = before.get(item)!;
      return { responseId: ids[i]!, logRatio: after.get(item)!.map((logp, t) => logp - then[t]!) };
    });
    yield { type: 'log-ratios', stage, records };
  }

  private async *evaluation(moment: EvaluationMoment): Events {
    const { config } = this.options;
    yield* this.stage('evaluation', 1, 'answers', async function* (run) {
      const progress = async function* <T>(
        source: AsyncGenerator<{ done: number; total: number; tokens: number }, T>,
      ): AsyncGenerator<RunEvent, T> {
        for (;;) {
          const step = await source.next();
          if (step.done) return step.value;
          yield { type: 'stage.progress', stage: 'evaluation', label: moment, ...step.value };
        }
      };
      if (moment === 'before') yield* progress(run.evaluator.prepare(run.model!));
      const result = yield* progress(run.evaluator.evaluate(run.model!, run.sft, config.styleBias));
      if (moment === 'after') {
        // The SFT model's log-probs of the pairs are the reference; they are needed only now that the pairs exist.
        run.sftModel ??= new Model(run.modelConfig, run.sft);
        const pairs = run.pairSet!.pairs.slice(0, REPORTED_RESPONSES);
        yield* progress(run.evaluator.pairScores(run.sftModel, pairs));
        Object.assign(result, yield* progress(run.evaluator.pairScores(run.model!, pairs)));
        result.dangers = dangerSentences(result, run.evaluations.before?.goldLogp ?? null);
        run.finished = { klToSft: result.klToSft, movedPercent: result.movedPercent };
      }
      run.evaluations[moment] = result;
      yield { type: 'evaluation', moment, result };
    });
  }

  private summary(): RunSummary {
    const { config, dataset, backend } = this.options;
    const accuracies = (moment: EvaluationMoment) =>
      Object.fromEntries(
        dataset.families.map((family) => [family, this.evaluations[moment]?.families[family]?.greedy ?? null]),
      );
    const mask = (purpose: MaskPurpose) => {
      const found = this.masks[purpose];
      if (!found) return null;
      const requestedPercent = config[`${purpose}Percent`] - config[`${purpose}Lower`];
      return { requestedPercent, selected: found.selected, total: found.total };
    };
    return {
      preset: config.preset,
      family: dataset.alignedFamily,
      seed: config.seed,
      backend: backend.name,
      arm: config.arm,
      seconds: (performance.now() - this.startedAt) / 1000,
      stages: this.plannedStages().map((name) => ({ ...this.stages.get(name)! })),
      masks: { forgetting: mask('forgetting'), improving: mask('improving') },
      tokenRewardAuroc: this.auroc,
      evaluation: { before: accuracies('before'), after: accuracies('after') },
      ...this.finished,
    };
  }
}

type RewardSource = Extract<RunEvent, { type: 'rewards' }>['source'];
type StepOf = Extract<RunEvent, { type: 'step' }>['metrics'];

const notice = (level: 'info' | 'warning', stage: StageName | null, text: string): RunEvent => ({
  type: 'notice',
  level,
  stage,
  text,
});

const promptRecord = ({ family, text, prompt, gold }: Question, id: number) => ({
  id,
  family,
  text,
  tokens: prompt,
  gold,
});

const noPairs = ({ counts }: PairSet): string =>
  `No preference pair could be made: ${counts.right} right and ${counts.wrong} wrong different answers to ${counts.questions} prompts. ` +
  'Sample more answers per prompt, raise the temperature, or train the SFT model longer.';

/** The masks of one rule: exact band of the ranking, or as many entries drawn at random. */
function select(
  deltas: Parameters<typeof selectNeurons>[0],
  rule: RunConfig['maskRule'],
  lower: number,
  upper: number,
  rng: Rng,
): NeuronMask {
  if (rule !== 'random') return selectNeurons(deltas, { lower, upper, order: rule === 'top' ? 'most' : 'least' });
  const sizes = deltas.map(({ values }) => values.length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const kLower = countAtPercent(total, lower);
  const kUpper = countAtPercent(total, upper);
  return {
    masks: randomNeurons(sizes, kUpper - kLower, rng),
    selected: kUpper - kLower,
    total,
    kLower,
    kUpper,
    threshold: null,
    tiesAtThreshold: 0,
  };
}

/** Runs a source to its end and hides its ticks. */
async function* silently<T>(source: AsyncGenerator<unknown, T>): AsyncGenerator<RunEvent, T> {
  for (;;) {
    const step = await source.next();
    if (step.done) return step.value;
  }
}

/** Makes a run. Nothing is loaded or allocated on the device before `events()` is pulled. */
export const createRun = (options: RunOptions): Run => new Run(options);
