// Log-probs of wrong responses, and how a stage changed them: the log-ratio d_t of every token against the stage's reference.
import type { WrongResponse } from '../data/pairs';
import type { MaskPurpose } from '../events';
import { scoredTokens } from '../memory';
import type { Model } from '../model/model';
import { sequenceLength } from './batches';
import { type Events, mapTicks, policyOf, type RunContext, responseIds } from './context';
import { responseScores, type ScoringTick } from './scores';

/** Responses, and pairs, whose log-ratios are reported, at most. */
export const REPORTED = 2000;
export const exampleOf = ({ question, response }: WrongResponse) => ({ prompt: question.prompt, response });
export const tokensOf = (item: WrongResponse): number => sequenceLength(exampleOf(item));

/** Log-probs of every response token, once. */
export async function* responseLogps<T extends WrongResponse>(
  model: Model,
  items: readonly T[],
  batchTokens: number,
  padId: number,
): AsyncGenerator<ScoringTick, Map<T, Float32Array>> {
  const scores = yield* responseScores(model, items.map(exampleOf), batchTokens, padId);
  return new Map(items.map((item, i) => [item, scores[i]!]));
}

/** Runs a stage and reports d_t of the weighted wrong responses after it, against their log-probs before it; a run with a path is asked for numbers only. */
export async function* withLogRatios(context: RunContext, stageName: MaskPurpose, stageEvents: Events): Events {
  if (context.hasPath) return yield* stageEvents;
  const items = context.weighted.slice(0, REPORTED);
  const measure = () =>
    mapTicks(
      responseLogps(policyOf(context), items, scoredTokens(policyOf(context).config), context.dataset.padId),
      () => null,
    );
  const before = yield* measure();
  yield* stageEvents;
  const after = yield* measure();
  const ids = responseIds(context, items);
  const records = items.map((item, i) => {
    const then = before.get(item)!;
    return { responseId: ids[i]!, logRatio: after.get(item)!.map((logp, t) => logp - then[t]!) };
  });
  yield { type: 'log-ratios', stage: stageName, records };
}
