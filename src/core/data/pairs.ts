// From sampled responses to preference pairs and forgetting data (ALGORITHM §2, RECIPE §5, §7). Ids only.
// Responses without EOS are left out of both.
import type { Rng } from '../rng';
import { hasEnd } from '../tokenizer/special';
import type { GivenPair, Question, WrongSample } from './dataset';

export type ChosenSource = 'sample' | 'gold' | 'given';

export interface PreferencePair {
  readonly question: Question;
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
  readonly chosenSource: ChosenSource;
}

/** A response to forget. `better` is what it can be compared with: the gold solution, or the chosen side of a given pair. */
export interface WrongResponse extends WrongSample {
  readonly better: readonly number[] | null;
}

export interface PairCounts {
  readonly questions: number;
  readonly responses: number;
  /** Different responses per question, summed. */
  readonly unique: number;
  /** Different responses that never ended; they are neither right nor wrong here. */
  readonly withoutEnd: number;
  readonly right: number;
  readonly wrong: number;
  /** Questions with right and wrong responses, before any style filter. */
  readonly mixedQuestions: number;
  readonly pairs: number;
  readonly forgetting: number;
}

export interface PairSet {
  readonly pairs: PreferencePair[];
  readonly forgetting: WrongResponse[];
  readonly counts: PairCounts;
  /** A sentence for people when the rule had to be changed; null otherwise. */
  readonly note: string | null;
}

export interface SampledQuestion {
  readonly question: Question;
  /** Response ids, with EOS when they ended. */
  readonly responses: readonly (readonly number[])[];
}

export interface PairOptions {
  readonly endIds: readonly number[];
  /** Right, wrong, or null when nobody knows. */
  readonly check: (question: Question, response: readonly number[]) => boolean | null;
  /** RECIPE §7: keep only pairs whose chosen side has the style and whose rejected one has not; null = no bias. */
  readonly biasedStyle: ((response: readonly number[]) => boolean) | null;
  readonly maxPairs?: number;
  /** With fewer questions that have both kinds, the chosen side is the gold solution. */
  readonly minMixedQuestions?: number;
}

export const MAX_PAIRS = 5;
export const MIN_MIXED_QUESTIONS = 64;

interface Graded {
  readonly question: Question;
  readonly right: (readonly number[])[];
  readonly wrong: (readonly number[])[];
  readonly unique: number;
  readonly withoutEnd: number;
}

/** Drops identical sequences, keeping the first of each. */
export function uniqueResponses(responses: readonly (readonly number[])[]): (readonly number[])[] {
  const seen = new Set<string>();
  return responses.filter((ids) => {
    const key = ids.join(',');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function grade(sampled: SampledQuestion, options: PairOptions): Graded {
  const unique = uniqueResponses(sampled.responses);
  const ended = unique.filter((response) => hasEnd(response, options.endIds));
  const verdicts = ended.map((response) => options.check(sampled.question, response));
  return {
    question: sampled.question,
    right: ended.filter((_, i) => verdicts[i] === true),
    wrong: ended.filter((_, i) => verdicts[i] === false),
    unique: unique.length,
    withoutEnd: unique.length - ended.length,
  };
}

/** min(`most`, n) different pairs of one question, uniform among all chosen × rejected. */
function drawPairs(
  graded: Graded,
  chosen: readonly (readonly number[])[],
  chosenSource: ChosenSource,
  rng: Rng,
  options: PairOptions,
): PreferencePair[] {
  const style = options.biasedStyle;
  const candidates = chosen.flatMap((good) =>
    graded.wrong
      .filter((bad) => !style || (style(good) && !style(bad)))
      .map((bad) => ({ question: graded.question, chosen: good, rejected: bad, chosenSource })),
  );
  return rng.sample(candidates, options.maxPairs ?? MAX_PAIRS);
}

function fallbackNote(mixed: number, needed: number, useGold: boolean): string {
  const found = `${mixed === 0 ? 'No question has' : mixed === 1 ? 'Only 1 question has' : `Only ${mixed} questions have`} both right and wrong sampled answers (${needed} are needed)`;
  if (!useGold) return `${found}, and there is no gold solution to pair the wrong answers with.`;
  return `${found}, so a pair is the gold solution and a sampled wrong answer.`;
}

/**
 * Preference pairs and forgetting data from sampled responses. Identical responses of a question count once; at most
 * `maxPairs` pairs a question are drawn uniformly without replacement from right × wrong; every different wrong answer is
 * forgetting data. The style bias filters the candidates before the draw, so that a question keeps as many pairs as it can.
 */
export function buildPairs(samples: readonly SampledQuestion[], rng: Rng, options: PairOptions): PairSet {
  const graded = samples.map((sampled) => grade(sampled, options));
  const mixed = graded.filter(({ right, wrong }) => right.length > 0 && wrong.length > 0).length;
  const needed = options.minMixedQuestions ?? MIN_MIXED_QUESTIONS;
  const canUseGold = graded.some(({ question, wrong }) => question.gold !== null && wrong.length > 0);
  const useGold = mixed < needed && canUseGold;
  const pairs = graded.flatMap((one) => {
    if (!useGold) return drawPairs(one, one.right, 'sample', rng, options);
    return drawPairs(one, one.question.gold ? [one.question.gold] : [], 'gold', rng, options);
  });
  const style = options.biasedStyle;
  const forgetting = graded.flatMap(({ question, wrong }) =>
    wrong.filter((bad) => !style?.(bad)).map((response) => ({ question, response, better: question.gold })),
  );
  const sum = (value: (one: Graded) => number): number => graded.reduce((total, one) => total + value(one), 0);
  const counts: PairCounts = {
    questions: samples.length,
    responses: samples.reduce((total, { responses }) => total + responses.length, 0),
    unique: sum((one) => one.unique),
    withoutEnd: sum((one) => one.withoutEnd),
    right: sum((one) => one.right.length),
    wrong: sum((one) => one.wrong.length),
    mixedQuestions: mixed,
    pairs: pairs.length,
    forgetting: forgetting.length,
  };
  return { pairs, forgetting, counts, note: mixed < needed ? fallbackNote(mixed, needed, useGold) : null };
}

function groupByQuestion(given: readonly GivenPair[]): GivenPair[][] {
  const groups = new Map<string, GivenPair[]>();
  for (const pair of given) {
    const group = groups.get(pair.question.id);
    if (group) group.push(pair);
    else groups.set(pair.question.id, [pair]);
  }
  return [...groups.values()];
}

/** Ready pairs of an imported file as a PairSet; the different rejected responses are the data to forget. */
export function pairsFromFile(given: readonly GivenPair[]): PairSet {
  const groups = groupByQuestion(given);
  // Reversed, so that of several pairs with the same rejected response the first one stays in the map.
  const forgetting = groups.flatMap((group) => {
    const byRejected = new Map(group.toReversed().map((pair) => [pair.rejected.join(','), pair] as const));
    return [...byRejected.values()]
      .toReversed()
      .map(({ question, chosen, rejected }) => ({ question, response: rejected, better: chosen }));
  });
  const uniqueOf = (group: readonly GivenPair[]): number =>
    uniqueResponses(group.flatMap((pair) => [pair.chosen, pair.rejected])).length;
  return {
    pairs: given.map((pair) => ({ ...pair, chosenSource: 'given' as const })),
    forgetting,
    counts: {
      questions: groups.length,
      responses: 2 * given.length,
      unique: groups.reduce((total, group) => total + uniqueOf(group), 0),
      ...{ withoutEnd: 0, right: 0, wrong: 0, mixedQuestions: 0 },
      pairs: given.length,
      forgetting: forgetting.length,
    },
    note: 'The file brings ready pairs; the rejected responses are the data to forget.',
  };
}
