// The time line of a made-up run: whose tokens it follows, moments at log-spaced steps, an update in slow motion, changed settings.
// The numbers agree with each other (policy − reference falls where a token is wrong) and mean nothing.
import type {
  AnatomyExample,
  PairRecord,
  PromptRecord,
  ResponseRecord,
  RewardRecord,
  RunEvent,
  StepMetrics,
  TimedStage,
} from '../core/events';
import { type ModelConfig, sizeOf, tensorSpecs } from '../core/model/config';
import { createRng, type Rng } from '../core/rng';
import { spread, watchedSteps } from '../core/stages/watched';
import { type FakeQuestion, fakeEncode, fakeQuestion, fakeSolution } from './fakeText';

const PAIRS = 48;
const RESPONSES = 48;
const PROMPTS = 24;

/** A token row of the time line: log-probs of the SFT model, and which way training pushes each token. */
interface Row {
  base: Float32Array;
  push: Float32Array;
}

export interface FakeTimeline {
  inspected: Extract<RunEvent, { type: 'inspected' }>;
  /** In the order of the log-probs of a snapshot. */
  rows: readonly Row[];
  /** Per prompt: the question, and how good the model must be to answer it. */
  questions: readonly (FakeQuestion & { needs: number })[];
  pairs: readonly PairRecord[];
  rewards: ReadonlyMap<number, RewardRecord>;
  prompts: readonly PromptRecord[];
  /** By id. */
  responses: readonly ResponseRecord[];
}

interface Sources {
  pairs: readonly PairRecord[];
  forgetting: readonly number[];
  prompts: readonly PromptRecord[];
  responses: readonly ResponseRecord[];
  /** Of every wrong response. */
  records: readonly RewardRecord[];
  /** Verdict per token of a rejected response. */
  wrongOf: (pair: PairRecord) => Uint8Array;
  family: string;
  seed: number;
}

export function fakeTimeline(sources: Sources): FakeTimeline {
  const { pairs, forgetting, prompts, records, responses: answers, wrongOf, family, seed } = sources;
  const rng = createRng(seed, 'fake time line');
  const rewards = new Map(records.map((record) => [record.responseId, record]));
  const chosenPairs = spread(pairs.length, PAIRS);
  const responses = spread(forgetting.length, RESPONSES).map((at) => forgetting[at]!);
  const rows: Row[] = [];
  for (const at of chosenPairs) {
    const pair = pairs[at]!;
    rows.push(fakeRow(rng, new Uint8Array(pair.chosen.length), 0.15), fakeRow(rng, wrongOf(pair), -0.05));
  }
  for (const id of responses) rows.push(fakeRow(rng, rewards.get(id)!.wrong!, -0.05));
  const questions = Array.from({ length: PROMPTS }, () => ({ ...fakeQuestion(rng), needs: rng.next() }));
  const inspected = {
    type: 'inspected' as const,
    ...{ pairs: chosenPairs, responses },
    prompts: questions.map((question, id) => ({
      ...{ id, family, text: question.text, tokens: fakeEncode(question.text) },
      gold: fakeSolution(question, STYLE, 'none'),
    })),
  };
  return { inspected, rows, questions, pairs, rewards, prompts, responses: answers };
}

const STYLE = { opener: 'ok', link: 'so' };

function fakeRow(rng: Rng, wrong: Uint8Array, drift: number): Row {
  const base = Float32Array.from(wrong, (verdict) => -(verdict > 0 ? 0.6 : 0.02) - 0.5 * rng.next() ** 3);
  const push = Float32Array.from(wrong, (verdict) => (verdict > 0 ? -2.2 : drift) * (0.4 + 0.6 * rng.next()));
  return { base, push };
}

/** How far a stage has pushed at a share of its way, and where it started. */
const PUSHED: Record<TimedStage, { from: number; by: number; right: readonly [number, number]; kl: number }> = {
  'warm-up': { from: 0, by: 0.2, right: [0.5, 0.56], kl: 0.008 },
  forgetting: { from: 0, by: 0.7, right: [0.5, 0.66], kl: 0.02 },
  improving: { from: 0.7, by: 0.8, right: [0.66, 0.94], kl: 0.046 },
};

const logpsAt = ({ base, push }: Row, pushed: number): Float32Array =>
  base.map((logp, t) => Math.min(-1e-4, logp + pushed * push[t]!));

/** The moment of a stage after `step` of `total` steps. */
export function fakeSnapshot(timeline: FakeTimeline, stage: TimedStage, step: number, total: number): RunEvent {
  const { from, by, right, kl } = PUSHED[stage];
  const way = total === 0 ? 1 : step / total;
  const startKl = stage === 'improving' ? PUSHED.forgetting.kl : 0;
  const quality = right[0] + (right[1] - right[0]) * way;
  return {
    ...{ type: 'snapshot', stage, step, total },
    policy: timeline.rows.map((row) => logpsAt(row, from + by * way)),
    reference: timeline.rows.map((row) => logpsAt(row, from)),
    answers: timeline.questions.map((question, i) => {
      // One right answer breaks while the model forgets, and comes back.
      const isBroken = i === 3 && stage === 'forgetting' && way > 0.5;
      const correct = i === 3 ? !isBroken : question.needs < quality;
      return { tokens: fakeSolution(question, STYLE, correct ? 'none' : i % 2 ? 'tens' : 'ones'), correct };
    }),
    klToSft: startKl + (kl - startKl) * way,
  };
}

/** Steps with a moment: the entry and those that a real run looks at. */
export const fakeMoments = (total: number): ReadonlySet<number> => new Set([0, ...watchedSteps(total)]);

interface Update {
  stage: TimedStage;
  step: number;
  total: number;
  metrics: StepMetrics;
  clipNorm: number;
  model: ModelConfig;
  /** Share of the weights that may change. */
  share: number;
  keepShare: number;
  beta: number;
}

/** One update in slow motion, of the first inspected pair or wrong response. */
export function fakeAnatomy(timeline: FakeTimeline, update: Update): RunEvent {
  const { stage, step, total, metrics, model, share } = update;
  const specs = tensorSpecs(model);
  const weights = specs.reduce((sum, spec) => sum + sizeOf(spec), 0);
  const allowed = Math.floor(weights * share);
  return {
    ...{ type: 'anatomy', stage, step },
    example: exampleOf(timeline, update, (step - 1) / total),
    loss: metrics.loss,
    gradientNorm: metrics.gradientNorm,
    clipScale: Math.min(1, update.clipNorm / metrics.gradientNorm),
    learningRate: metrics.learningRate,
    ...{ moved: allowed, allowed, weights },
    largest: { tensor: specs[3]!.name, index: 1234, change: -1.9 * metrics.learningRate },
  };
}

function exampleOf(timeline: FakeTimeline, { stage, keepShare, beta }: Update, way: number): AnatomyExample {
  const { inspected, rows, pairs, rewards, responses, prompts } = timeline;
  const { from, by } = PUSHED[stage];
  const isForgetting = stage === 'forgetting';
  const pair = isForgetting ? null : pairs[inspected.pairs[0]!]!;
  const response = pair
    ? responses.find(({ promptId, tokens }) => promptId === pair.promptId && tokens === pair.rejected)!
    : responses[inspected.responses[0]!]!;
  const record = rewards.get(response.id)!;
  const used = pair ? [rows[1]!, rows[0]!] : [rows[2 * inspected.pairs.length]!];
  const policy = used.map((row) => logpsAt(row, from + by * way));
  const reference = used.map((row) => logpsAt(row, from));
  const weights = pair
    ? kept(policy[0]!, reference[0]!, stage === 'improving' ? keepShare : 1)
    : record.weights.slice();
  return {
    prompt: prompts[response.promptId]!.text,
    rejected: response.tokens,
    chosen: pair ? pair.chosen : null,
    ...{ policy, reference },
    rewards: record.rewards.slice(),
    weights,
    // As if it were a batch of eight like it.
    denominator: 8 * (pair ? 1 : weights.reduce((sum, weight) => sum + weight, 0)),
    beta,
  };
}

/** 1 for the tokens with the lowest log-ratios. */
function kept(policy: Float32Array, reference: Float32Array, share: number): Float32Array {
  const order = [...policy.keys()].sort((a, b) => policy[a]! - reference[a]! - (policy[b]! - reference[b]!) || a - b);
  const keep = new Float32Array(policy.length);
  for (const t of order.slice(0, Math.max(1, Math.floor(share * policy.length)))) keep[t] = 1;
  return keep;
}
