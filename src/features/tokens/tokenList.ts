// The list of all wrong answers or pairs: what each row measures, and how rows are found and sorted. Pure.
import type { PairRecord, RewardRecord, TimedStage } from '../../core/events';
import { trainsDpo } from '../../core/methods';
import { npoLoss32 } from '../../core/tokens/floatLoss';
import { weightDenominator } from '../../core/tokens/rewards';
import type { BatchLosses, RunState } from '../../state/runState';
import {
  type AnswerItem,
  endRatios,
  forgettingWeights,
  type Item,
  type ItemKind,
  inspect,
  type LossSettings,
  type MomentRows,
  type PairItem,
  type Place,
  rowOf,
  type Source,
  unalignedShare,
} from './inspection';
import { firstErrorFate } from './rewardStats';

export const SORTS = ['run', 'loss', 'unaligned', 'family'] as const;
export type Sort = (typeof SORTS)[number];
export const SORT_LABELS: Record<Sort, string> = {
  run: 'as they come',
  loss: 'loss, highest first',
  unaligned: 'share of unaligned tokens',
  family: 'family',
};

export interface ListRow {
  item: Item;
  /** Of this answer or pair alone; null where the stage has none. */
  loss: number | null;
  /** Updates of the stage after which the loss was known last, where that is not the moment on show. */
  lossStep: number | null;
  /** Share of the (rejected) response's tokens with p < τ. */
  unaligned: number | null;
}

/** What does not depend on the moment. */
export interface RestingRow extends Pick<ListRow, 'item' | 'unaligned'> {
  /** Before a stage's first update, where the policy is the reference: every log-ratio is 0. */
  start: number;
  /** Of an answer, as forgetting left it; null where that was not measured. */
  end: number | null;
}

export const itemKey = (item: Item): string =>
  item.kind === 'pair' ? `pair-${item.index}` : `answer-${item.response.id}`;

/** Its number in the address: id of a wrong answer, place of a pair. */
export const itemNumber = (item: Item): number => (item.kind === 'pair' ? item.index : item.response.id);

/** What was chosen, or what the stage of the moment learns from; of which there is any. */
export function shownKind(
  chosen: ItemKind | null,
  place: Place | null,
  { answers, pairs }: { answers: number; pairs: number },
): ItemKind {
  const wanted = chosen ?? (place === null || place.stage === 'forgetting' ? 'answer' : 'pair');
  if (wanted === 'pair') return pairs > 0 || answers === 0 ? 'pair' : 'answer';
  return answers > 0 ? 'answer' : 'pair';
}

/** Unaligned share, and of answers the losses at both ends of forgetting. */
export function restingRows(
  items: readonly Item[],
  { config, logRatios }: Pick<Source, 'config' | 'logRatios'>,
  settings: LossSettings,
): RestingRow[] {
  return items.map((item): RestingRow => {
    if (item.kind === 'pair') {
      return { item, unaligned: unalignedShare(item.record, true, settings.tau), start: Math.LN2, end: null };
    }
    const { record, response } = item;
    const weights = forgettingWeights(record, config, settings.tau);
    const denominator = weightDenominator(weights, new Uint8Array(weights.length).fill(1), config.weighting);
    const ratios = logRatios.forgetting?.get(response.id);
    const reference = new Float32Array(weights.length);
    return {
      item,
      unaligned: unalignedShare(record, response.ended, settings.tau),
      start: denominator > 0 ? (sumOf(weights) * Math.LN2) / denominator : 0,
      end: ratios ? npoLoss32({ policy: ratios, reference, weights, denominator, beta: settings.beta }) : null,
    };
  });
}

const sumOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let t = 0; t < values.length; t++) sum += values[t]!;
  return sum;
};

/** The loss that each item had when training used it last, by its number. */
export type LastLosses = ReadonlyMap<number, { loss: number; step: number }>;

/** Of the given batches; a later one says more than an earlier one. */
export function lastLosses(batches: readonly BatchLosses[]): LastLosses {
  const last = new Map<number, { loss: number; step: number }>();
  for (const { step, items, losses } of batches)
    items.forEach((item, i) => void last.set(item, { loss: losses[i]!, step }));
  return last;
}

/** The stage whose batches say what items of a kind cost at a place; null where there is none. */
export function learningStage(kind: ItemKind, place: Place | null): TimedStage | null {
  if (!place) return null;
  if (kind === 'answer') return 'forgetting';
  return place.stage === 'forgetting' ? null : place.stage;
}

/**
 * Every item with its numbers at a moment. `last`: of the batches of the item's `learningStage` up to the moment. Where the moment
 * itself does not say what an item costs, training's last batch with it does, or the stage's start.
 */
export function listRows(
  resting: readonly RestingRow[],
  source: Source,
  moment: MomentRows,
  last: LastLosses,
  settings: LossSettings,
): ListRow[] {
  return resting.map((row) => {
    const { item, unaligned } = row;
    return { item, unaligned, ...lossAt(row, source, moment, last, settings) };
  });
}

function lossAt(
  { item, start, end }: RestingRow,
  source: Source,
  moment: MomentRows,
  last: LastLosses,
  settings: LossSettings,
): Pick<ListRow, 'loss' | 'lossStep'> {
  const { place } = moment;
  const stage = learningStage(item.kind, place);
  // What a pair costs is worked out for DPO's losses only.
  const isOther = stage === 'improving' && !trainsDpo(source.config.method);
  if (!place || !stage || isOther) return { loss: null, lossStep: null };
  const isOver = stage !== place.stage;
  const seen = last.get(itemNumber(item));
  // Elsewhere an answer rests as forgetting left it, and before forgetting there is nothing to rest.
  if (isOver && end === null && last.size === 0) return { loss: null, lossStep: null };
  const measured = isOver ? end : measuredLoss(item, end, source, moment, settings);
  if (measured !== null) return { loss: measured, lossStep: null };
  const known = seen ?? { loss: start, step: 0 };
  return { loss: known.loss, lossStep: !isOver && known.step === place.step ? null : known.step };
}

/** At the moment itself: of what the time line follows, and of the others at the end of the stage. */
function measuredLoss(
  item: Item,
  end: number | null,
  source: Source,
  moment: MomentRows,
  settings: LossSettings,
): number | null {
  const { place, rows } = moment;
  if (rows && rowOf(source.inspected, item) >= 0) return inspect(item, source, moment, settings).loss?.loss ?? null;
  if (item.kind === 'answer') return place?.step === source.config.forgettingSteps ? end : null;
  return endRatios(source, item, place)?.loss ?? null;
}

const EARLIER =
  'Faint: not measured at this moment. The loss that training found when it last used it, after so many updates (0: as the stage began).';

/** Of which moment the losses of the list are, where it is not the one on show. */
export function lossNote(rows: readonly ListRow[], kind: ItemKind, place: Place | null): string | null {
  if (kind === 'pair' && place?.stage === 'forgetting') return 'Forgetting has no loss of pairs.';
  const earlier = rows.some(({ lossStep }) => lossStep !== null) ? EARLIER : null;
  if (kind === 'pair' || !place || place.stage === 'forgetting') return earlier;
  if (rows.every(({ loss }) => loss === null)) return null;
  return `Losses as forgetting left them.${earlier ? ` ${earlier}` : ''}`;
}

const descending = (a: number | null, b: number | null): number =>
  (b ?? Number.NEGATIVE_INFINITY) - (a ?? Number.NEGATIVE_INFINITY) || 0;

/** Sorted rows; what is not known comes last, ties stay in the order of the run. */
export function sortRows(rows: readonly ListRow[], sort: Sort): ListRow[] {
  const sorted = [...rows];
  if (sort === 'loss') sorted.sort((a, b) => descending(a.loss, b.loss));
  if (sort === 'unaligned') sorted.sort((a, b) => descending(a.unaligned, b.unaligned));
  if (sort === 'family')
    sorted.sort((a, b) =>
      a.item.prompt.family < b.item.prompt.family ? -1 : Number(a.item.prompt.family > b.item.prompt.family),
    );
  return sorted;
}

export const FATES = ['all', 'found', 'missed'] as const;
export type Fate = (typeof FATES)[number];

export const hasFate = ({ item }: ListRow, fate: Fate, tau: number): boolean =>
  fate === 'all' || (item.record !== null && firstErrorFate(item.record, tau) === fate);

/** Wrong answers with their prompts, in the order of their rewards. */
export function answerItems(
  records: readonly RewardRecord[],
  responses: RunState['responses'],
  prompts: RunState['prompts'],
): AnswerItem[] {
  const responseOf = new Map(responses.map((response) => [response.id, response]));
  const promptOf = new Map(prompts.map((prompt) => [prompt.id, prompt]));
  return records.flatMap((record): AnswerItem[] => {
    const response = responseOf.get(record.responseId);
    const prompt = response && promptOf.get(response.promptId);
    return response && prompt ? [{ kind: 'answer', response, prompt, record }] : [];
  });
}

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, t) => id === b[t]);

/** Pairs with their prompts, and the rewards of the rejected response where that very answer was scored. */
export function pairItems(
  pairs: readonly PairRecord[],
  prompts: RunState['prompts'],
  answers: readonly AnswerItem[],
): PairItem[] {
  const promptOf = new Map(prompts.map((prompt) => [prompt.id, prompt]));
  const answersOf = new Map<number, AnswerItem[]>();
  for (const answer of answers) {
    const known = answersOf.get(answer.prompt.id);
    if (known) known.push(answer);
    else answersOf.set(answer.prompt.id, [answer]);
  }
  return pairs.flatMap((pair, index): PairItem[] => {
    const prompt = promptOf.get(pair.promptId);
    const scored = answersOf.get(pair.promptId)?.find(({ response }) => equal(response.tokens, pair.rejected));
    return prompt ? [{ kind: 'pair', index, pair, prompt, record: scored?.record ?? null }] : [];
  });
}
