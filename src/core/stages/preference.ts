// Training over preference pairs, with any of their losses (pairLosses.ts): DPO, whole (warm-up, plain-DPO arms) or with noisy rejected
// tokens left out (improving), and its relatives. The reference's log-probs are computed once, for exactly the pairs that training will see.
import type { Example } from '../data/dataset';
import type { PreferencePair } from '../data/pairs';
import type { RunEvent, StepMetrics } from '../events';
import { referenceTokens, scoredTokens } from '../memory';
import { type RewardForm, rewardForm, trainsDpo } from '../methods';
import type { Model } from '../model/model';
import type { Optimiser } from '../optim/optimiser';
import type { Schedule } from '../optim/schedule';
import type { Rng } from '../rng';
import { tf } from '../tf';
import { keptCount } from '../tokens/keep';
import type { Ahead } from './ahead';
import { dissected, keptTokens, type LaunchedExample, type UpdateAnatomy } from './anatomy';
import {
  fillBatches,
  inParts,
  packExamples,
  responseValues,
  type SequenceBatch,
  sequenceLength,
  toRectangle,
} from './batches';
import { Controls, type LaunchSettings, type ToldSettings } from './controls';
import { mismatchedExamples, mismatchedLogRatios } from './mismatched';
import { dpoLosses, type OwnLosses } from './ownLosses';
import { type PairLossChoice, PairLossState, type PairPart, pairLoss } from './pairLosses';
import { type LoopKeeper, stepsFrom } from './resume/loop';
import { responseScores, type ScoringTick } from './scores';
import { type LogpLoss, measured, outcomeOf, type StepMemory, type StepResult, trainStep } from './trainStep';
import { pairZeros } from './zeros';

export interface PreferenceOptions extends StepMemory {
  steps: number;
  schedule: Schedule;
  beta: number;
  /** β stays, whatever the controls say: it is not the β of the run's method. */
  isBetaFixed?: boolean;
  /** By default DPO. */
  loss?: PairLossChoice;
  /** ε: share of rejected tokens that stay in the loss; 1 is plain DPO. Losses without it (`trainsDpo`) count them all. */
  keepShare: number;
  batchTokens: number;
  clipNorm: number;
  padId: number;
  rng: Rng;
  ahead?: Ahead;
  /** Goes on where it was, and can be saved. */
  keeper?: LoopKeeper;
  /** Learning rate and β that may change on the way; without them those of the options hold. */
  controls?: Controls;
  /** Say with each step what every pair of its batch costs by itself. */
  tellsLosses?: boolean;
  /** Pairs whose log-ratios are wanted after the last update, seen in training or not. */
  measured?: readonly PreferencePair[];
}

export interface StepTick {
  kind: 'step';
  step: number;
  metrics: StepMetrics;
  /** Changed settings that hold from this step on. */
  settings?: ToldSettings;
  /** Where it was asked for. */
  anatomy?: UpdateAnatomy;
  /** What each item of the batch cost before the update; where it was asked for. */
  own?: OwnLosses;
}

/** After the last update: policy − reference per token of the pairs that were to be measured. */
export interface RatiosTick {
  kind: 'ratios';
  ratios: ReadonlyMap<PreferencePair, PairLogpRows>;
  /** With which these pairs have their losses now. */
  keepShare: number;
  beta: number;
}

/** 'ready': the reference is known, the first update comes next. 'event': told as it is. */
export type TrainingTick = ScoringTick | { kind: 'ready' } | { kind: 'event'; event: RunEvent } | StepTick | RatiosTick;

/** Log-probs per response token of both sides of a pair. */
export interface PairLogpRows {
  chosen: Float32Array;
  rejected: Float32Array;
}

/** Chosen, rejected. */
export const sides = (pair: PreferencePair) => [
  { prompt: pair.question.prompt, response: pair.chosen },
  { prompt: pair.question.prompt, response: pair.rejected },
];
const pairTokens = (pair: PreferencePair): number =>
  sides(pair).reduce((sum, example) => sum + sequenceLength(example), 0);

/** Rows 0…P−1 the chosen, P…2P−1 the rejected responses. */
export function pairBatch(pairs: readonly PreferencePair[], padId: number): SequenceBatch {
  const examples = [0, 1].flatMap((side) => pairs.map((pair) => sides(pair)[side]!));
  return packExamples(examples, padId);
}

/** The batches of all steps: shuffled epochs, whole pairs up to `batchTokens` real tokens. */
export function batchPlan<T>(
  items: readonly T[],
  tokensOf: (item: T) => number,
  steps: number,
  maxTokens: number,
  rng: Rng,
): T[][] {
  if (items.length === 0) return [];
  const batches: T[][] = [];
  for (let epoch = 0; batches.length < steps; epoch++) {
    batches.push(...fillBatches(rng.fork(`epoch ${epoch}`).shuffle(items), tokensOf, maxTokens));
  }
  return batches.slice(0, steps);
}

/** Reference log-probs of every pair, once. */
export async function* pairLogps(
  model: Model,
  pairs: readonly PreferencePair[],
  batchTokens: number,
  padId: number,
): AsyncGenerator<ScoringTick, Map<PreferencePair, PairLogpRows>> {
  const scores = yield* responseScores(model, pairs.flatMap(sides), batchTokens, padId);
  return new Map(pairs.map((pair, i) => [pair, { chosen: scores[2 * i]!, rejected: scores[2 * i + 1]! }]));
}

/** Plain DPO has no settings of its own. */
const DPO: PairLossChoice = {
  ...{ method: 'dpo', lengthAlpha: 0, targetMargin: 0, desirableWeight: 1, undesirableWeight: 1 },
};

/** Runs `steps` updates of `model`, whose weights on entry are the reference. */
export async function* trainPreference(
  model: Model,
  optimiser: Optimiser,
  pairs: readonly PreferencePair[],
  options: PreferenceOptions,
): AsyncGenerator<TrainingTick> {
  const { steps, schedule, batchTokens, padId, rng, measured: wanted = [], loss: choice = DPO } = options;
  const plan = batchPlan(pairs, pairTokens, steps, batchTokens, rng);
  const together = referenceTokens(model.config, batchTokens);
  const reference = yield* pairLogps(model, [...new Set([...plan.flat(), ...wanted])], together, padId);
  const mismatched = choice.method === 'kto' ? yield* mismatchedOf(model, plan, options) : null;
  yield { kind: 'ready' };
  const { keeper } = options;
  const from = keeper?.own('pairs') ?? null;
  const controls = options.controls ?? new Controls(options.beta);
  const state = new PairLossState(from?.running ?? null);
  const tellsLosses = options.tellsLosses && trainsDpo(choice.method);
  let hasMoved = from?.hasMoved ?? false;
  let lastBeta = from?.lastBeta ?? options.beta;
  if (keeper) keeper.save = (writer) => ({ loop: 'pairs', hasMoved, lastBeta, running: state.keptBy(writer) });
  const launch = async (batchPairs: PreferencePair[], step: number) => {
    const settings = options.isBetaFixed ? controls.launchWithoutBeta() : controls.launch();
    const beta = settings.beta ?? options.beta;
    const learningRate = settings.learningRateScale * schedule.rateAt(step);
    // Before the first real update every log-ratio is 0 and a ranking of them would be noise (ALGORITHM §6).
    const keepShare = hasMoved && trainsDpo(choice.method) ? options.keepShare : 1;
    lastBeta = beta;
    const parts = inParts(batchPairs, options.accumulate).map((pairsOfPart) => {
      const batch = pairBatch(pairsOfPart, padId);
      const known = pairsOfPart.map((pair) => reference.get(pair)!);
      const refLogps = toRectangle(batch, [...known.map((row) => row.chosen), ...known.map((row) => row.rejected)]);
      const part: PairPart = { batch, refLogps, share: pairsOfPart.length / batchPairs.length };
      const loss: LogpLoss = (logps) =>
        scaled(pairLoss(logps, part, choice.method, { ...choice, beta, keepShare }, state), part.share);
      return { ...part, loss };
    });
    const submit = () => {
      // Submitted whole before `trainStep` returns its promise: the next step may have its own.
      state.mismatched = mismatched?.(step) ?? null;
      const zeros = pairZeros(parts, choice.method, { ...choice, beta, keepShare });
      const submitted = measured(trainStep(model, optimiser, parts, { ...options, learningRate, zeros }));
      state.forgetMismatched();
      return submitted;
    };
    const example = ({ logps }: StepResult): LaunchedExample => ({
      ...pairExample(batchPairs[0]!, parts[0]!, logps[0]!, keepShare),
      ...{ denominator: batchPairs.length, beta },
    });
    const submitted = launched(model, settings, submit, example);
    hasMoved ||= learningRate > 0;
    const { result, ...watched } = await submitted;
    const { logps, failure } = result;
    const metrics = weightedMean(
      parts.map(({ batch, refLogps, share }, i) => ({
        share,
        values: pairMetrics(batch, logps[i]!, refLogps, beta, rewardForm(choice.method)),
      })),
    );
    const tokens = parts.reduce((sum, { batch }) => sum + batch.realTokens, 0);
    const rejectedCounts = parts.flatMap(({ batch }) => [...batch.counts.subarray(batch.batchSize / 2)]);
    const selectedShare = keptShareOf(rejectedCounts, keepShare);
    const scored = () => parts.map(({ batch, refLogps }, i) => ({ batch, policy: logps[i]!, reference: refLogps }));
    const told: StepTick = {
      ...{ kind: 'step', step: step + 1, ...watched },
      metrics: { ...outcomeOf(result), learningRate, tokens, selectedShare, ...metrics },
      ...(tellsLosses && { own: { items: batchPairs, losses: dpoLosses(scored(), keepShare, beta) } }),
    };
    return { told, failure };
  };
  try {
    const ahead = optimiser.mayRunAhead ? options.ahead : undefined;
    yield* stepsFrom(keeper, plan, launch, ahead);
  } finally {
    state.dispose();
  }
  if (wanted.length === 0 || keeper?.isOver) return;
  const ratios = await ratiosOf(model, wanted, reference, padId);
  yield { kind: 'ratios', ratios, keepShare: hasMoved ? options.keepShare : 1, beta: lastBeta };
}

/** How far the log-probs of pairs have gone from the reference, which knows them all. */
async function ratiosOf(
  model: Model,
  pairs: readonly PreferencePair[],
  reference: ReadonlyMap<PreferencePair, PairLogpRows>,
  padId: number,
): Promise<Map<PreferencePair, PairLogpRows>> {
  const scoring = pairLogps(model, pairs, scoredTokens(model.config), padId);
  let tick = await scoring.next();
  while (!tick.done) tick = await scoring.next();
  const minus = (now: Float32Array, then: Float32Array) => now.map((logp, t) => logp - then[t]!);
  return new Map(
    [...tick.value].map(([pair, now]) => {
      const then = reference.get(pair)!;
      return [pair, { chosen: minus(now.chosen, then.chosen), rejected: minus(now.rejected, then.rejected) }];
    }),
  );
}

/** For each step of a plan the log-ratios of its mismatched responses under the policy as it is when asked. */
async function* mismatchedOf(
  model: Model,
  plan: readonly PreferencePair[][],
  { batchTokens, padId, accumulate }: PreferenceOptions,
): AsyncGenerator<ScoringTick, (step: number) => tf.Tensor1D | null> {
  const examples: Example[][] = plan.map((batch) => mismatchedExamples(batch, model.config.maxPositions));
  const scores = yield* responseScores(model, examples.flat(), referenceTokens(model.config, batchTokens), padId);
  let at = 0;
  const reference = examples.map(({ length }) => {
    at += length;
    return scores.slice(at - length, at);
  });
  return (step) => mismatchedLogRatios(model, examples[step]!, reference[step]!, { padId, accumulate });
}

/** Submits an update with its settings; says of them what is to be told, and what the update did where somebody watches. */
export async function launched<R extends { failure: Error | null }>(
  model: Model,
  { learningRateScale, beta, areNew, inSlowMotion }: LaunchSettings,
  submit: () => Promise<R>,
  exampleOf: (result: R) => LaunchedExample | null,
): Promise<{ result: R } & Pick<StepTick, 'settings' | 'anatomy'>> {
  const settings = areNew && { settings: { learningRateScale, beta } };
  if (!inSlowMotion) return { result: await submit(), ...settings };
  const { result, anatomy } = await dissected(model, submit, exampleOf);
  return { result, ...settings, ...(anatomy && { anatomy }) };
}

/** The first pair of a part, with its rows before the update. */
function pairExample(
  { question, chosen, rejected }: PreferencePair,
  { batch, refLogps }: { batch: SequenceBatch; refLogps: Float32Array },
  logps: Float32Array,
  keepShare: number,
): Omit<LaunchedExample, 'denominator' | 'beta'> {
  const rows = [batch.batchSize / 2, 0];
  const [policy, reference] = [logps, refLogps].map((values) => rows.map((row) => responseValues(batch, values, row)));
  const weights = keptTokens(policy![0]!, reference![0]!, keepShare);
  return { question, chosen, rejected, policy: policy!, reference: reference!, weights };
}

/** A part's share of the batch's mean. */
const scaled = (loss: tf.Scalar, share: number): tf.Scalar => (share === 1 ? loss : tf.mul(loss, share));

/** The mean over the whole batch from the means of its parts. */
function weightedMean<K extends string>(
  parts: readonly { share: number; values: Record<K, number> }[],
): Record<K, number> {
  const [first, ...others] = parts.map(({ share, values }) =>
    Object.fromEntries(Object.entries<number>(values).map(([name, value]) => [name, value * share])),
  );
  for (const other of others) for (const [name, value] of Object.entries(other)) first![name]! += value;
  return first as Record<K, number>;
}

/** Share of the rejected tokens that count. */
function keptShareOf(rejectedCounts: readonly number[], keepShare: number): number {
  if (keepShare >= 1) return 1;
  const total = rejectedCounts.reduce((sum, tokens) => sum + tokens, 0);
  return rejectedCounts.reduce((sum, tokens) => sum + keptCount(keepShare, tokens), 0) / total;
}

/** Sequence-level rewards, accuracy, margin and log-probs, from read-back values. */
export function pairMetrics(
  batch: SequenceBatch,
  logps: Float32Array,
  refLogps: Float32Array,
  beta: number,
  form: RewardForm = 'sum',
): Required<
  Pick<StepMetrics, 'accuracy' | 'margin' | 'chosenReward' | 'rejectedReward' | 'chosenLogp' | 'rejectedLogp'>
> {
  const pairCount = batch.batchSize / 2;
  const sum = (values: Float32Array, row: number): number =>
    responseValues(batch, values, row).reduce((total, x) => total + x, 0);
  const totals = { accuracy: 0, margin: 0, chosenReward: 0, rejectedReward: 0, chosenLogp: 0, rejectedLogp: 0 };
  for (let i = 0; i < pairCount; i++) {
    const chosenLogp = sum(logps, i);
    const rejectedLogp = sum(logps, pairCount + i);
    const reward = (logp: number, row: number): number => {
      const score = form === 'reference-free' ? logp : logp - sum(refLogps, row);
      return (beta * score) / (form === 'sum' ? 1 : batch.counts[row]!);
    };
    const chosenReward = reward(chosenLogp, i);
    const rejectedReward = reward(rejectedLogp, pairCount + i);
    totals.chosenLogp += chosenLogp / pairCount;
    totals.rejectedLogp += rejectedLogp / pairCount;
    totals.chosenReward += chosenReward / pairCount;
    totals.rejectedReward += rejectedReward / pairCount;
    totals.margin += (chosenReward - rejectedReward) / pairCount;
    totals.accuracy += (chosenReward > rejectedReward ? 1 : 0) / pairCount;
  }
  return totals;
}
