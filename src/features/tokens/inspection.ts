// One wrong answer or pair at a moment of the run: its tokens with everything known of each, and what they add to the loss of the
// stage. Pure.
import type { Method, RunConfig } from '../../core/config';
import {
  type PairLogRatios,
  type PairRecord,
  type PromptRecord,
  type ResponseRecord,
  type RewardRecord,
  TIMED_STAGES,
  type TimedStage,
} from '../../core/events';
import { METHOD_DESCRIPTIONS, trainsDpo } from '../../core/methods';
import { dpoLoss32, npoLoss32 } from '../../core/tokens/floatLoss';
import { keptTokens } from '../../core/tokens/keep';
import { tokenWeights, weightDenominator } from '../../core/tokens/rewards';
import { dpoTerms, logRatios, npoTerms, type TokenLogps } from '../../core/tokens/terms';
import type { RunState } from '../../state/runState';
import type { SnapshotRows } from '../../state/snapshotStore';

export interface AnswerItem {
  kind: 'answer';
  response: ResponseRecord;
  prompt: PromptRecord;
  record: RewardRecord;
}

export interface PairItem {
  kind: 'pair';
  /** Place in the run's pairs. */
  index: number;
  pair: PairRecord;
  prompt: PromptRecord;
  /** Of the rejected response; null when it has no token rewards (yet). */
  record: RewardRecord | null;
}

export type Item = AnswerItem | PairItem;
export type ItemKind = Item['kind'];

/** β, τ and ε as a loss uses them. */
export interface LossSettings {
  beta: number;
  tau: number;
  /** ε: 1 keeps every rejected token. */
  keepShare: number;
}

export type Place = Readonly<{ stage: TimedStage; step: number }>;

/** What a moment of the run tells: its place and log-probs, and the log-probs of the moment before. */
export interface MomentRows {
  place: Place | null;
  rows: SnapshotRows | null;
  before: SnapshotRows | null;
}

export type SideRole = 'chosen' | 'rejected' | 'answer';

/** Per-token arrays of one response; null where the run has not told them. */
export interface Side {
  role: SideRole;
  tokens: readonly number[];
  rewards: ArrayLike<number> | null;
  /** What the stage's loss multiplies each token with. */
  weights: ArrayLike<number> | null;
  wrong: Uint8Array | null;
  policy: ArrayLike<number> | null;
  reference: ArrayLike<number> | null;
  ratios: ArrayLike<number> | null;
  /** 1 kept, 0 dropped by the rule of improving. */
  kept: ArrayLike<number> | null;
  terms: ArrayLike<number> | null;
  gradients: ArrayLike<number> | null;
  /** Policy log-prob minus that of the moment before. */
  change: ArrayLike<number> | null;
}

/** The loss of this answer alone, and what its shown terms add up to. */
export type LossSum =
  | { form: 'npo'; settings: LossSettings; loss: number; sum: number; difference: number; denominator: number }
  | { form: 'dpo'; settings: LossSettings; loss: number; sum: number; difference: number; z: number };

export interface Inspection {
  /** Of a pair: chosen, rejected. */
  sides: readonly Side[];
  loss: LossSum | null;
  /** Why there is no loss. */
  why: string | null;
  /** The log-probs are those of the end of a stage, not of the moment. */
  isStageEnd: boolean;
}

type Settled = Pick<RunState, 'config' | 'changes' | 'series'>;

const stageOrder = (stage: TimedStage): number => TIMED_STAGES.indexOf(stage);

/** The settings of the run at a place. Improving keeps every token until an update has moved the weights (ALGORITHM §6). */
export function settingsAt({ config, changes, series }: Settled, place: Place | null): LossSettings {
  const held = changes.filter(
    (change) =>
      place !== null &&
      (stageOrder(change.stage) < stageOrder(place.stage) ||
        (change.stage === place.stage && change.step <= place.step)),
  );
  const steps = series.improving;
  const hasMoved =
    place?.stage === 'improving' &&
    steps?.rows.slice(0, steps.length).some(({ step, learningRate }) => step <= place.step && learningRate > 0) ===
      true;
  return {
    beta: held.at(-1)?.beta ?? config.beta,
    tau: config.rewardThreshold,
    keepShare: hasMoved && trainsDpo(config.method) ? config.keepShare : 1,
  };
}

/** Where an item's first row lies in a snapshot; −1 when the run does not follow it. */
export function rowOf(inspected: RunState['inspected'], item: Item): number {
  if (!inspected) return -1;
  if (item.kind === 'pair') {
    const place = inspected.pairs.indexOf(item.index);
    return place < 0 ? -1 : 2 * place;
  }
  const place = inspected.responses.indexOf(item.response.id);
  return place < 0 ? -1 : 2 * inspected.pairs.length + place;
}

/** What an inspection needs of the run. */
export interface Source extends Pick<RunState, 'inspected' | 'logRatios' | 'pairRatios'> {
  config: Pick<RunConfig, 'method' | 'weighting' | 'rewardThreshold' | 'forgettingSteps' | 'improvingSteps'>;
}

/** Log-ratios as log-probs against a reference of 0: all that the losses look at. */
const asLogps = (ratios: Float32Array): TokenLogps => ({ policy: ratios, reference: new Float32Array(ratios.length) });

/** A pair's log-ratios where the moment is the one at which those of all pairs were measured: the end of improving. */
export const endRatios = (
  { config, pairRatios }: Source,
  { index }: PairItem,
  place: Place | null,
): PairLogRatios | null =>
  (place?.stage === 'improving' && place.step === config.improvingSteps && pairRatios?.get(index)) || null;

const ones = (count: number): Uint8Array => new Uint8Array(count).fill(1);

const minus = (a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): Float64Array | null =>
  a && b && a.length === b.length ? Float64Array.from(a, (value, t) => value - b[t]!) : null;

/** The measured arrays of one row of the moment. */
function measured({ rows, before }: MomentRows, row: number, length: number) {
  const policy = rows?.policy[row];
  const reference = rows?.reference[row];
  const isThere = policy?.length === length && reference?.length === length;
  const logps: TokenLogps | null = isThere ? { policy, reference } : null;
  return { logps, change: isThere ? minus(policy, before?.policy[row]) : null };
}

const NOTHING = { terms: null, gradients: null, kept: null, policy: null, reference: null, ratios: null, change: null };

/** Everything of an item at a moment, with `settings` in its loss. */
export function inspect(item: Item, source: Source, moment: MomentRows, settings: LossSettings): Inspection {
  return item.kind === 'pair'
    ? inspectPair(item, source, moment, settings)
    : inspectAnswer(item, source, moment, settings);
}

/** Does τ change the weights? */
export const usesTau = (weighting: RunConfig['weighting']): boolean =>
  weighting === 'threshold' || weighting === 'rlmec';

/** The weights the run used; with another τ those it would have used. */
export function forgettingWeights(record: RewardRecord, config: Source['config'], tau: number): ArrayLike<number> {
  if (tau === config.rewardThreshold || !usesTau(config.weighting)) return record.weights;
  return tokenWeights(record.rewards, ones(record.rewards.length), { weighting: config.weighting, tau });
}

function inspectAnswer(item: AnswerItem, source: Source, moment: MomentRows, settings: LossSettings): Inspection {
  const { record, response } = item;
  const { config, inspected, logRatios: told } = source;
  const weights = forgettingWeights(record, config, settings.tau);
  const at = measured(moment, rowOf(inspected, item), response.tokens.length);
  const stage = moment.place?.stage ?? 'forgetting';
  // Answers that no snapshot follows: their log-ratios were measured once, when forgetting had ended.
  const isGone = wasLetGo(moment, rowOf(inspected, item));
  const atEnd = at.logps || isGone ? null : (told.forgetting?.get(record.responseId) ?? null);
  const logps = at.logps ?? (atEnd && asLogps(atEnd));
  const ratios = logps && logRatios(logps);
  const base = {
    role: 'answer' as const,
    tokens: response.tokens,
    rewards: record.rewards,
    wrong: record.wrong,
    weights,
  };
  const side: Side = {
    ...{ ...base, ...NOTHING, ratios, change: at.change },
    ...(at.logps && { policy: at.logps.policy, reference: at.logps.reference }),
    kept:
      at.logps && stage === 'improving' && trainsDpo(config.method) ? keptTokens(at.logps, settings.keepShare) : null,
  };
  const none = (why: string): Inspection => ({ sides: [side], loss: null, why, isStageEnd: atEnd !== null });
  if (!logps) return none(isGone ? LET_GO : NOT_FOLLOWED);
  if (at.logps && stage === 'improving' && !trainsDpo(config.method)) return none(otherLoss(config.method));
  if (at.logps && stage !== 'forgetting') return none(ANSWER_ELSEWHERE[stage]);
  const denominator = weightDenominator(weights, ones(weights.length), config.weighting);
  const npo = { ...logps, weights, denominator, beta: settings.beta };
  const { terms, gradients, loss: sum } = npoTerms(npo);
  const loss = npoLoss32(npo);
  return {
    sides: [{ ...side, terms, gradients }],
    loss: { form: 'npo', settings, loss, sum, difference: sum - loss, denominator },
    why: null,
    isStageEnd: atEnd !== null,
  };
}

const NOT_FOLLOWED = 'No log-probs of this one are known here: the time line follows a few dozen only.';
const NOT_FOLLOWED_PAIR = `${NOT_FOLLOWED} How far those of the others have moved is measured at the end of improving.`;
const LET_GO =
  'The log-probs of this moment are no longer held: the System view says what the time line keeps, where, and why some of it had to go.';
/** The run follows the item, but this moment's log-probs went: over the memory cap, without storage. */
const wasLetGo = ({ place, rows }: MomentRows, row: number): boolean => row >= 0 && place !== null && rows === null;
const ANSWER_ELSEWHERE = {
  'warm-up':
    'The warm-up learns from pairs: a wrong answer by itself has no loss there. Move the scrubber to forgetting.',
  improving:
    'Improving learns from pairs: a wrong answer by itself has no loss there. Move the scrubber to forgetting.',
  forgetting: '',
} as const;
const PAIR_IN_FORGETTING =
  'Forgetting learns from wrong answers, not from pairs. Move the scrubber to the warm-up or to improving.';

/** The inspector knows the terms of ALLO's and DPO's losses alone. */
const otherLoss = (method: Method): string => {
  const { label, loss } = METHOD_DESCRIPTIONS[method];
  return `This run trains ${label}: ${loss}. Its loss is not taken apart token by token: the inspector does that for ALLO and DPO only. The log-ratios against the SFT model are shown all the same.`;
};

function inspectPair(item: PairItem, source: Source, moment: MomentRows, settings: LossSettings): Inspection {
  const { pair, record } = item;
  const row = rowOf(source.inspected, item);
  const chosen = measured(moment, row, pair.chosen.length);
  const rejected = measured(moment, row + 1, pair.rejected.length);
  const atEnd = row < 0 ? endRatios(source, item, moment.place) : null;
  const logpsOf = {
    chosen: chosen.logps ?? (atEnd && asLogps(atEnd.chosen)),
    rejected: rejected.logps ?? (atEnd && asLogps(atEnd.rejected)),
  };
  const side = (role: 'chosen' | 'rejected', at: ReturnType<typeof measured>): Side => ({
    ...{ ...NOTHING, role, tokens: pair[role], change: at.change, weights: null },
    rewards: role === 'rejected' ? (record?.rewards ?? null) : null,
    wrong: role === 'rejected' ? (record?.wrong ?? null) : null,
    ...(at.logps && { policy: at.logps.policy, reference: at.logps.reference }),
    ratios: logpsOf[role] ? logRatios(logpsOf[role]) : null,
  });
  const sides: [Side, Side] = [side('chosen', chosen), side('rejected', rejected)];
  const none = (why: string): Inspection => ({ sides, loss: null, why, isStageEnd: false });
  if (wasLetGo(moment, row)) return none(LET_GO);
  if (moment.place?.stage === 'forgetting') return none(PAIR_IN_FORGETTING);
  const { method } = source.config;
  if (moment.place?.stage === 'improving' && !trainsDpo(method)) return none(otherLoss(method));
  if (!logpsOf.chosen || !logpsOf.rejected) return none(row < 0 ? NOT_FOLLOWED_PAIR : NOT_FOLLOWED);
  const { beta, keepShare } = settings;
  const keep = keepShare >= 1 ? ones(pair.rejected.length) : keptTokens(logpsOf.rejected, keepShare);
  const dpo = { chosen: logpsOf.chosen, rejected: logpsOf.rejected, keep, beta };
  const result = dpoTerms(dpo);
  const loss = dpoLoss32(dpo);
  const all = ones(pair.chosen.length);
  return {
    sides: [
      { ...sides[0], weights: all, kept: all, terms: result.chosenTerms, gradients: result.chosenGradients },
      { ...sides[1], weights: keep, kept: keep, terms: result.rejectedTerms, gradients: result.rejectedGradients },
    ],
    // The terms add up to βz; the loss is −log σ of it.
    loss: { form: 'dpo', settings, loss, sum: settings.beta * result.z, difference: result.loss - loss, z: result.z },
    why: null,
    isStageEnd: false,
  };
}

/** Share of the response's tokens (EOS left out) that count as unaligned; null without rewards. */
export function unalignedShare(record: RewardRecord | null, ended: boolean, tau: number): number | null {
  if (!record) return null;
  const count = record.rewards.length - (ended ? 1 : 0);
  if (count <= 0) return null;
  let below = 0;
  for (let t = 0; t < count; t++) if (record.rewards[t]! < tau) below++;
  return below / count;
}
