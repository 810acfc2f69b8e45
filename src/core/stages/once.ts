// Preparations that runs have in common: the same SFT model, its evaluation, samples, pairs, warm-up and reward scores are made once, and
// every other run takes them over to the bit, its events included (but for whole weights, which only pictures want).
import type { FieldName } from '../config';
import type { RunEvent, StageName } from '../events';
import { sumsGradients } from '../memory';
import { dpoBeta } from '../methods';
import type { Events, RunContext } from './context';
import { handedOver, type Preparation } from './handOver';
import { restoreSummary } from './resume/progress';

/** A preparation as it was left: what was told on the way, and how another run takes it over. */
export interface Prepared {
  events: readonly RunEvent[];
  restore(context: RunContext): void;
}

/** Where preparations are kept, by key (study/shared.ts). Of one backend, and of data sets that their settings determine. */
export interface Shared {
  get(key: string): Prepared | undefined;
  set(key: string, prepared: Prepared): void;
}

const SFT = [
  ...(['preset', 'family', 'seed', 'styleBias', 'skills'] as const),
  ...(['architecture', 'layers', 'width', 'heads', 'mlpWidth', 'vocabularySize'] as const),
  ...(['sftStart', 'copySteps', 'sftSteps', 'sftLearningRate', 'sftSequences'] as const),
  ...(['clipNorm', 'accumulate', 'recompute'] as const),
] satisfies FieldName[];
const BEFORE = [
  ...SFT,
  ...(['heldOutPrompts', 'otherPrompts', 'klPrompts', 'maxNewTokens'] as const),
] satisfies FieldName[];
const SAMPLING = [
  ...SFT,
  ...(['prompts', 'samplesPerPrompt', 'temperature', 'topP', 'maxNewTokens'] as const),
] satisfies FieldName[];
const PAIRS = [...SAMPLING, 'pairsPerPrompt'] satisfies FieldName[];

/** The settings that a preparation and all before it depend on. */
const DEPENDS_ON: Record<Preparation, readonly FieldName[]> = {
  sft: SFT,
  before: BEFORE,
  sampling: SAMPLING,
  pairs: PAIRS,
  // Its drift is measured by the evaluation's prompts.
  'warm-up': [...PAIRS, ...BEFORE, 'batchTokens', 'warmupSteps', 'warmupLearningRate', 'weightDecay'],
  scores: [...PAIRS, 'batchTokens', 'rewardSource', 'rewardSteps', 'rewardLearningRate'],
};

const STAGES: Record<Preparation, StageName> = {
  ...{ sft: 'sft', before: 'evaluation', sampling: 'sampling', pairs: 'pairs' },
  ...{ 'warm-up': 'warm-up', scores: 'token-rewards' },
};

/**
 * Runs a preparation, or takes it over from a run that had the same settings. Nobody may change settings on the way of a run that shares,
 * and one that is watched prepares for itself, since its snapshots look at the weights in between.
 */
export async function* once(context: RunContext, name: Preparation, prepare: (context: RunContext) => Events): Events {
  const { shared } = context;
  if (!shared || context.isWatched) return yield* prepare(context);
  const key = preparationKey(context, name);
  const known = shared.get(key);
  if (known) {
    known.restore(context);
    yield* known.events;
    return;
  }
  const events: RunEvent[] = [];
  for await (const event of prepare(context)) {
    if (event.type !== 'weights' && event.type !== 'update') events.push(event);
    yield event;
  }
  const restore = await handedOver(context, name);
  const summary = context.summaries.get(STAGES[name]);
  const kept = summary && { ...summary };
  shared.set(key, {
    events,
    restore(other) {
      if (kept) restoreSummary(other, kept);
      restore(other);
    },
  });
}

/** Equal for runs whose preparation has the same outcome. */
export function preparationKey(context: RunContext, name: Preparation): string {
  const { config, dataset, modelConfig, split } = context;
  // What some methods call β is not the warm-up's.
  const own = name === 'warm-up' ? [dpoBeta(config), sumsGradients(config, modelConfig)] : [];
  return JSON.stringify([name, dataset.name, split, DEPENDS_ON[name].map((field) => config[field]), ...own]);
}
