// PPO and PPO-A2C as the improving stage (ALGORITHM §8): the policy answers prompts, the answers are scored, and a few epochs of clipped
// updates follow; then it answers again. PPO has no critic (an advantage is the score to go), PPO-A2C a value head and GAE. The reference
// of the KL is the SFT model. Left out: TRL's adaptive KL coefficient.
import type { RunConfig } from '../config';
import type { Question } from '../data/dataset';
import type { RunEvent } from '../events';
import { ppoLoss } from '../losses/ppo';
import type { Model } from '../model/model';
import { ValueHead } from '../model/valueHead';
import { Adamw } from '../optim/adamw';
import type { Optimiser } from '../optim/optimiser';
import { createSchedule, type Schedule } from '../optim/schedule';
import type { Rng } from '../rng';
import { tf } from '../tf';
import type { Ahead } from './ahead';
import { fillBatches, inParts, packExamples, type SequenceBatch, sequenceLength, toRectangle } from './batches';
import { type Events, notice, policyOf, type RunContext, type StepReport, sftModelOf } from './context';
import { Controls } from './controls';
import { launched, type StepTick, type TrainingTick } from './preference';
import { LoopKeeper, stepsBehind } from './resume/loop';
import {
  putCritic,
  putRollout,
  putScorer,
  type RewardScorer,
  savedRollout,
  savedScorer,
  takeCritic,
} from './resume/rollouts';
import { getRewardModel } from './rewardModel';
import {
  type Actors,
  checkerScore,
  promptCycle,
  type RolloutAnswer,
  type RolloutSettings,
  rewardModelScore,
  type SampledRollout,
  sampleRollout,
} from './rollout';
import { aheadOf, trainingStage } from './training';
import { type Critic, type LogpLoss, measured, outcomeOf, type StepMemory, trainStep } from './trainStep';
import { surrogateZeros } from './zeros';

type Settings = RolloutSettings &
  Pick<RunConfig, 'rolloutPrompts' | 'ppoEpochs' | 'batchTokens' | 'clipRange' | 'valueCoefficient' | 'clipNorm'>;

export interface PpoTraining extends StepMemory, Settings {
  steps: number;
  schedule: Schedule;
  rng: Rng;
  ahead?: Ahead;
  /** Goes on where it was, and can be saved. */
  keeper?: LoopKeeper;
  /** The learning rate may change on the way; without them that of the schedule holds. */
  controls?: Controls;
}

type Take = Pick<RunContext, 'dataset'> & {
  actors: Actors;
  critic: Critic | null;
  questions: readonly Question[];
  /** Whose reward model is behind `actors.score`, if it is one's. */
  scorer?: RewardScorer | null;
};

/** Runs exactly `steps` updates of `actors.policy`, in as many rollouts as they need. */
export async function* trainPpo(take: Take, optimiser: Optimiser, options: PpoTraining): AsyncGenerator<TrainingTick> {
  const { steps, rng, rolloutPrompts } = options;
  const prompts = promptCycle(take.questions, rng.fork('prompts'));
  const controls = options.controls ?? new Controls(0);
  yield { kind: 'ready' };
  const { keeper } = options;
  if (keeper?.isOver) return;
  const at = keeper?.own('ppo') ?? null;
  if (at && keeper?.from && take.critic) takeCritic(take.critic, at.criticUpdates ?? 0, keeper.from.arrays);
  const ask = () => Array.from({ length: rolloutPrompts }, () => prompts.next().value);
  for (let round = 0; round < (at?.round ?? 0); round++) ask();
  let tokens = at?.tokens ?? 0;
  for (let [made, round] = [at?.made ?? 0, at?.round ?? 0]; made < steps; round++) {
    const stream = rng.fork(`rollout ${round}`);
    const asked = ask();
    const from = at?.round === round && keeper?.from ? keeper.from : null;
    const rolling = sampleRollout(take.actors, take.dataset, asked, options, stream.fork('answers'));
    const rollout =
      at && from
        ? savedRollout(asked, at.rollout, from.arrays)
        : yield* toldRollout(rolling, { round, made, total: steps, tokens });
    if (!from) tokens += rollout.sampledTokens;
    const plan = minibatches(rollout.answers, options, stream).slice(0, steps - made);
    const first = from && at ? at.index : 0;
    if (keeper)
      keeper.save = (writer) => {
        const criticUpdates = take.critic ? putCritic(writer, take.critic) : null;
        const rewardModel = take.scorer ? putScorer(writer, take.scorer) : 'none';
        const now = { round, made, index: done, tokens, criticUpdates, rewardModel };
        return { loop: 'ppo', ...now, rollout: putRollout(writer, rollout) };
      };
    let done = first;
    const updates = trainOnRollout(take, optimiser, rollout, plan, {
      ...options,
      controls,
      made,
      first,
      tick: from?.tick,
    });
    for await (const tick of updates) {
      // The one that a run goes on from is counted already.
      if (tick !== from?.tick) {
        tokens += tick.metrics.tokens;
        done++;
      }
      yield tick;
    }
    made += plan.length;
  }
}

/** `tokens`: those of the stage before this rollout. */
async function* toldRollout(
  rolling: ReturnType<typeof sampleRollout>,
  { round, made, total, tokens }: Record<'round' | 'made' | 'total' | 'tokens', number>,
): AsyncGenerator<TrainingTick, SampledRollout> {
  try {
    for (;;) {
      const step = await rolling.next();
      if (step.done) return step.value;
      const label = `rollout ${round + 1}: ${step.value.label}`;
      const so = { done: made, total, tokens: tokens + step.value.tokens };
      yield { kind: 'event', event: { type: 'stage.progress', stage: 'improving', label, ...so } };
    }
  } finally {
    await rolling.return(undefined as never);
  }
}

/** All epochs over a rollout: whole answers in shuffled order, up to `batchTokens` real tokens an update. */
const minibatches = (
  answers: readonly RolloutAnswer[],
  { ppoEpochs, batchTokens }: Pick<PpoTraining, 'ppoEpochs' | 'batchTokens'>,
  rng: Rng,
): RolloutAnswer[][] =>
  Array.from({ length: ppoEpochs }, (_, epoch) => rng.fork(`epoch ${epoch}`).shuffle(answers)).flatMap((shuffled) =>
    fillBatches(shuffled, sequenceLength, batchTokens),
  );

/** `made`: updates before this rollout; `first`: of this rollout's that are made, of which `tick` was the last. */
function trainOnRollout(
  { actors, critic, dataset }: Take,
  optimiser: Optimiser,
  { accuracy, sampledTokens }: SampledRollout,
  plan: readonly RolloutAnswer[][],
  options: PpoTraining & { controls: Controls; made: number; first: number; tick: StepTick | undefined },
): AsyncGenerator<StepTick> {
  const { ahead, controls, made, first, tick, schedule, clipNorm, recompute } = options;
  const launch = async (answers: RolloutAnswer[], index: number) => {
    const changed = controls.launchWithoutBeta();
    const learningRate = changed.learningRateScale * schedule.rateAt(made + index);
    const parts = inParts(answers, options.accumulate).map((own) => {
      const batch = packExamples(own, dataset.padId);
      const share = responseTokens(own) / responseTokens(answers);
      return { batch, own, loss: answersLoss(own, batch, share, options, critic !== null) };
    });
    const zeros = surrogateZeros(parts.map(rolledOut), options.clipRange);
    const settings = { learningRate, clipNorm, recompute, zeros, ...(critic && { critic }) };
    const submit = () => measured(trainStep(actors.policy, optimiser, parts, settings));
    const { result, ...watched } = await launched(actors.policy, changed, submit, () => null);
    const tokens = parts.reduce((sum, { batch }) => sum + batch.realTokens, 0);
    const told: StepTick = {
      ...{ kind: 'step', step: made + index + 1, ...watched },
      metrics: { ...outcomeOf(result), learningRate, tokens, accuracy, ...(index === 0 && { sampledTokens }) },
    };
    return { told, failure: result.failure };
  };
  const shifted =
    ahead && optimiser.mayRunAhead
      ? { pace: ahead.pace, waitsAfter: (done: number) => ahead.waitsAfter(made + done) }
      : undefined;
  return stepsBehind(tick, first, plan, launch, shifted);
}

/** What a part's answers were worth, in its batch's slots. */
const rolledOut = ({ batch, own }: { batch: SequenceBatch; own: readonly RolloutAnswer[] }) => ({
  oldLogps: toRectangle(
    batch,
    own.map(({ oldLogps }) => oldLogps),
  ),
  advantages: toRectangle(
    batch,
    own.map(({ advantages }) => advantages),
  ),
  mask: batch.responseMask,
});

const responseTokens = (answers: readonly RolloutAnswer[]): number =>
  answers.reduce((sum, { response }) => sum + response.length, 0);

/** The answers' part of the mean over all tokens of the update. */
function answersLoss(
  answers: readonly RolloutAnswer[],
  batch: SequenceBatch,
  share: number,
  { clipRange, valueCoefficient }: Pick<Settings, 'clipRange' | 'valueCoefficient'>,
  hasCritic: boolean,
): LogpLoss {
  const shape: [number, number] = [batch.batchSize, batch.width];
  const rectangle = (rowOf: (answer: RolloutAnswer) => Float32Array): tf.Tensor2D =>
    tf.tensor2d(toRectangle(batch, answers.map(rowOf)), shape);
  return (newLogps, newValues = tf.zeros(shape)) => {
    const { loss } = ppoLoss(
      {
        ...{ newLogps, newValues },
        oldLogps: rectangle(({ oldLogps }) => oldLogps),
        oldValues: rectangle(({ oldValues }) => oldValues),
        advantages: rectangle(({ advantages }) => advantages),
        returns: rectangle(({ returns }) => returns),
        mask: tf.tensor2d(batch.responseMask, shape),
      },
      {
        ...{ algorithm: 'ppo', clipRange, valueClipRange: clipRange },
        valueCoefficient: hasCritic ? valueCoefficient : 0,
      },
    );
    return share === 1 ? loss : tf.mul(loss, share);
  };
}

/** The stage, from the weights as they are. Throws Error where no answer is known, so that nothing can be scored. */
export function ppo(context: RunContext, optimiser: Optimiser): Events {
  const { config } = context;
  const { improvingSteps: steps, improvingLearningRate, rateFactor } = config;
  const baseRate = improvingLearningRate * rateFactor;
  const schedule = createSchedule({ kind: 'cosine', baseRate, totalSteps: steps, warmupRatio: 0.1 });
  const ahead = aheadOf(context, steps);
  const keeper = new LoopKeeper();
  const own = { steps, schedule, rng: context.rng.fork('ppo'), ahead, controls: context.controls, keeper };
  const ticks = ppoTicks(context, optimiser, { ...config, ...own });
  return trainingStage(context, 'improving', steps, ticks, { optimiser, keeper });
}

/** Makes what only this stage needs, and frees it. */
async function* ppoTicks(
  context: RunContext,
  optimiser: Optimiser,
  options: PpoTraining,
): AsyncGenerator<TrainingTick> {
  const { config, dataset, rng } = context;
  if (!dataset.hasAnswers)
    throw new Error('PPO needs data with known answers: nothing else can score what is sampled.');
  const policy = policyOf(context);
  const critic = config.method === 'ppo-a2c' ? newCritic(policy, config.valueLearningRate) : null;
  let scorer: RewardScorer | null = null;
  try {
    if (config.ppoReward === 'reward model') scorer = yield* asTicks(scoringModel(context));
    const rewardModel = scorer?.rewardModel;
    const score = rewardModel ? rewardModelScore(rewardModel, dataset) : checkerScore(dataset);
    const actors: Actors = { policy, reference: sftModelOf(context), head: critic?.head ?? null, score };
    const known = context.questions;
    const questions = known.length > 0 ? known : dataset.trainingQuestions(config.prompts, rng.fork('prompts'));
    if (questions.length === 0) throw new Error('There is no training prompt to answer.');
    yield* trainPpo({ dataset, actors, critic, questions, scorer }, optimiser, options);
  } finally {
    scorer?.rewardModel?.dispose();
    critic?.optimiser.dispose();
    critic?.head.dispose();
  }
}

/** Its rate is constant: it is to know what answers are worth before the policy moves much. */
function newCritic(policy: Model, learningRate: number): Critic {
  const head = new ValueHead(policy.config.width);
  return { head, optimiser: new Adamw(head), learningRate };
}

/** The reward model, or none with a notice: the checker then stands in. */
async function* scoringModel(context: RunContext): AsyncGenerator<RunEvent, RewardScorer> {
  let last = performance.now();
  const report: StepReport = (step, metrics, series = 'reward model') => {
    const milliseconds = performance.now() - last;
    last += milliseconds;
    const total = context.config.rewardSteps;
    return { type: 'step', stage: 'improving', series, step, total, metrics, milliseconds };
  };
  const saved = savedScorer(context);
  if (saved) return saved;
  const scorer = yield* getRewardModel(context, report);
  if (!scorer.rewardModel)
    yield notice('warning', 'improving', 'There is no reward model for this data: PPO is scored by the checker.');
  return scorer;
}

async function* asTicks<R>(events: AsyncGenerator<RunEvent, R>): AsyncGenerator<TrainingTick, R> {
  try {
    for (;;) {
      const step = await events.next();
      if (step.done) return step.value;
      yield { kind: 'event', event: step.value };
    }
  } finally {
    await events.return(undefined as never);
  }
}
