// A recorded run, small enough to load with the page: curves, one token strip, the result. Core types only: the CLI uses it too.
import type { MaskPurpose, PromptRecord, ResponseRecord, RunEvent, StageName } from '../core/events';

export interface RecordedSeries {
  name: string;
  stage: StageName;
  step: number[];
  loss: number[];
  /** Empty where the stage has none. */
  accuracy: number[];
  margin: number[];
}

export interface RecordedStrip {
  prompt: string;
  tokens: string[];
  rewards: number[];
  weights: number[];
  /** 0 right, 1 first wrong token, 2 consequence; null without an oracle. */
  wrong: number[] | null;
}

export interface RecordedRun {
  version: 1;
  preset: string;
  family: string;
  seed: number;
  arm: string;
  backend: string;
  seconds: number;
  series: RecordedSeries[];
  strip: RecordedStrip | null;
  evaluation: { before: Record<string, number | null>; after: Record<string, number | null> };
  masks: Record<MaskPurpose, { requestedPercent: number; selected: number; total: number } | null>;
  tokenRewardAuroc: number | null;
  klToSft: number;
  movedPercent: number;
}

const round = (value: number): number => Number(value.toPrecision(4));

/** Reduces the events of one whole run. Throws Error when the run did not come to its end. */
export function recordRun(events: Iterable<RunEvent>): RecordedRun {
  const series = new Map<string, RecordedSeries>();
  const prompts = new Map<number, PromptRecord>();
  const responses = new Map<number, ResponseRecord>();
  let vocabulary: readonly string[] = [];
  let strip: RecordedStrip | null = null;
  for (const event of events) {
    if (event.type === 'run.started') vocabulary = event.vocabulary;
    else if (event.type === 'samples') {
      for (const prompt of event.prompts) prompts.set(prompt.id, prompt);
      for (const response of event.responses) responses.set(response.id, response);
    } else if (event.type === 'step') addStep(series, event);
    else if (event.type === 'rewards') strip = pickStrip(event, prompts, responses, vocabulary);
    else if (event.type === 'run.done') {
      const { summary } = event;
      return {
        version: 1,
        preset: summary.preset,
        family: summary.family,
        seed: summary.seed,
        arm: summary.arm,
        backend: summary.backend,
        seconds: round(summary.seconds),
        series: [...series.values()],
        strip,
        evaluation: summary.evaluation,
        masks: summary.masks,
        tokenRewardAuroc: summary.tokenRewardAuroc,
        klToSft: round(summary.klToSft),
        movedPercent: round(summary.movedPercent),
      };
    }
  }
  throw new Error('The run ended before its last event, so there is nothing to record.');
}

function addStep(all: Map<string, RecordedSeries>, event: Extract<RunEvent, { type: 'step' }>): void {
  let series = all.get(event.series);
  if (!series) {
    series = { name: event.series, stage: event.stage, step: [], loss: [], accuracy: [], margin: [] };
    all.set(event.series, series);
  }
  series.step.push(event.step);
  series.loss.push(round(event.metrics.loss));
  if (event.metrics.accuracy !== undefined) series.accuracy.push(round(event.metrics.accuracy));
  if (event.metrics.margin !== undefined) series.margin.push(round(event.metrics.margin));
}

/** The first response whose first wrong token the rewards find (below 0.5) while a right token before it stands high. */
function pickStrip(
  event: Extract<RunEvent, { type: 'rewards' }>,
  prompts: ReadonlyMap<number, PromptRecord>,
  responses: ReadonlyMap<number, ResponseRecord>,
  vocabulary: readonly string[],
): RecordedStrip | null {
  const clear = event.records.find((record) => {
    const first = record.wrong?.indexOf(1) ?? -1;
    return first > 2 && record.rewards[first]! < 0.5 && record.rewards[first - 1]! > 0.5;
  });
  const record = clear ?? event.records[0];
  const response = record && responses.get(record.responseId);
  if (!record || !response) return null;
  return {
    prompt: prompts.get(response.promptId)?.text ?? '',
    tokens: response.tokens.map((id) => vocabulary[id] ?? '?'),
    rewards: Array.from(record.rewards, round),
    weights: Array.from(record.weights, round),
    wrong: record.wrong ? Array.from(record.wrong) : null,
  };
}
