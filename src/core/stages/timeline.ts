// The time line: at a stage's entry, at log-spaced steps and at its end the log-probs of the same few answers and greedy answers to the
// same few prompts are taken, beside the KL to SFT. Looking changes nothing: no random stream, no score that a stage uses, no weight.
import type { Example, Question } from '../data/dataset';
import type { PreferencePair, WrongResponse } from '../data/pairs';
import type { RunEvent, SnapshotAnswer, TimedStage } from '../events';
import { KEPT_STEPS, SCORED_TOKENS } from '../memory';
import { parameterCount, tensorSpecs } from '../model/config';
import type { Model } from '../model/model';
import { sequenceLength } from './batches';
import { type Events, policyOf, type RunContext, responseIds } from './context';
import { exampleOf } from './logRatios';
import { sides } from './preference';
import { promptRecord } from './sampling';
import { seenScores } from './scores';
import { spread } from './watched';

/** Whose tokens and answers the snapshots follow. */
export interface Inspected {
  /** Chosen and rejected of each pair, then the wrong responses. */
  examples: readonly Example[];
  questions: readonly Question[];
  /** Log-probs at the present stage's entry. */
  reference: readonly Float32Array[];
  /** By the state of the weights: a stage begins where the last one ended. */
  answers: WeakMap<object, SnapshotAnswer[]>;
}

/** Pairs, wrong responses and prompts at most, */
const MOST_ROWS = 48;
const MOST_PROMPTS = 24;
/**
 * but a snapshot is to cost about as much as two training steps whatever the model and the length of its answers: the pairs and the
 * responses may have three batches' tokens each (a step's forward and backward pass is three forward passes), and the answers that are decoded
 * one batch's, but at least so many pairs, responses and prompts.
 */
const ROWS_BATCHES = 3;
const FEWEST = 8;

/** At most `MOST_ROWS` places of the list, evenly spread, whose tokens fit. */
function fitting<T>(items: readonly T[], tokensOf: (item: T) => number, mostTokens: number): number[] {
  for (let most = Math.min(MOST_ROWS, items.length); ; most--) {
    const places = spread(items.length, most);
    const tokens = places.reduce((sum, at) => sum + tokensOf(items[at]!), 0);
    if (tokens <= mostTokens || most <= FEWEST) return places;
  }
}

const pairTokens = (pair: PreferencePair): number =>
  sides(pair).reduce((sum, example) => sum + sequenceLength(example), 0);

/** The wrong responses of the run that the time line follows. */
export function followedResponses({ config, pairSet }: Pick<RunContext, 'config' | 'pairSet'>): WrongResponse[] {
  const forgetting = pairSet?.forgetting ?? [];
  const tokensOf = (item: WrongResponse) => sequenceLength(exampleOf(item));
  return fitting(forgetting, tokensOf, ROWS_BATCHES * config.batchTokens).map((at) => forgetting[at]!);
}

/** Chooses whom to follow: the same in every run on the same pairs. */
export function inspect(context: RunContext): RunEvent[] {
  const { config, dataset, pairSet } = context;
  if (!context.isWatched || !pairSet) return [];
  const { pairs } = pairSet;
  const pairPlaces = fitting(pairs, pairTokens, ROWS_BATCHES * config.batchTokens);
  const wrong = followedResponses(context);
  const mostPrompts = Math.min(MOST_PROMPTS, Math.floor(config.batchTokens / config.maxNewTokens));
  const questions = dataset.evaluationQuestions(dataset.alignedFamily, 'held-out', Math.max(FEWEST, mostPrompts));
  context.inspected = {
    examples: [
      ...pairPlaces.flatMap((at) => sides(pairs[at]!)),
      ...wrong.map((item: WrongResponse) => exampleOf(item)),
    ],
    questions,
    reference: [],
    answers: new WeakMap(),
  };
  const responses = responseIds(context, wrong);
  return [{ type: 'inspected', pairs: pairPlaces, responses, prompts: questions.map(promptRecord) }];
}

/** What a moment of the time line tells: the change of the weights (small models), then the snapshot. */
export async function* moment(context: RunContext, stage: TimedStage, step: number, total: number): Events {
  const { inspected } = context;
  if (!inspected) return;
  const model = policyOf(context);
  if (parameterCount(context.modelConfig) <= KEPT_STEPS) {
    yield { type: 'update', stage, step, tensors: await updateOf(context, model) };
  }
  const policy = await seenScores(model, inspected.examples, SCORED_TOKENS, context.dataset.padId);
  if (step === 0) inspected.reference = policy;
  const answers =
    inspected.answers.get(model.state) ?? (await context.evaluator.greedyAnswers(model, inspected.questions));
  inspected.answers.set(model.state, answers);
  const klToSft = await context.evaluator.klToSft(model);
  const rows = { policy: together(policy), reference: together(inspected.reference) };
  yield { type: 'snapshot', stage, step, total, ...rows, answers, klToSft };
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
