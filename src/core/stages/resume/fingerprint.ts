// What tells one data set and one model from another: checksums of what a run sees of them.
import type { RunConfig } from '../../config';
import type { Weights } from '../../model/model';
import type { Stretches } from '../../stretches';
import type { RunContext } from '../context';
import type { PointKey } from './point';
import { textSum, textSumBeside, wordSum } from './wordSum';

/** Values of a tensor that are looked at, at most, spread evenly: any training moves some of them. */
const MOST_VALUES = 4096;
const SFT_EXAMPLES = 32;
/** Questions. */
const MADE_AT_ONCE = 25;

/** Checksum of a model's names and of values from all its tensors. */
export function weightsSum(weights: Weights): number {
  const parts = [...weights].map(([name, values]) => {
    const stride = Math.max(1, Math.floor(values.length / MOST_VALUES));
    const seen = new Float32Array(Math.ceil(values.length / stride));
    for (let i = 0; i < seen.length; i++) seen[i] = values[i * stride]!;
    return [name, values.length, wordSum(seen)];
  });
  return textSum(JSON.stringify(parts));
}

/** Of what tells one data set from another, as texts that together are one JSON list; each is a piece of work. */
function* dataTexts({ config, dataset, rng, split }: RunContext): Generator<string> {
  const { name, families, alignedFamily, teacher, vocabulary, specialIds, endIds, givenPairs, maxSequence } = dataset;
  const most = teacher === 'oracle' ? config.prompts : Number.MAX_SAFE_INTEGER;
  yield* [name, families, alignedFamily, teacher, vocabulary, specialIds, endIds, maxSequence, givenPairs].map(textOf);
  yield textOf(dataset.trainingQuestions(most, rng.fork('prompts')));
  const reported: string[] = [];
  for (const family of families) {
    // Making them takes long; those that were made once are known.
    for (let count = MADE_AT_ONCE; count < config.heldOutPrompts; count += MADE_AT_ONCE) {
      dataset.evaluationQuestions(family, split, count);
      yield '';
    }
    reported.push(textOf(dataset.evaluationQuestions(family, split, config.heldOutPrompts)));
    yield '';
  }
  yield `[${reported.join()}]`;
  const stream = rng.fork('fingerprint');
  yield textOf(Array.from({ length: SFT_EXAMPLES }, () => dataset.sftExample('sft', stream)));
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? 'null';
const listOf = (texts: readonly string[]): string => `[${texts.filter((text) => text !== '').join()}]`;

const settingsOf = (config: RunConfig): PointKey['config'] => ({ ...config });

const keyWith = (context: RunContext, data: number): PointKey => ({
  config: settingsOf(context.config),
  data,
  given: context.given ? weightsSum(context.given.weights) : null,
  split: context.split,
  snapshots: context.isWatched,
  path: context.hasPath,
});

/** The data by a checksum: a file's by all it has, a built-in family's by the questions that the run takes of it. */
export const keyOf = (context: RunContext): PointKey => keyWith(context, textSum(listOf([...dataTexts(context)])));

/** The same, in stretches. */
export async function keyBeside(context: RunContext, stretches: Stretches): Promise<PointKey> {
  const texts: string[] = [];
  for (const text of dataTexts(context)) {
    texts.push(text);
    await stretches.pause();
  }
  return keyWith(context, await textSumBeside(listOf(texts), stretches));
}
