// The time line: at a stage's entry, at log-spaced steps and at its end the log-probs of the same few answers and greedy answers to the
// same few prompts are taken, beside the KL to SFT. Looking changes nothing: no random stream, no score that a stage uses, no weight.
import type { Example, Question } from '../data/dataset';
import type { PreferencePair, WrongResponse } from '../data/pairs';
import type { RunEvent, SnapshotAnswer, TimedStage } from '../events';
import { KEPT_STEPS, scoredTokens } from '../memory';
import { parameterCount, tensorSpecs } from '../model/config';
import type { Model } from '../model/model';
import { sequenceLength } from './batches';
import { type Events, policyOf, type RunContext, responseIds, responseKey } from './context';
import { exampleOf, tokensOf } from './logRatios';
import { sides } from './preference';
import { promptRecord } from './sampling';
import { seenScores } from './scores';
import { spread } from './watched';

/** Whose tokens and answers the snapshots follow. */
export interface Inspected {
  /** Chosen and rejected of each pair, then the wrong responses. */
  examples: readonly Example[];
  wrong: readonly WrongResponse[];
  questions: readonly Question[];
  /** At the present stage's entry. */
  entry: Look | null;
  /** By the state of the weights: a stage begins where the last one ended. */
  looks: WeakMap<object, Look>;
}

/** What is seen at a moment. */
interface Look {
  policy: readonly Float32Array[];
  answers: SnapshotAnswer[];
  klToSft: number;
}

/** Pairs, wrong responses and prompts, at most, */
const MOST_ROWS = 48;
const MOST_PROMPTS = 24;
/**
 * but a snapshot is to take no longer than about two training steps, whatever the model and the length of its answers. A step is three passes
 * (forward, and backward twice as long) over a batch. So the pairs have two batches' tokens, the wrong responses that are in none of these
 * pairs one, and the answers that are decoded one; or the fewest, where not even these fit.
 */
const PAIR_BATCHES = 2;
const RESPONSE_BATCHES = 1;
const ANSWER_BATCHES = 1;
const FEWEST = 8;

/** As many places of the list as fit, `most` at most, evenly spread. */
function fitting<T>(items: readonly T[], tokensOf: (item: T) => number, most: number, mostTokens: number): number[] {
  for (let count = Math.min(most, items.length); ; count--) {
    const places = spread(items.length, count);
    const tokens = places.reduce((sum, at) => sum + tokensOf(items[at]!), 0);
    if (tokens <= mostTokens || count <= FEWEST) return places;
  }
}

const pairTokens = (pair: PreferencePair): number =>
  sides(pair).reduce((sum, example) => sum + sequenceLength(example), 0);
const keyOf = ({ question, response }: WrongResponse): string => responseKey(question, response);

/** Chooses whom to follow, the same in every run on the same pairs: spread over the pairs, their wrong responses, and some others. */
export function inspect(context: RunContext): RunEvent[] {
  const { config, dataset, pairSet } = context;
  if (!context.isWatched || !pairSet) return [];
  const { batchTokens, maxNewTokens } = config;
  const { pairs } = pairSet;
  const pairPlaces = fitting(pairs, pairTokens, MOST_ROWS, PAIR_BATCHES * batchTokens);
  const wrong = inspectedWrong(
    pairSet.forgetting,
    pairPlaces.map((at) => pairs[at]!),
    RESPONSE_BATCHES * batchTokens,
  );
  const prompts = Math.min(MOST_PROMPTS, Math.floor((ANSWER_BATCHES * batchTokens) / maxNewTokens));
  const questions = dataset.evaluationQuestions(dataset.alignedFamily, 'held-out', Math.max(FEWEST, prompts));
  context.inspected = {
    examples: [...pairPlaces.flatMap((at) => sides(pairs[at]!)), ...wrong.map(exampleOf)],
    wrong,
    questions,
    entry: null,
    looks: new WeakMap(),
  };
  const responses = responseIds(context, wrong);
  return [{ type: 'inspected', pairs: pairPlaces, responses, prompts: questions.map(promptRecord) }];
}

/** The wrong responses of the pairs, whose log-probs are taken anyway, and others that fit; in the order of the forgetting data. */
function inspectedWrong(
  forgetting: readonly WrongResponse[],
  pairs: readonly PreferencePair[],
  mostTokens: number,
): WrongResponse[] {
  const rejected = new Set(pairs.map((pair) => responseKey(pair.question, pair.rejected)));
  const own = forgetting.filter((item) => rejected.has(keyOf(item)));
  const others = forgetting.filter((item) => !rejected.has(keyOf(item)));
  const most = Math.max(0, MOST_ROWS - own.length);
  const taken = new Set([...own, ...fitting(others, tokensOf, most, mostTokens).map((at) => others[at]!)]);
  return forgetting.filter((item) => taken.has(item));
}

export interface Moment {
  stage: TimedStage;
  step: number;
  total: number;
  /** The weights may be others than at the stage's entry. */
  hasMoved: boolean;
}

/** What a moment of the time line tells: the change of the weights (small models), then the snapshot. */
export async function* moment(context: RunContext, { hasMoved, ...at }: Moment): Events {
  const { inspected } = context;
  if (!inspected) return;
  const model = policyOf(context);
  if (parameterCount(context.modelConfig) <= KEPT_STEPS) {
    yield { type: 'update', stage: at.stage, step: at.step, tensors: await updateOf(context, model) };
  }
  const isAsAtEntry = at.step > 0 && !hasMoved;
  const { policy, ...measured } = isAsAtEntry ? inspected.entry! : await look(context, model, inspected);
  if (at.step === 0) inspected.entry = { policy, ...measured };
  const rows = { policy: together(policy), reference: together(inspected.entry!.policy) };
  yield { type: 'snapshot', ...at, ...rows, ...measured };
}

async function look({ evaluator, dataset }: RunContext, model: Model, inspected: Inspected): Promise<Look> {
  const { examples, looks, questions } = inspected;
  const known = looks.get(model.state);
  if (known) return known;
  const policy = await seenScores(model, examples, scoredTokens(model.config), dataset.padId);
  const answers = await evaluator.greedyAnswers(model, questions);
  const now = { policy, answers, klToSft: await evaluator.klToSft(model, questions.length) };
  looks.set(model.state, now);
  return now;
}

/** Copies of all rows in one buffer, so that many short rows travel as one. */
function together(rows: readonly Float32Array[]): Float32Array[] {
  const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  return rows.map((row) => {
    all.set(row, at);
    at += row.length;
    return all.subarray(at - row.length, at);
  });
}

async function updateOf({ modelConfig, sft }: RunContext, model: Model): Promise<Float32Array[]> {
  const weights = await model.weights();
  return tensorSpecs(modelConfig).map(({ name }) => {
    const [now, before] = [weights.get(name)!, sft.get(name)!];
    const change = new Float32Array(now.length);
    for (let i = 0; i < change.length; i++) change[i] = now[i]! - before[i]!;
    return change;
  });
}
