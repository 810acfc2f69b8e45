// A made-up run for tests and for looking at the views: seeded events of the right shape, folded by the real reducer.
// The numbers look plausible and mean nothing.
import type { Family, Preset, RunConfig } from '../core/config';
import type {
  MaskPurpose,
  PairRecord,
  PromptRecord,
  ResponseRecord,
  RewardRecord,
  RunEvent,
  StageName,
  StepMetrics,
  TimedStage,
} from '../core/events';
import { BUILTIN_LENGTHS, runMemory } from '../core/memory';
import { type ModelConfig, sizeOf, tensorSpecs } from '../core/model/config';
import { presetConfig } from '../core/presets';
import { createRng, type Rng } from '../core/rng';
import { spread } from '../core/stages/watched';
import { reduceRun } from '../state/runReducer';
import { createRunState, type FailedRun, type RunState } from '../state/runState';
import { fakeLosses, fakePairRatios } from './fakeLosses';
import { fakeEvaluation, fakeSummary } from './fakeResults';
import {
  FAKE_EOS,
  FAKE_VOCABULARY,
  type FakeQuestion,
  type FakeSlip,
  fakeEncode,
  fakeQuestion,
  fakeSolution,
  fakeStyle,
  fakeWrongTokens,
} from './fakeText';
import { type FakeTimeline, fakeAnatomy, fakeMoments, fakeSnapshot, fakeTimeline } from './fakeTimeline';

/** How far the fake run has come: the events of everything before it, and of half of it where it trains. */
export const FAKE_MOMENTS = [
  'started',
  'sampling',
  'warm-up',
  'mask',
  'rewards',
  'forgetting',
  'done',
  'failed',
] as const;
export type FakeMoment = (typeof FAKE_MOMENTS)[number];

export interface FakeOptions {
  preset?: Preset;
  family?: Family;
  seed?: number;
  architecture?: ModelConfig['architecture'];
  change?: Partial<RunConfig>;
}

/** The run state at a moment. Same options, same state. */
export function fakeRun(moment: FakeMoment = 'done', options: FakeOptions = {}): RunState {
  const config = { ...presetConfig(options.preset ?? 'default', options.family ?? 'math'), ...options.change };
  let state = createRunState('fake-1', 'quiet-otter', config);
  let now = 0;
  for (const event of fakeEvents(moment, options)) {
    now += 40;
    state = reduceRun(state, event, now);
  }
  if (moment === 'done') return { ...state, phase: 'done' };
  if (moment !== 'failed') return { ...state, phase: 'running' };
  const failure: FailedRun = {
    cause: 'not finite',
    resumable: false,
    message: 'The forgetting loss became NaN at step 12.',
    next: 'Lower the forgetting learning rate and restart.',
    detail: 'forgetting: loss NaN at step 12',
  };
  return { ...state, phase: 'failed', failure };
}

interface Fake {
  config: RunConfig;
  model: ModelConfig;
  rng: Rng;
}

/** The events up to a moment, in the order a real run sends them. */
export function* fakeEvents(moment: FakeMoment, options: FakeOptions = {}): Generator<RunEvent> {
  const config = { ...presetConfig(options.preset ?? 'default', options.family ?? 'math'), ...options.change };
  const fake: Fake = {
    config,
    model: fakeModel(config, options.architecture ?? 'llama'),
    rng: createRng(options.seed ?? 1, 'fake'),
  };
  const reached = (wanted: FakeMoment): boolean =>
    FAKE_MOMENTS.indexOf(moment === 'failed' ? 'forgetting' : moment) >= FAKE_MOMENTS.indexOf(wanted);
  yield startedEvent(fake);
  if (!reached('sampling')) return;

  const { prompts, responses } = fakeSamples(fake);
  yield begin('sampling', config.prompts * config.samplesPerPrompt, 'answers');
  yield* sampleEvents(prompts, responses, reached('warm-up') ? 1 : 0.5);
  if (!reached('warm-up')) return;
  yield finish('sampling', 0, null);
  yield { type: 'evaluation', moment: 'before', result: fakeEvaluation('before') };
  const made = fakePairs(prompts, responses);
  yield made;
  yield finish('pairs', 0, null);
  const records = fakeRewards(fake, prompts, responses);
  const timeline = fakeTimeline({
    ...{ pairs: made.pairs, forgetting: made.forgetting, prompts, responses, records },
    wrongOf: ({ promptId, rejected }) => wrongTokensOf({ promptId, tokens: rejected }, prompts),
    ...{ family: config.family, seed: options.seed ?? 1 },
  });
  yield timeline.inspected;
  const train = { fake, timeline };
  yield* training(train, 'warm-up', config.warmupSteps, reached('mask') ? 1 : 0.5, Math.LN2, 0.55);
  if (!reached('mask')) return;
  yield begin('mask', 2, 'masks');
  yield maskEvent(fake, 'forgetting');
  yield maskEvent(fake, 'improving');
  yield finish('mask', 0, null);
  if (!reached('rewards')) return;
  yield begin('token-rewards', records.length, 'answers');
  yield rewardsEvent(fake, records);
  yield finish('token-rewards', 0, null);
  if (!reached('forgetting')) return;
  yield* training(train, 'forgetting', config.forgettingSteps, reached('done') ? 1 : 0.6, Math.LN2, 0.31);
  if (!reached('done')) return;
  yield logRatioEvent(fake, 'forgetting', records);
  yield* training(train, 'improving', config.improvingSteps, 1, 0.66, 0.38);
  yield fakePairRatios(timeline, fake.rng.fork('pair ratios'));
  yield logRatioEvent(fake, 'improving', records);
  yield { type: 'evaluation', moment: 'after', result: fakeEvaluation('after') };
  yield finish('evaluation', 0, null);
  yield { type: 'run.done', summary: fakeSummary(fake.config, fake.model) };
}

function fakeModel(config: RunConfig, architecture: ModelConfig['architecture']): ModelConfig {
  return {
    architecture,
    vocabularySize: 180,
    width: config.width,
    layers: config.layers,
    heads: config.heads,
    kvHeads: config.heads,
    mlpWidth: config.mlpWidth,
    normEpsilon: 1e-5,
    ropeTheta: 10000,
    tiedHead: true,
    attentionBias: false,
    maxPositions: 128,
  };
}

function startedEvent({ config, model }: Fake): RunEvent {
  const tensors = tensorSpecs(model);
  const vocabulary = Array.from({ length: 180 }, (_, id) => FAKE_VOCABULARY[id] ?? `word${id}`);
  const stage = (name: StageName, total: number, unit: string) => ({ name, total, unit });
  return {
    type: 'run.started',
    config,
    backend: { name: 'wasm', label: 'WASM ×2', threads: 2, adapter: null, refused: [], selfCheck: [] },
    model,
    tensors,
    totalParameters: tensors.reduce((sum, spec) => sum + sizeOf(spec), 0),
    families: ['math', 'qa', 'instruct'],
    alignedFamily: config.family,
    dataName: 'built-in tasks',
    hasAnswers: true,
    stages: [
      stage('sampling', config.prompts * config.samplesPerPrompt, 'answers'),
      stage('pairs', 1, 'set'),
      stage('warm-up', config.warmupSteps, 'steps'),
      stage('mask', 2, 'masks'),
      stage('token-rewards', 0, 'answers'),
      stage('forgetting', config.forgettingSteps, 'steps'),
      stage('improving', config.improvingSteps, 'steps'),
      stage('evaluation', config.heldOutPrompts, 'prompts'),
    ],
    vocabulary,
    eosId: FAKE_EOS,
    memory: runMemory(config, model, {
      lengths: BUILTIN_LENGTHS,
      backend: 'wasm',
      trainsSft: false,
      trainsRewards: false,
    }),
  };
}

const begin = (stage: StageName, total: number, unit: string, label = ''): RunEvent => ({
  type: 'stage.started',
  stage,
  label,
  total,
  unit,
});
const finish = (name: StageName, steps: number, lastLoss: number | null): RunEvent => ({
  type: 'stage.done',
  summary: { name, steps, seconds: 1.5, firstLoss: lastLoss === null ? null : Math.LN2, lastLoss },
  memoryBytes: 93e6,
});

function fakeSamples({ config, rng }: Fake): { prompts: PromptRecord[]; responses: ResponseRecord[] } {
  const stream = rng.fork('samples');
  const prompts: PromptRecord[] = [];
  const responses: ResponseRecord[] = [];
  for (let id = 0; id < config.prompts; id++) {
    const question = fakeQuestion(stream);
    const gold = fakeSolution(question, { opener: 'ok', link: 'so' }, 'none');
    prompts.push({ id, family: config.family, text: question.text, tokens: fakeEncode(question.text), gold });
    const seen = new Map<string, number>();
    for (let n = 0; n < config.samplesPerPrompt; n++) addSample(stream, question, id, responses, seen);
  }
  return { prompts, responses };
}

function addSample(
  rng: Rng,
  question: FakeQuestion,
  promptId: number,
  all: ResponseRecord[],
  seen: Map<string, number>,
) {
  const slip: FakeSlip = rng.next() < 0.52 ? 'none' : rng.pick(['ones', 'tens'] as const);
  const whole = fakeSolution(question, fakeStyle(rng), slip);
  const ended = rng.next() > 0.03;
  const tokens = ended ? whole : whole.slice(0, -4);
  const text = tokens.join(' ');
  const known = seen.get(text);
  if (known !== undefined) {
    all[known] = { ...all[known]!, copies: all[known]!.copies + 1 };
    return;
  }
  seen.set(text, all.length);
  all.push({ id: all.length, promptId, tokens, correct: ended && slip === 'none', ended, copies: 1 });
}

function* sampleEvents(prompts: PromptRecord[], responses: ResponseRecord[], share: number): Generator<RunEvent> {
  const batch = 64;
  const last = Math.floor(prompts.length * share);
  for (let from = 0; from < last; from += batch) {
    const to = Math.min(from + batch, last);
    const some = responses.filter((r) => r.promptId >= from && r.promptId < to);
    yield { type: 'samples', prompts: prompts.slice(from, to), responses: some };
    const done = responses.filter((r) => r.promptId < to).reduce((sum, r) => sum + r.copies, 0);
    const total = responses.reduce((sum, r) => sum + r.copies, 0);
    yield { type: 'stage.progress', stage: 'sampling', label: 'answers', done, total, tokens: done * 29 };
  }
}

function fakePairs(prompts: PromptRecord[], responses: ResponseRecord[]): Extract<RunEvent, { type: 'pairs' }> {
  const pairs: PairRecord[] = [];
  let promptsWithBoth = 0;
  for (const prompt of prompts) {
    const mine = responses.filter((r) => r.promptId === prompt.id && r.ended);
    const right = mine.filter((r) => r.correct);
    const wrong = mine.filter((r) => !r.correct);
    if (right.length > 0 && wrong.length > 0) promptsWithBoth++;
    wrong.slice(0, 5).forEach((rejected, n) => {
      const sample = right[n % Math.max(right.length, 1)];
      pairs.push({
        promptId: prompt.id,
        chosen: sample?.tokens ?? prompt.gold ?? [],
        rejected: rejected.tokens,
        chosenSource: sample ? 'sample' : 'gold',
      });
    });
  }
  const forgetting = responses.filter((r) => r.correct === false && r.ended).map((r) => r.id);
  return { type: 'pairs', pairs, forgetting, promptsWithBoth, note: null };
}

/** The step of the improving stage whose settings are changed, and the one of each stage that is told in slow motion. */
const CHANGED_STEP = 12;
const SLOW_STEP = 4;

function* training(
  { fake, timeline }: { fake: Fake; timeline: FakeTimeline },
  stage: TimedStage,
  steps: number,
  share: number,
  first: number,
  last: number,
): Generator<RunEvent> {
  const rng = fake.rng.fork(stage);
  yield begin(stage, steps, 'steps', stage);
  const end = Math.floor(steps * share);
  const moments = fakeMoments(steps);
  yield fakeSnapshot(timeline, stage, 0, steps);
  let loss = first;
  for (let step = 1; step <= end; step++) {
    const way = step / steps;
    loss = first + (last - first) * (1 - (1 - way) ** 2) + 0.015 * rng.normal();
    const isChanged = stage === 'improving' && step >= CHANGED_STEP;
    const metrics = fakeMetrics(rng, stage, loss, way, isChanged ? 0.5 : 1);
    if (stage === 'improving' && step === CHANGED_STEP) {
      yield { type: 'settings', stage, step, learningRateScale: 0.5, beta: fake.config.beta };
    }
    yield fakeLosses(timeline, stage, step, steps);
    if (moments.has(step)) yield fakeSnapshot(timeline, stage, step, steps);
    yield { type: 'step', stage, series: stage, step, total: steps, metrics, milliseconds: 20 + rng.int(8) };
    if (step === SLOW_STEP) yield slowMotion(fake, timeline, stage, step, steps, metrics);
  }
  if (end === steps) yield finish(stage, steps, loss);
}

function slowMotion(
  { config, model }: Fake,
  timeline: FakeTimeline,
  stage: TimedStage,
  step: number,
  total: number,
  metrics: StepMetrics,
): RunEvent {
  const share = stage === 'warm-up' ? 1 : config[`${stage}Percent`] / 100;
  const { clipNorm, keepShare, beta } = config;
  return fakeAnatomy(timeline, { stage, step, total, metrics, clipNorm, model, share, keepShare, beta });
}

function fakeMetrics(rng: Rng, stage: TimedStage, loss: number, way: number, rateScale: number): StepMetrics {
  const metrics = {
    loss,
    learningRate: rateScale * 1e-4 * (1 - way),
    gradientNorm: 0.5 + 0.1 * rng.next(),
    tokens: 900 + rng.int(120),
  };
  if (stage === 'forgetting') {
    return { ...metrics, selectedShare: 0.07, rejectedLogp: -4 - 5 * way, rejectedReward: -0.5 * way };
  }
  const accuracy = 0.5 + 0.4 * way + 0.04 * rng.normal();
  const margin = way + 0.1 * rng.normal();
  const [chosenReward, rejectedReward] = [0.3 * margin, -0.7 * margin];
  return {
    ...metrics,
    ...{ accuracy, margin, chosenReward, rejectedReward },
    ...{ chosenLogp: -3 + 10 * chosenReward, rejectedLogp: -5 + 10 * rejectedReward },
    selectedShare: stage === 'improving' ? 0.48 : 1,
  };
}

/** Density by kind of tensor (RECIPE §8: embeddings low, norms middling, projections high), on top of a streaky pattern. */
function density(name: string, share: number): number {
  if (/embed|wte|wpe/.test(name)) return 0.25 * share;
  if (/norm|ln_/.test(name)) return 1.5 * share;
  if (/v_proj|o_proj|down_proj|c_proj/.test(name)) return 1.25 * share;
  return 0.95 * share;
}

function maskEvent({ config, model, rng }: Fake, purpose: MaskPurpose): RunEvent {
  const stream = rng.fork(`mask ${purpose}`);
  const requested = purpose === 'forgetting' ? config.forgettingPercent : config.improvingPercent;
  let selected = 0;
  let total = 0;
  const tensors = tensorSpecs(model).map((spec) => {
    const mask = fakeMask(stream, spec.shape, density(spec.name, requested / 100));
    const here = mask.reduce((sum, bit) => sum + bit, 0);
    selected += here;
    total += mask.length;
    return { ...spec, mask, selected: here };
  });
  return {
    type: 'mask',
    purpose,
    ...{ rule: config.maskRule, score: config.maskScore, source: null },
    lowerPercent: 0,
    requestedPercent: requested,
    selected,
    total,
    threshold: 3.17e-4,
    ties: 2,
    tensors,
  };
}

function fakeMask(rng: Rng, shape: readonly number[], share: number): Uint8Array {
  const columns = shape.at(-1) ?? 1;
  const rows = shape.length > 1 ? shape[0]! : 1;
  const rowGain = Float32Array.from({ length: rows }, () => 0.4 + 1.2 * rng.next());
  const columnGain = Float32Array.from({ length: columns }, () => 0.4 + 1.2 * rng.next());
  const mask = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (rng.next() < share * rowGain[row]! * columnGain[column]!) mask[row * columns + column] = 1;
    }
  }
  return mask;
}

function fakeRewards({ rng, config }: Fake, prompts: PromptRecord[], responses: ResponseRecord[]): RewardRecord[] {
  const stream = rng.fork('rewards');
  return responses
    .filter((response) => response.correct === false && response.ended)
    .map((response, place, all) => {
      const wrong = wrongTokensOf(response, prompts);
      const rewards = Float32Array.from(wrong, (verdict) => {
        if (verdict === 1) return 0.3 * stream.next() ** 3 + (stream.next() < 0.04 ? 0.6 : 0);
        return 1 - (verdict === 2 ? 0.9 : 0.25) * stream.next() ** 4;
      });
      const weights = rewards.map((p) => (p < config.rewardThreshold ? 1 : 0));
      const isInspected = spread(all.length, 48).includes(place);
      return {
        responseId: response.id,
        rewards,
        weights,
        wrong,
        rewrite: isInspected ? mended(response, prompts) : null,
      };
    });
}

const wrongTokensOf = (response: Pick<ResponseRecord, 'promptId' | 'tokens'>, prompts: PromptRecord[]): Uint8Array =>
  fakeWrongTokens(response.tokens, mended(response, prompts));

/** The right solution in the response's own style (its opener and link are its first word and the one before "the"). */
function mended(response: Pick<ResponseRecord, 'promptId' | 'tokens'>, prompts: PromptRecord[]): number[] {
  const words = response.tokens.map((id) => FAKE_VOCABULARY[id]!);
  const numbers = prompts[response.promptId]!.text.match(/\d/g)!.map(Number);
  const [a1, a0, b1, b0] = numbers as [number, number, number, number];
  const question: FakeQuestion = { text: '', a: a1 * 10 + a0, b: b1 * 10 + b0 };
  const style = { opener: words[0]!, link: words[words.indexOf('the') - 1]! };
  return fakeSolution(question, style, 'none');
}

function rewardsEvent({ config }: Fake, records: RewardRecord[]): RunEvent {
  const source = config.rewardSource === 'shipped' ? 'shipped' : 'trained live';
  return { type: 'rewards', source, auroc: 0.882, aurocFirst: 0.997, records };
}

function logRatioEvent({ rng }: Fake, stage: MaskPurpose, records: RewardRecord[]): RunEvent {
  const stream = rng.fork(`log-ratio ${stage}`);
  const push = stage === 'forgetting' ? 1.6 : 3;
  return {
    type: 'log-ratios',
    stage,
    records: records.map(({ responseId, weights, wrong }) => ({
      responseId,
      logRatio: Float32Array.from(
        weights,
        (w, t) => -push * (w + 0.3 * Math.min(wrong?.[t] ?? 0, 1)) * stream.next() + 0.08 * stream.normal(),
      ),
    })),
  };
}
