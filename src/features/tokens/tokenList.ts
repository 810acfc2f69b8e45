// The list of all wrong answers or pairs: what each row measures, and how rows are found and sorted. Pure.
import type { PairRecord, RewardRecord } from '../../core/events';
import { npoLoss32 } from '../../core/tokens/floatLoss';
import { weightDenominator } from '../../core/tokens/rewards';
import type { RunState } from '../../state/runState';
import {
  type AnswerItem,
  forgettingWeights,
  type Item,
  type ItemKind,
  inspect,
  type LossSettings,
  type MomentRows,
  type PairItem,
  type Place,
  rowOf,
  unalignedShare,
} from './inspection';
import { firstErrorFate } from './rewardStats';

export const SORTS = ['run', 'loss', 'unaligned', 'family'] as const;
export type Sort = (typeof SORTS)[number];
export const SORT_LABELS: Record<Sort, string> = {
  run: 'order of the run',
  loss: 'loss, highest first',
  unaligned: 'share of unaligned tokens',
  family: 'family',
};

export interface ListRow {
  item: Item;
  /** Of this answer alone; null where its log-probs are not known. */
  loss: number | null;
  /** Share of the (rejected) response's tokens with p < τ. */
  unaligned: number | null;
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

type Source = Pick<RunState, 'config' | 'inspected' | 'logRatios'>;

/** What does not depend on the moment: the share of unaligned tokens, and the loss at the end of forgetting. */
export function restingRows(items: readonly Item[], { config, logRatios }: Source, settings: LossSettings): ListRow[] {
  return items.map((item) => {
    const ratios = item.kind === 'answer' ? logRatios.forgetting?.get(item.response.id) : undefined;
    const ended = item.kind === 'answer' ? item.response.ended : true;
    return {
      item,
      loss: item.record && ratios ? endLoss(item.record, ratios, config, settings) : null,
      unaligned: unalignedShare(item.record, ended, settings.tau),
    };
  });
}

function endLoss(record: RewardRecord, ratios: Float32Array, config: Source['config'], settings: LossSettings): number {
  const weights = forgettingWeights(record, config, settings.tau);
  const denominator = weightDenominator(weights, new Uint8Array(weights.length).fill(1), config.weighting);
  return npoLoss32({
    policy: ratios,
    reference: new Float32Array(ratios.length),
    weights,
    denominator,
    beta: settings.beta,
  });
}

/** Every item with its numbers at a moment: the few that the time line follows, the others at rest. */
export function listRows(
  resting: readonly ListRow[],
  source: Source,
  moment: MomentRows,
  settings: LossSettings,
): ListRow[] {
  return resting.map((row) => {
    if (!moment.rows || rowOf(source.inspected, row.item) < 0) return row;
    // Forgetting learns from answers, the other stages from pairs: there an answer rests as forgetting left it, followed or not.
    if ((moment.place?.stage === 'forgetting') !== (row.item.kind === 'answer')) return row;
    return { ...row, loss: inspect(row.item, source, moment, settings).loss?.loss ?? null };
  });
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
