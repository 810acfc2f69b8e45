// What evaluation measures on held-out prompts (or, when settings are chosen, on validation prompts): greedy accuracy per family, accuracy at T = 1, KL to the SFT model, log p of the gold answers,
// DPO loss and margin on the run's pairs, share of weights that moved. The held-out numbers are never used to choose anything.
import type { Dataset, Example, Question, Split } from '../data/dataset';
import type { PreferencePair } from '../data/pairs';
import type { EvaluationRecord, FamilyResult, Place, SnapshotAnswer } from '../events';
import { exp, log } from '../math';
import { scoredTokens } from '../memory';
import { forwardLogits, type Model, type Weights } from '../model/model';
import { wantedRows } from '../model/scored';
import { readOnce } from '../ops/host';
import { createRng } from '../rng';
import { tf } from '../tf';
import { fillBatches, packExamples, responseValues, sequenceLength } from './batches';
import { type PairLogpRows, pairLogps } from './preference';
import { type SamplingOptions, sampleAnswers } from './sampling';
import { batchLogps } from './trainStep';

/** Evaluation draws from its own seed: the same answers to compare whatever the run's seed. */
const EVALUATION_SEED = 20240618;
/** Danger marks: KL to SFT, and the fall of mean log p(gold) per response within a stage. */
export const KL_DANGER = 0.15;
export const GOLD_DANGER = 1;

/** Prompts that no training sees. */
export type ReportedPrompts = Exclude<Split, 'train'>;

export interface EvaluationProgress {
  done: number;
  total: number;
  tokens: number;
}

/** How far a model is from the SFT model. */
export interface Drift {
  klToSft: number;
  goldLogp: number | null;
}

type Ticks<T> = AsyncGenerator<EvaluationProgress, T>;

/** Right answers in percent, null when no answer is known. */
export function accuracyPercent(
  dataset: Dataset,
  questions: readonly Question[],
  answers: readonly (readonly number[][])[],
): number | null {
  let right = 0;
  let known = 0;
  questions.forEach((question, i) => {
    for (const response of answers[i]!) {
      const verdict = dataset.check(question, response);
      if (verdict === null) continue;
      known++;
      if (verdict) right++;
    }
  });
  return known > 0 ? (100 * right) / known : null;
}

/** '1' for a right and '0' for a wrong answer, one a question; empty when some answer cannot be checked. */
function rightAnswers(
  dataset: Dataset,
  questions: readonly Question[],
  answers: readonly (readonly number[][])[],
): string {
  const verdicts = questions.map((question, i) => dataset.check(question, answers[i]![0]!));
  return verdicts.includes(null) ? '' : verdicts.map(Number).join('');
}

/** Log-softmax of every scored response position, [tokens, V], of packed sequences. */
async function responseDistributions(
  model: Model,
  examples: readonly { prompt: readonly number[]; response: readonly number[] }[],
  padId: number,
): Promise<Float32Array> {
  const width = model.config.vocabularySize;
  const out = new Float32Array(examples.reduce((sum, { response }) => sum + response.length, 0) * width);
  let filled = 0;
  for (const group of fillBatches(examples, sequenceLength, scoredTokens(model.config))) {
    const batch = packExamples(group, padId);
    const rows = batch.rows.filter((_, slot) => batch.labels[slot]! >= 0);
    const logits = tf.tidy(() => forwardLogits(model, batch, wantedRows(rows, batch.ids.length)));
    const values = await readOnce(logits);
    for (let i = 0; i < rows.length; i++, filled += width) {
      logSoftmax(values.subarray(i * width, (i + 1) * width), out.subarray(filled, filled + width));
    }
  }
  return out;
}

function logSoftmax(logits: Float32Array, out: Float32Array): void {
  let highest = -Infinity;
  for (let i = 0; i < logits.length; i++) if (logits[i]! > highest) highest = logits[i]!;
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += exp(logits[i]! - highest);
  const shift = highest + log(total);
  for (let i = 0; i < logits.length; i++) out[i] = logits[i]! - shift;
}

/** Mean over rows of Σ_v p(log p − log q), in nats; p and q are log-probs [rows, V]. */
export function meanKl(p: Float32Array, q: Float32Array, width: number): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += exp(p[i]!) * (p[i]! - q[i]!);
  return p.length === 0 ? 0 : sum / (p.length / width);
}

/** Percent of entries whose float32 value differs from the SFT model's. */
export function movedPercent(sft: Weights, now: Weights): number {
  let moved = 0;
  let total = 0;
  for (const [name, before] of sft) {
    const after = now.get(name)!;
    for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) moved++;
    total += before.length;
  }
  return (100 * moved) / total;
}

/** Log-probs of the SFT model that are kept, 256 MiB: each token has one for every word of the vocabulary. */
const MOST_KEPT = 1 << 26;

/** How many of the first examples have room, at least one. */
function keptExamples(examples: SftMeasures['examples'], vocabularySize: number): number {
  let kept = 0;
  const beyond = examples.findIndex(({ response }) => {
    kept += response.length * vocabularySize;
    return kept > MOST_KEPT;
  });
  return beyond < 0 ? examples.length : Math.max(1, beyond);
}

export interface EvaluatorOptions {
  heldOutPrompts: number;
  otherPrompts: number;
  klPrompts: number;
  maxNewTokens: number;
  beta: number;
  batchTokens: number;
}

/** What an evaluator knows of the SFT model: its answers, and its distributions over them. */
export interface SftMeasures {
  examples: readonly Example[];
  distributions: Float32Array<ArrayBuffer>;
  drift: Drift;
}

/** Measures models against one SFT model: its answers, distributions and gold log-probs are taken once. */
export class Evaluator {
  private readonly aligned: Question[];
  private klExamples: SftMeasures['examples'] = [];
  private sftDistributions = new Float32Array(0);
  private sftState: object | null = null;
  private reference: Map<PreferencePair, PairLogpRows> | null = null;
  /** By the state of a model's weights: stages begin where the last one ended, and are measured at both ends. */
  private readonly drifts = new WeakMap<object, Drift>();

  constructor(
    private readonly dataset: Dataset,
    private readonly options: EvaluatorOptions,
    private readonly prompts: ReportedPrompts = 'held-out',
  ) {
    this.aligned = dataset.evaluationQuestions(
      dataset.alignedFamily,
      prompts,
      Math.max(options.heldOutPrompts, options.klPrompts),
    );
  }

  private sampling(temperature: number): SamplingOptions {
    const { endIds, padId } = this.dataset;
    return { temperature, topP: 1, maxNewTokens: this.options.maxNewTokens, samplesPerPrompt: 1, endIds, padId };
  }

  private klQuestions(): Question[] {
    return this.aligned.slice(0, this.options.klPrompts);
  }

  /** Samples the SFT model's answers (T = 1) and keeps its distributions over them. */
  async *prepare(sft: Model): Ticks<void> {
    const questions = this.klQuestions();
    const answers = yield* sampleAnswers(sft, questions, this.sampling(1), createRng(EVALUATION_SEED, 'kl'));
    this.sftState = sft.state;
    const examples = questions.map(({ prompt }, i) => ({ prompt, response: answers[i]![0]! }));
    this.klExamples = examples.slice(0, keptExamples(examples, sft.config.vocabularySize));
    this.sftDistributions = (await responseDistributions(
      sft,
      this.klExamples,
      this.dataset.padId,
    )) as Float32Array<ArrayBuffer>;
  }

  /** What `prepare` and the evaluation of the SFT model, whose weights have this state, found. Throws Error where it was not evaluated. */
  sftMeasures(sft: object): SftMeasures {
    const drift = this.knownDrift(sft);
    if (!drift) throw new Error('The SFT model was not measured.');
    return { examples: this.klExamples, distributions: this.sftDistributions, drift };
  }

  /** In `prepare`'s place. */
  adopt(sft: Model, { examples, distributions, drift }: SftMeasures): void {
    this.sftState = sft.state;
    this.klExamples = examples;
    this.sftDistributions = distributions;
    this.drifts.set(sft.state, drift);
  }

  /** Per-token KL(SFT ‖ model) in nats over the SFT model's answers, and mean log p(gold) per response. */
  async drift(model: Model): Promise<Drift> {
    const known = this.drifts.get(model.state);
    if (known) return known;
    const measured = await this.measureDrift(model);
    this.drifts.set(model.state, measured);
    return measured;
  }

  /** Of weights that were measured; null of others. */
  knownDrift(state: object): Drift | null {
    return this.drifts.get(state) ?? null;
  }

  /** Takes over a measurement of them. */
  adoptDrift(state: object, drift: Drift): void {
    this.drifts.set(state, drift);
  }

  /** The drift's KL alone, over the answers to its first `prompts` prompts. */
  async klToSft(model: Model, prompts = this.klExamples.length): Promise<number> {
    if (model.state === this.sftState) return 0;
    const examples = this.klExamples.slice(0, prompts);
    const now = await responseDistributions(model, examples, this.dataset.padId);
    return meanKl(this.sftDistributions.subarray(0, now.length), now, model.config.vocabularySize);
  }

  private async measureDrift(model: Model): Promise<Drift> {
    const { padId } = this.dataset;
    const klToSft = await this.klToSft(model);
    const gold = this.klQuestions().flatMap(({ prompt, gold }) => (gold ? [{ prompt, response: gold }] : []));
    if (gold.length === 0) return { klToSft, goldLogp: null };
    let sum = 0;
    for (const group of fillBatches(gold, sequenceLength, scoredTokens(model.config))) {
      const batch = packExamples(group, padId);
      const logps = await batchLogps(model, batch);
      group.forEach((_, b) => {
        sum += responseValues(batch, logps, b).reduce((total, x) => total + x, 0);
      });
    }
    return { klToSft, goldLogp: sum / gold.length };
  }

  /** Greedy answers, checked; as in `evaluate`. */
  async greedyAnswers(model: Model, questions: readonly Question[]): Promise<SnapshotAnswer[]> {
    const decoding = sampleAnswers(model, questions, this.sampling(0), createRng(EVALUATION_SEED));
    for (;;) {
      const step = await decoding.next();
      if (!step.done) continue;
      return step.value.map(([tokens], i) => ({
        tokens: tokens!,
        correct: this.dataset.check(questions[i]!, tokens!),
      }));
    }
  }

  /** KL to SFT, and greedy accuracy on the first `prompts` of the aligned family's reported prompts. */
  async place(model: Model, prompts = this.options.heldOutPrompts): Promise<Place> {
    const klToSft = this.drifts.get(model.state)?.klToSft ?? (await this.klToSft(model));
    const questions = this.aligned.slice(0, Math.min(prompts, this.options.heldOutPrompts));
    const verdicts = (await this.greedyAnswers(model, questions)).flatMap(({ correct }) => correct ?? []);
    const accuracy = verdicts.length > 0 ? (100 * verdicts.filter(Boolean).length) / verdicts.length : null;
    return { klToSft, accuracy, right: verdicts.map((isRight) => (isRight ? '1' : '0')).join('') };
  }

  /** Everything of one model. `pairs` are the run's; the first call with pairs must be with the SFT model's weights. */
  async *evaluate(model: Model, sftWeights: Weights, withStyle: boolean): Ticks<EvaluationRecord> {
    const { dataset, options } = this;
    const families: Record<string, FamilyResult> = {};
    let stylePercent: number | null = null;
    for (const family of dataset.families) {
      const isAligned = family === dataset.alignedFamily;
      const questions = isAligned
        ? this.aligned.slice(0, options.heldOutPrompts)
        : dataset.evaluationQuestions(family, this.prompts, options.otherPrompts);
      if (questions.length === 0) continue;
      const greedyAnswers = yield* sampleAnswers(model, questions, this.sampling(0), createRng(EVALUATION_SEED));
      let sampled: number | null = null;
      if (isAligned) {
        const answers = yield* sampleAnswers(model, questions, this.sampling(1), createRng(EVALUATION_SEED, 'sampled'));
        sampled = accuracyPercent(dataset, questions, answers);
        if (withStyle)
          stylePercent =
            (100 * answers.filter(([response]) => dataset.hasBiasedStyle(response!)).length) / answers.length;
      }
      families[family] = {
        prompts: questions.length,
        greedy: accuracyPercent(dataset, questions, greedyAnswers),
        sampled,
        right: rightAnswers(dataset, questions, greedyAnswers),
      };
    }
    const drift = await this.drift(model);
    return {
      families,
      ...drift,
      dpoLoss: null,
      margin: null,
      movedPercent: movedPercent(sftWeights, await model.weights()),
      stylePercent,
      dangers: [],
    };
  }

  /** Plain DPO loss and margin on `pairs` against the SFT model, whose log-probs are kept from the first call. */
  async *pairScores(
    model: Model,
    pairs: readonly PreferencePair[],
  ): Ticks<{ dpoLoss: number | null; margin: number | null }> {
    if (pairs.length === 0) return { dpoLoss: null, margin: null };
    const rows = yield* forwardTicks(pairLogps(model, pairs, scoredTokens(model.config), this.dataset.padId));
    this.reference ??= rows;
    const { beta } = this.options;
    const sum = (values: Float32Array): number => values.reduce((total, x) => total + x, 0);
    let loss = 0;
    let margin = 0;
    for (const pair of pairs) {
      const now = rows.get(pair)!;
      const then = this.reference.get(pair)!;
      const z = beta * (sum(now.chosen) - sum(then.chosen) - sum(now.rejected) + sum(then.rejected));
      loss += z > 0 ? log(1 + exp(-z)) : log(1 + exp(z)) - z;
      margin += z;
    }
    return { dpoLoss: loss / pairs.length, margin: margin / pairs.length };
  }
}

/** Sentences for what has gone too far; `goldBefore` is the value at the stage's start. */
export function dangerSentences(now: Drift, goldBefore: number | null): string[] {
  const dangers: string[] = [];
  if (now.klToSft > KL_DANGER)
    dangers.push(`KL to SFT is ${now.klToSft.toFixed(3)} nats per token, above ${KL_DANGER}: the model has moved far.`);
  if (now.goldLogp !== null && goldBefore !== null && goldBefore - now.goldLogp > GOLD_DANGER) {
    dangers.push(
      `Log p of the gold answers fell by ${(goldBefore - now.goldLogp).toFixed(2)} nats per response (from ${goldBefore.toFixed(2)}): right answers are being forgotten.`,
    );
  }
  return dangers;
}

async function* forwardTicks<T>(source: AsyncGenerator<unknown, T>): Ticks<T> {
  for (;;) {
    const step = await source.next();
    if (step.done) return step.value;
    yield { done: 0, total: 0, tokens: 0 };
  }
}
