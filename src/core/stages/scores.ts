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

const keyOf = ({ prompt, response }: Example): string => `${prompt.join(' ')}|${response.join(' ')}`;

/** log p of every response token of every example, in their order; not to be written to. Yields after every batch, at least once. */
export async function* responseScores(
  model: Model,
  examples: readonly Example[],
  batchTokens: number,
  padId: number,
): AsyncGenerator<ScoringTick, Float32Array[]> {
  const scores = known.get(model.state) ?? new Map<string, Float32Array>();
  known.set(model.state, scores);
  const keys = examples.map(keyOf);
  const missing = [...new Map(examples.map((example, i) => [keys[i]!, example]))].filter(([key]) => !scores.has(key));
  const tick = (tokens: number): ScoringTick => ({
    ...{ kind: 'reference', total: keys.length, tokens },
    done: keys.reduce((done, key) => done + (scores.has(key) ? 1 : 0), 0),
  });
  if (missing.length === 0) yield tick(0);
  let tokens = 0;
  for (const group of fillBatches(missing, ([, example]) => sequenceLength(example), batchTokens)) {
    const batch = packExamples(
      group.map(([, example]) => example),
      padId,
    );
    const values = await batchLogps(model, batch);
    group.forEach(([key], b) => {
      scores.set(key, responseValues(batch, values, b));
    });
    tokens += batch.realTokens;
    yield tick(tokens);
  }
  return keys.map((key) => scores.get(key)!);
}
