// A rollout of PPO: the present policy answers some training prompts once each; every answer gets a score, its log-probs under policy
// and reference, the critic's values, and from these its advantages (ALGORITHM §8). No update happens here.
import type { RunConfig } from '../config';
import type { Dataset, Example, Question, WrongSample } from '../data/dataset';
import { rolloutAdvantages } from '../losses/ppo';
import { scoredTokens } from '../memory';
import type { Model } from '../model/model';
import { policyLogpsAndValues, type ValueHead } from '../model/valueHead';
import { readOnce } from '../ops/host';
import type { Rng } from '../rng';
import { tf } from '../tf';
import { fillBatches, packExamples, responseValues, type SequenceBatch, sequenceLength } from './batches';
import { sampleAnswers } from './sampling';
import { scoreResponses } from './tokenRewards';
import { batchLogps } from './trainStep';

/** One number an answer. */
export type Scorer = (answers: readonly WrongSample[]) => Promise<number[]>;

/** Who takes part in a rollout. */
export interface Actors {
  policy: Model;
  /** The SFT model. */
  reference: Model;
  /** null: PPO without a critic, whose values are 0. */
  head: ValueHead | null;
  score: Scorer;
}

export type RolloutSettings = Pick<RunConfig, 'temperature' | 'topP' | 'maxNewTokens' | 'klCoefficient' | 'gaeLambda'>;

/** A sampled answer with what the updates need of it, per response token. */
export interface RolloutAnswer extends Example {
  readonly question: Question;
  readonly score: number;
  /** Of the policy that sampled it, at temperature 1 whatever it was sampled at. */
  readonly oldLogps: Float32Array;
  readonly refLogps: Float32Array;
  readonly oldValues: Float32Array;
  /** Whitened over the rollout's tokens. */
  readonly advantages: Float32Array;
  readonly returns: Float32Array;
}

export interface SampledRollout {
  answers: RolloutAnswer[];
  /** Share of right answers, by the checker. */
  accuracy: number;
  /** New tokens of all answers. */
  sampledTokens: number;
}

export interface RolloutTick {
  label: string;
  /** New tokens so far. */
  tokens: number;
}

/** 1 for a right answer, else 0; an answer that did not end is wrong. */
export const checkerScore =
  (dataset: Pick<Dataset, 'check'>): Scorer =>
  async (answers) =>
    answers.map(({ question, response }) => (dataset.check(question, response) ? 1 : 0));

/** The reward model's mean p_t over the answer; 0 for one whose rewriting prompt does not fit it. */
export const rewardModelScore =
  (rewardModel: Model, dataset: Dataset): Scorer =>
  async (answers) => {
    const scoring = scoreResponses(
      rewardModel,
      dataset,
      answers.map(({ question, response }) => ({ question, response, better: question.gold })),
    );
    for (;;) {
      const step = await scoring.next();
      if (step.done) return step.value.map((p) => (p ? p.reduce((sum, x) => sum + x, 0) / p.length : 0));
    }
  };

/** The questions in shuffled epochs, without end. */
export function* promptCycle(questions: readonly Question[], rng: Rng): Generator<Question, never> {
  for (let epoch = 0; ; epoch++) yield* rng.fork(`epoch ${epoch}`).shuffle(questions);
}

/** One answer to each of the questions, which may repeat. Yields progress. */
export async function* sampleRollout(
  actors: Actors,
  dataset: Dataset,
  questions: readonly Question[],
  settings: RolloutSettings,
  rng: Rng,
): AsyncGenerator<RolloutTick, SampledRollout> {
  const { endIds, padId } = dataset;
  const options = { ...settings, samplesPerPrompt: 1, endIds, padId };
  // A question that comes twice gets an answer of its own each time.
  const placed = questions.map((question, place) => ({ ...question, id: `${place}/${question.id}` }));
  const sampling = sampleAnswers(actors.policy, placed, options, rng);
  let responses: number[][] | null = null;
  try {
    while (!responses) {
      const step = await sampling.next();
      if (step.done) responses = step.value.map(([response]) => response!);
      else yield { label: `sampling, ${step.value.done} of ${step.value.total}`, tokens: step.value.tokens };
    }
  } finally {
    await sampling.return([]);
  }
  const answers = questions.map((question, i) => ({ question, prompt: question.prompt, response: responses[i]! }));
  const sampledTokens = responses.reduce((sum, response) => sum + response.length, 0);
  yield { label: 'scoring', tokens: sampledTokens };
  const scores = await actors.score(answers);
  const rows: TokenRows[] = [];
  for (const group of fillBatches(answers, sequenceLength, scoredTokens(actors.policy.config))) {
    rows.push(...(await tokenRows(actors, packExamples(group, padId))));
    yield { label: 'log-probs', tokens: sampledTokens };
  }
  const right = answers.filter(({ question, response }) => dataset.check(question, response)).length;
  return {
    answers: withAdvantages(answers, scores, rows, settings, actors.head !== null),
    accuracy: right / answers.length,
    sampledTokens,
  };
}

type TokenRows = Pick<RolloutAnswer, 'oldLogps' | 'refLogps' | 'oldValues'>;

async function tokenRows({ policy, reference, head }: Actors, batch: SequenceBatch): Promise<TokenRows[]> {
  const { logps, values } = head
    ? await batchLogpsAndValues(policy, head, batch)
    : { logps: await batchLogps(policy, batch), values: new Float32Array(batch.labels.length) };
  const refLogps = await batchLogps(reference, batch);
  return Array.from(batch.counts, (_, b) => ({
    oldLogps: responseValues(batch, logps, b),
    refLogps: responseValues(batch, refLogps, b),
    oldValues: responseValues(batch, values, b),
  }));
}

async function batchLogpsAndValues(policy: Model, head: ValueHead, batch: SequenceBatch) {
  const { logps, values } = tf.tidy(() => policyLogpsAndValues(policy, head, batch));
  const [logpData, valueData] = await Promise.all([readOnce(logps), readOnce(values)]);
  return { logps: new Float32Array(logpData), values: new Float32Array(valueData) };
}

/** Without a critic λ is 1, so that an advantage is the score to go. */
function withAdvantages(
  answers: readonly Pick<RolloutAnswer, 'question' | 'prompt' | 'response'>[],
  scores: readonly number[],
  rows: readonly TokenRows[],
  { klCoefficient, gaeLambda }: RolloutSettings,
  hasCritic: boolean,
): RolloutAnswer[] {
  const width = Math.max(...answers.map(({ response }) => response.length));
  const rectangle = (rowOf: (b: number) => ArrayLike<number>): Float32Array => {
    const out = new Float32Array(answers.length * width);
    for (let b = 0; b < answers.length; b++) out.set(rowOf(b), b * width);
    return out;
  };
  const { whitenedAdvantages, returns } = rolloutAdvantages(
    {
      oldLogps: rectangle((b) => rows[b]!.oldLogps),
      refLogps: rectangle((b) => rows[b]!.refLogps),
      values: rectangle((b) => rows[b]!.oldValues),
      mask: rectangle((b) => new Uint8Array(answers[b]!.response.length).fill(1)),
      scores,
    },
    { klCoefficient, gamma: 1, lambda: hasCritic ? gaeLambda : 1 },
  );
  return answers.map((answer, b) => {
    const own = (values: Float32Array): Float32Array => values.slice(b * width, b * width + answer.response.length);
    return { ...answer, ...rows[b]!, score: scores[b]!, advantages: own(whitenedAdvantages), returns: own(returns) };
  });
}
