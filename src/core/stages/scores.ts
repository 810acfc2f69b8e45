// Log-probs of responses under a model as it stands. Stages ask for those of the same responses again and again (references,
// log-ratios, evaluation): each is computed once as long as the weights stay what they are.
import type { Example } from '../data/dataset';
import type { Model } from '../model/model';
import { fillBatches, packExamples, responseValues, sequenceLength } from './batches';
import { batchLogps } from './trainStep';

export interface ScoringTick {
  kind: 'reference';
  /** Examples whose log-probs are known, of `total`. */
  done: number;
  total: number;
  /** Real tokens that went through the model for them. */
  tokens: number;
}

/** By the state of a model's weights, then by prompt and response. */
const known = new WeakMap<object, Map<string, Float32Array>>();

/** What is known of weights, by prompt and response, in the order in which it came. */
export const knownScores = (state: object): Map<string, Float32Array> => ofState(known, state);

const keyOf = ({ prompt, response }: Example): string => `${prompt.join(' ')}|${response.join(' ')}`;

/** log p of every response token of every example, in their order; not to be written to. Yields after every batch, at least once. */
export async function* responseScores(
  model: Model,
  examples: readonly Example[],
  batchTokens: number,
  padId: number,
): AsyncGenerator<ScoringTick, Float32Array[]> {
  const scores = knownScores(model.state);
  const keys = examples.map(keyOf);
  const missing = [...new Map(examples.map((example, i) => [keys[i]!, example]))].filter(([key]) => !scores.has(key));
  const tick = (tokens: number): ScoringTick => ({
    ...{ kind: 'reference', total: keys.length, tokens },
    done: keys.reduce((done, key) => done + (scores.has(key) ? 1 : 0), 0),
  });
  if (missing.length === 0) yield tick(0);
  let tokens = 0;
  for (const group of fillBatches(missing, ([, example]) => sequenceLength(example), batchTokens)) {
    tokens += await scoreInto(scores, model, group, padId);
    yield tick(tokens);
  }
  return keys.map((key) => scores.get(key)!);
}

/**
 * log p of every response token for whoever looks on: what the stages know already, or computed and not kept for them, so that no stage's
 * batches, and with them on some devices its last bits, depend on who looks.
 */
export async function seenScores(
  model: Model,
  examples: readonly Example[],
  batchTokens: number,
  padId: number,
): Promise<Float32Array[]> {
  const [own, theirs] = [new Map<string, Float32Array>(), knownScores(model.state)];
  const keys = examples.map(keyOf);
  const missing = [...new Map(examples.map((example, i) => [keys[i]!, example]))].filter(([key]) => !theirs.has(key));
  for (const group of fillBatches(missing, ([, example]) => sequenceLength(example), batchTokens)) {
    await scoreInto(own, model, group, padId);
  }
  return keys.map((key) => (theirs.get(key) ?? own.get(key))!);
}

function ofState(all: WeakMap<object, Map<string, Float32Array>>, state: object): Map<string, Float32Array> {
  const scores = all.get(state) ?? new Map<string, Float32Array>();
  all.set(state, scores);
  return scores;
}

/** Adds the scores of one batch, and says how many real tokens it had. */
async function scoreInto(
  scores: Map<string, Float32Array>,
  model: Model,
  group: readonly (readonly [string, Example])[],
  padId: number,
): Promise<number> {
  const batch = packExamples(
    group.map(([, example]) => example),
    padId,
  );
  const values = await batchLogps(model, batch);
  group.forEach(([key], b) => {
    scores.set(key, responseValues(batch, values, b));
  });
  return batch.realTokens;
}
