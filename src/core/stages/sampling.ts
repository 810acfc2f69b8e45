// Sampling answers: prompts × samples, decoded in batches with a key/value cache. Every answer has its own random stream, so
// it does not depend on what else is in its batch. Yields progress; returns the answers in order.
import type { Question } from '../data/dataset';
import type { ResponseRecord, RunEvent } from '../events';
import { decodedRows } from '../memory';
import { generate } from '../model/generate';
import type { Model } from '../model/model';
import type { Rng } from '../rng';
import { argmax, sampleToken } from '../sampler';
import { hasEnd } from '../tokenizer/special';
import { type Events, policyOf, type RunContext, stage } from './context';
import { responseFacts } from './resume/facts';
import type { SaveInside } from './resume/progress';

export interface SamplingOptions {
  /** 0 = greedy. */
  temperature: number;
  topP: number;
  maxNewTokens: number;
  samplesPerPrompt: number;
  endIds: readonly number[];
  padId: number;
}

export interface SamplingProgress {
  /** Answers finished, of `total`. */
  done: number;
  total: number;
  /** New tokens so far. */
  tokens: number;
  /** Answers of the batch that has just been finished, with the index of their question. */
  finished: readonly { question: number; response: number[] }[];
}

/**
 * Answers `samplesPerPrompt` times each question (those behind the `finished` answers, which are whole batches), with no more new tokens than the model has positions for. Throws RangeError when
 * a prompt fills them all.
 */
export async function* sampleAnswers(
  model: Model,
  questions: readonly Question[],
  options: SamplingOptions,
  rng: Rng,
  finished = { done: 0, tokens: 0 },
): AsyncGenerator<SamplingProgress, number[][][]> {
  const { samplesPerPrompt, temperature, topP } = options;
  const jobs = questions.flatMap((_, question) =>
    Array.from({ length: samplesPerPrompt }, (_, sample) => ({ question, sample })),
  );
  const answers: number[][][] = questions.map(() => []);
  let { tokens } = finished;
  const longest = questions.reduce((most, { prompt }) => Math.max(most, prompt.length), 0);
  const maxNewTokens = Math.max(1, Math.min(options.maxNewTokens, model.config.maxPositions - longest));
  // Whole questions, so that a batch's answers can be counted when it is finished.
  const most = decodedRows(model.config, longest + maxNewTokens);
  const rows = Math.max(1, Math.floor(most / samplesPerPrompt)) * samplesPerPrompt;
  for (let from = finished.done; from < jobs.length; from += rows) {
    const batch = jobs.slice(from, from + rows);
    const streams = batch.map(({ question, sample }) => rng.fork(`${questions[question]!.id}/${sample}`));
    const choose = (row: number, logits: Float32Array): number =>
      temperature === 0 ? argmax(logits) : sampleToken(logits, { temperature, topP }, streams[row]!.next());
    const decoding = generate(
      model,
      batch.map(({ question }) => questions[question]!.prompt),
      { ...options, maxNewTokens, choose },
    );
    let done = false;
    try {
      while (!done) {
        const step = await decoding.next();
        if (step.done) {
          done = true;
          const finished = step.value.map((response, row) => ({ question: batch[row]!.question, response }));
          for (const { question, response } of finished) answers[question]!.push(response);
          yield { done: from + batch.length, total: jobs.length, tokens, finished };
        } else {
          tokens += step.value.open;
          const share = step.value.done / step.value.total;
          yield { done: from + Math.floor(share * batch.length), total: jobs.length, tokens, finished: [] };
        }
      }
    } finally {
      // Left in the middle: the decoding frees its cache.
      await decoding.return([]);
    }
  }
  return answers;
}

/** Samples from the SFT model; every different answer becomes a record, checked at once. */
export async function* sampling(context: RunContext): Events {
  const { config, dataset, progress, rng } = context;
  context.questions = dataset.trainingQuestions(config.prompts, rng.fork('prompts'));
  const total = context.questions.length * config.samplesPerPrompt;
  const options = { ...config, endIds: dataset.endIds, padId: dataset.padId };
  yield* stage(context, 'sampling', { total, unit: 'answers' }, async function* () {
    const saveAt =
      (done: number, tokens: number, known: number): SaveInside =>
      () => ({ kind: 'sampling', done, tokens, responses: context.responses.slice(0, known).map(responseFacts) });
    const at = progress.insideOf('sampling')?.inside;
    if (at) {
      context.responses = at.responses.map((response, id) => ({ id, ...response }));
      progress.arrive(saveAt(at.done, at.tokens, at.responses.length));
    }
    const collector = new Collector(context);
    const answers = sampleAnswers(policyOf(context), context.questions, options, rng.fork('samples'), at);
    for await (const { done, tokens, finished } of answers) {
      yield { type: 'stage.progress', stage: 'sampling', label: 'sampling', done, total, tokens };
      if (finished.length === 0) continue;
      const event = collector.add(finished);
      progress.beginAfter(event, saveAt(done, tokens, context.responses.length));
      yield event;
    }
  });
}

const keyOf = (question: number, response: readonly number[]): string => `${question}:${response.join(',')}`;

/** Turns finished answers into records; a repeated text only counts up. */
class Collector {
  private readonly known = new Map<string, ResponseRecord>();
  private readonly sentPrompts = new Set<number>();

  constructor(private readonly context: RunContext) {
    for (const response of context.responses) this.known.set(keyOf(response.promptId, response.tokens), response);
  }

  add(finished: SamplingProgress['finished']): RunEvent {
    const { dataset, questions, responses } = this.context;
    const fresh: ResponseRecord[] = [];
    for (const { question, response } of finished) {
      const key = keyOf(question, response);
      const known = this.known.get(key);
      if (known) {
        known.copies++;
        continue;
      }
      const correct = dataset.check(questions[question]!, response);
      const ended = hasEnd(response, dataset.endIds);
      const record = { id: responses.length, promptId: question, tokens: response, correct, ended, copies: 1 };
      this.known.set(key, record);
      responses.push(record);
      fresh.push(record);
    }
    const prompts = [...new Set(finished.map(({ question }) => question))].filter((id) => !this.sentPrompts.has(id));
    for (const id of prompts) this.sentPrompts.add(id);
    return {
      type: 'samples',
      prompts: prompts.map((id) => promptRecord(questions[id]!, id)),
      responses: fresh.map((record) => ({ ...record })),
    };
  }
}

export const promptRecord = ({ family, text, prompt, gold }: Question, id: number) => ({
  id,
  family,
  text,
  tokens: prompt,
  gold,
});
